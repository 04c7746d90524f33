//! Faults of a list are reported by line and column; the other rules apply.

use super::{event, faults, row, text, verdict};
use directvm::detect::tune::{COLUMNS, Tuning};

fn good(id: &str) -> String {
    row(&[("id", id), ("cloud", "aws")])
}

#[test]
fn every_bad_cell_is_named_with_its_column() {
    let cases = [
        ("id", "", "column 1 (id): a rule needs a value for id"),
        ("enabled", "maybe", "column 2 (enabled): \"maybe\""),
        (
            "cloud",
            "amazon",
            "column 3 (cloud): \"amazon\" is unknown; allowed: aws, azure, gcp",
        ),
        ("access", "shell_sesion", "column 5 (access)"),
        ("access", "tunnel|vpn", "column 5 (access): \"vpn\""),
        ("actor", "a||b", "column 6 (actor): an empty alternative"),
        ("actor", "|", "column 6 (actor)"),
        ("target", "a\nb", "column 10 (target): a line break"),
        (
            "src",
            "10.0.0.0/33",
            "column 12 (src): \"10.0.0.0/33\" is not a network",
        ),
        ("src", "10.0.0/8", "column 12 (src)"),
        ("src", "2001:db8::/129", "column 12 (src)"),
        ("src", "10.0.0.0/8|/", "column 12 (src)"),
        ("action", "", "column 15 (action)"),
        ("action", "drop", "column 15 (action): \"drop\""),
        ("action", "severity", "column 16 (value)"),
        (
            "value",
            "high",
            "column 16 (value): \"high\" is only allowed with action severity",
        ),
        ("expires", "31.12.2026", "column 17 (expires)"),
        ("expires", "2026-02-30", "column 17 (expires)"),
        ("expires", "1767225600", "column 17 (expires)"),
        (
            "reason",
            " ",
            "column 18 (reason): a rule needs a value for reason",
        ),
        ("owner", "", "column 19 (owner): a rule needs a value for owner"),
    ];
    for (column, cell, wanted) in cases {
        let bad = row(&[("id", "bad"), ("operation", "SendCommand"), (column, cell)]);
        let list = text(&[good("a"), bad, good("b")]);
        let found = faults(list.as_bytes());
        assert_eq!(found.len(), 1, "{column}={cell}: {found:?}");
        assert!(
            found[0].starts_with("line 3, ") && found[0].contains(wanted),
            "{column}={cell}: {found:?}"
        );
        let tuning = Tuning::parse(list.as_bytes());
        assert_eq!(tuning.rules().len(), 2, "{column}={cell}: the others stay");
    }
}

#[test]
fn all_faults_of_a_row_are_named() {
    let bad = row(&[
        ("id", ""),
        ("cloud", "x"),
        ("action", "y"),
        ("expires", "z"),
        ("owner", ""),
    ]);
    assert_eq!(faults(text(&[bad]).as_bytes()).len(), 5);
}

#[test]
fn an_id_belongs_to_one_rule() {
    let found = faults(text(&[good("Same"), good("other"), good("same")]).as_bytes());
    assert_eq!(
        found,
        ["line 4, column 1 (id): the rule in line 2 has the same id"]
    );
}

#[test]
fn a_header_that_lacks_a_column_refuses_the_list() {
    for header in [
        "id,enabled,cloud",
        &COLUMNS.join(",").replace("expires", "expire"),
        "x",
        "\"id",
    ] {
        let list = format!("{header}\n{}\n", good("a"));
        let tuning = Tuning::parse(list.as_bytes());
        assert!(tuning.rules().is_empty(), "{header}");
        assert!(
            tuning.faults()[0]
                .to_string()
                .starts_with("line 1: the header lacks "),
            "{header}"
        );
    }
}

#[test]
fn a_list_without_some_columns_of_conditions_is_as_good() {
    let without = "id,enabled,cloud,operation,access,actor,target,account,src,document,user_agent,action,value,expires,reason,owner";
    let list = format!("{without}\na,1,aws,,,,,,,,,expect,,,Known work,soc\n");
    assert_eq!(verdict(&Tuning::parse(list.as_bytes()), &event()), "expected");
    let few =
        "id,enabled,account,action,value,expires,reason,owner\na,1,111122223333,expect,,,Known work,soc\n";
    assert_eq!(verdict(&Tuning::parse(few.as_bytes()), &event()), "expected");
    let without_conditions = "id,enabled,action,value,expires,reason,owner\na,1,expect,,,Known work,soc\n";
    assert!(faults(without_conditions.as_bytes())[0].contains("the rule matches every finding"));
}

#[test]
fn columns_may_be_in_any_order_and_any_case() {
    let mut columns = COLUMNS.map(str::to_uppercase);
    columns.reverse();
    let mut cells: Vec<String> = good("a").split(',').map(str::to_owned).collect();
    cells.reverse();
    let tuning = Tuning::parse(format!("{}\n{}", columns.join(" ,"), cells.join(",")).as_bytes());
    assert_eq!(verdict(&tuning, &event()), "expected");
}

