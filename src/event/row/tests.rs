use super::{Columns, MAX_SHARED_VALUES, Row};
use crate::event::Event;
use crate::event::path::PathTable;

fn columns(names: &[&str]) -> Columns {
    Columns::new(names.iter().map(|name| name.as_bytes().to_vec()).collect())
}

fn values(value: &str, count: usize) -> Vec<u8> {
    let values = vec![format!("${value}$"); count];
    format!("\"{}\"", values.join(";")).into_bytes()
}

#[test]
fn a_twin_wins_over_the_plain_cell_and_list_marks_in_names_do_not_matter() {
    let mut table = PathTable::default();
    let paths = ["a.ids{}", "a.ids", "p.q.z"].map(|path| table.path(path));
    let columns = columns(&["a.ids{}", "p", "__mv_a.ids{}", "__mv_p"]);
    let cells: [&[u8]; 4] = [b"\"x\ny\"", br#""{""q"":{""z"":5}}""#, b"\"$x$;$y$\"", b""];
    let row = Row::new(table.names(), &columns, &cells);
    let [list, plain, inside] = paths.each_ref().map(|path| row.all(path));
    assert_eq!(
        (list, plain, inside),
        (
            vec!["x".into(), "y".into()],
            vec!["x".into(), "y".into()],
            vec!["5".into()]
        )
    );
    assert_eq!(row.first(&paths[2]).as_deref(), Some("5"));
    assert_eq!(columns.find("a.ids"), None);
}

#[test]
fn instance_ids_that_belong_to_no_one_key_are_given_once() {
    let mut table = PathTable::default();
    let path = table.path("t{}");
    let columns = columns(&["t{}.key", "t{}.values{}", "__mv_t{}.key", "__mv_t{}.values{}"]);
    let (keys, ids) = (values("InstanceIds", 3), values("i-1", 4));
    let cells: [&[u8]; 4] = [b"x", b"y", &keys, &ids];
    let groups = Row::new(table.names(), &columns, &cells).groups(&path);
    let counts: Vec<_> = groups.iter().map(|(_, values)| values.len()).collect();
    assert_eq!(counts, [4, 1, 1]);
}

#[test]
fn an_event_of_a_batch_has_its_own_value_or_among_others_the_first_ones() {
    let mut table = PathTable::default();
    let (a, b) = (table.path("a"), table.path("b"));
    let columns = columns(&["a", "b", "__mv_a", "__mv_b"]);
    let (own, other) = (values("x", 200), values("y", 201));
    let cells: [&[u8]; 4] = [b"x", b"y", &own, &other];
    let row = Row::new(table.names(), &columns, &cells);
    let event = row.picking(7, 200);
    assert_eq!((row.count(0), row.count(1)), (200, 201));
    assert_eq!((event.count(0), event.count(1)), (1, MAX_SHARED_VALUES));
    assert_eq!(event.first(&a).as_deref(), Some("x"));
    assert_eq!(event.first(&b), None);
}
