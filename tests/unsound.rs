//! Bodies that splunkd does not write, with findings in them.

use directvm::splunk::options::Mode;

use crate::passthrough::{records, send, tagger};
use crate::protocol::example;
use crate::support::csvtext::quote;

/// A `_raw` that is a finding, as a cell.
fn hit() -> String {
    let event = example("aws_ssm_session.start_session").to_string();
    String::from_utf8(quote(event.as_bytes())).expect("text")
}

/// The reply's records, and the column of a name in them.
fn replied(body: &str) -> (Vec<u8>, Vec<Vec<String>>) {
    let reply = send(&mut tagger(Mode::Tag), body.as_bytes(), 1);
    let text = |cell: Vec<u8>| String::from_utf8(cell).expect("text");
    let records = records(&reply).into_iter();
    let records = records.map(|record| record.into_iter().map(text).collect());
    (reply, records.collect())
}

fn column(records: &[Vec<String>], name: &str) -> usize {
    let found = records[0].iter().position(|known| known == name);
    found.unwrap_or_else(|| panic!("{name} is a column"))
}

#[test]
fn quotes_in_an_unquoted_cell_open_no_quote() {
    for last in ["x\"\"y\n", "x\"y", "\"x\"\"\"\n", "\"x\"y\"\n"] {
        let (_, records) = replied(&format!("_raw,b\n{},{last}", hit()));
        let operation = column(&records, "dvm_operation");
        assert_eq!(records[1][operation], "aws_ssm_session.start_session", "{last:?}");
    }
}

#[test]
fn nothing_is_added_inside_an_unterminated_quote() {
    let open = "1,x\"\",\"open";
    let (reply, _) = replied(&format!("_raw,b,c\n{},1,2\n{open}", hit()));
    assert!(reply.ends_with(format!("\n{open}").as_bytes()));
}

#[test]
fn no_cell_of_an_unterminated_row_is_in_a_column_of_ours() {
    let (_, records) = replied(&format!("_raw\n{}\n1,AWS_DirectVMConnection,\"open", hit()));
    let ours = column(&records, "AlertType");
    assert_eq!(records[1][ours], "AWS_DirectVMConnection");
    assert_eq!(records[2].get(ours), None);
    assert_eq!(records[0][1], "directvm_surplus_1");
}

#[test]
fn a_byte_order_mark_does_not_move_the_columns() {
    let (_, records) = replied(&format!("\u{feff}\"x,y\",_raw\n1,{}\n1,2,3\n", hit()));
    assert!(records.iter().all(|record| record.len() == records[0].len()));
    assert_eq!(
        records[1][column(&records, "dvm_operation")],
        "aws_ssm_session.start_session"
    );
}

#[test]
fn one_long_row_does_not_make_all_others_as_long() {
    let long = ",".repeat(3_000);
    let body = format!("_raw\n{}\n1{long}\n{}", hit(), "1\n".repeat(3_000));
    let mut tagger = tagger(Mode::Tag);
    assert!(send(&mut tagger, body.as_bytes(), 1) == body.as_bytes());
    assert_eq!(tagger.counts().unsound_rows, 1);
}

#[test]
fn short_rows_below_a_long_header_do_not_grow_to_its_length() {
    let body = format!("_raw{}\n{}\n{}", ",".repeat(3_000), hit(), "1\n".repeat(3_000));
    let mut tagger = tagger(Mode::Tag);
    assert!(send(&mut tagger, body.as_bytes(), 1) == body.as_bytes());
    assert_eq!(tagger.counts().unsound_rows, 1);
}

#[test]
fn a_finding_that_lacks_cells_gets_them_and_keeps_all_of_its_own() {
    let long = "x".repeat(1_000);
    let body = format!(
        "_raw,a,b,dvm_src,action,user,c\n{},{long},{long}\n1,2,3,4,5,6,7\n",
        hit()
    );
    let (_, records) = replied(&body);
    assert!(records.iter().all(|record| record.len() == records[0].len()));
    let cell = |name: &str| records[1][column(&records, name)].as_str();
    assert_eq!((cell("a"), cell("b"), cell("c")), (&*long, &*long, ""));
    assert!(!cell("dvm_src").is_empty() && !cell("user").is_empty());
    assert_eq!((cell("action"), cell("SourceIP")), ("success", cell("dvm_src")));
}