#[test]
fn an_unknown_or_repeated_column_refuses_the_rows_that_use_it() {
    for (extra, said) in [("region", "unknown column"), ("actor", "the column is repeated")] {
        let list = format!("{},{extra}\n{},\n{},x\n", COLUMNS.join(","), good("a"), good("b"));
        let found = faults(list.as_bytes());
        assert!(
            found[0].starts_with(&format!("line 1, column 20 ({extra})")) && found[0].contains(said),
            "{found:?}"
        );
        assert!(
            found[1].starts_with(&format!("line 3, column 20 ({extra})")),
            "{found:?}"
        );
        let tuning = Tuning::parse(list.as_bytes());
        assert_eq!(
            tuning
                .rules()
                .iter()
                .map(|rule| rule.id.as_str())
                .collect::<Vec<_>>(),
            ["a"]
        );
    }
}

#[test]
fn lines_are_counted_with_any_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let rows = [
            COLUMNS.join(","),
            String::new(),
            row(&[
                ("id", "a"),
                ("cloud", "aws"),
                ("reason", &format!("two{end}lines")),
            ]),
            row(&[("id", "b"), ("cloud", "?")]),
            String::new(),
            row(&[("id", "c"), ("action", "x"), ("cloud", "aws")]),
        ];
        let list = rows.join(end);
        let lines: Vec<u64> = Tuning::parse(list.as_bytes())
            .faults()
            .iter()
            .map(|fault| fault.line)
            .collect();
        assert_eq!(lines, [5, 7], "{end:?}");
        assert_eq!(Tuning::parse(list.as_bytes()).rules()[0].line, 3);
        assert_eq!(Tuning::parse(list.as_bytes()).rules()[0].reason, "two lines");
    }
}

#[test]
fn quotes_commas_and_a_byte_order_mark_are_read() {
    let rule = row(&[
        ("id", "a\"b,c"),
        ("cloud", "aws"),
        ("reason", "She said \"yes\", twice"),
    ]);
    let list = format!("\u{feff}{}", text(&[rule]));
    let seen = super::tag(&Tuning::parse(list.as_bytes()), &event());
    assert_eq!(seen.field("dvm_tuning"), ["a\"b,c: She said \"yes\", twice"]);
}

#[test]
fn a_header_alone_is_not_a_fault_but_an_empty_list_is() {
    assert!(faults(COLUMNS.join(",").as_bytes()).is_empty());
    for text in ["", "\n\n", "\u{feff}"] {
        assert!(
            faults(text.as_bytes())[0].contains("the list is empty"),
            "{text:?}"
        );
    }
}

#[test]
fn a_list_cut_anywhere_loses_only_the_cut_row() {
    let list = text(&[good("a"), good("b")]);
    let second = list.rfind("\"b\"").unwrap();
    for cut in second + 1..list.len() - 1 {
        let tuning = Tuning::parse(&list.as_bytes()[..cut]);
        let ids: Vec<&str> = tuning.rules().iter().map(|rule| rule.id.as_str()).collect();
        let is_whole = cut >= list.len() - 1;
        assert_eq!(ids, if is_whole { vec!["a", "b"] } else { vec!["a"] }, "{cut}");
        assert!(
            tuning.faults()[0].to_string().starts_with("line 3"),
            "{cut}: {:?}",
            tuning.faults()
        );
    }
}

#[test]
fn an_open_quote_is_found_where_it_opens() {
    let open = good("b").replacen("\"aws\"", "\"aws", 1);
    let at_end = text(&[good("a"), open.replace("\"\"", "")]);
    let found = faults(at_end.trim_end().trim_end_matches('"').as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("line 3"), "{found:?}");
    let never = format!("{}\n{}\nc,1,\"aws\n{}\n", COLUMNS.join(","), good("a"), "d,1,aws");
    let wanted = "line 3: the quote opened in line 3 is never closed; nothing after it can be read";
    assert_eq!(faults(never.as_bytes()), [wanted]);
}

#[test]
fn a_cell_that_is_not_utf_8_is_refused_with_its_column() {
    let mut list = text(&[good("a"), row(&[("id", "b"), ("cloud", "aws"), ("owner", "Z")])]).into_bytes();
    let at = list.iter().rposition(|byte| *byte == b'Z').unwrap();
    list[at] = 0xE9;
    assert_eq!(
        faults(&list),
        ["line 3, column 19 (owner): the text is not UTF-8"]
    );
    assert_eq!(Tuning::parse(&list).rules().len(), 1);
    assert!(faults(b"\xFF\xFEi\0d\0")[0].contains("UTF-16"));
}

#[test]
fn too_few_or_too_many_cells_refuse_the_row() {
    let list = format!(
        "{}\n{},more\nb,1,aws\n{}",
        COLUMNS.join(","),
        good("a"),
        good("c")
    );
    assert_eq!(
        faults(list.as_bytes()),
        [
            "line 2: 20 cells, but the header has 19",
            "line 3: 3 cells, but the header has 19"
        ]
    );
    assert_eq!(Tuning::parse(list.as_bytes()).rules().len(), 1);
}
