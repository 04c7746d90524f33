//! What a text is, told by its beginning: JSON, a table with columns of a known log, another table, or nothing that is read.

use super::members::KnownMembers;
use crate::event::without_byte_order_mark;
use serde::de::IgnoredAny;

/// How many bytes tell it.
pub const TEXT_HEAD: usize = 64 << 10;
/// Delimiters of tables.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// Rows that must have as many cells as the header, where they are there.
const COMPARED_ROWS: usize = 3;
/// A heading is not longer.
const MAX_HEADING: usize = 80;

/// A text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// JSON, and what lies between its values.
    Log,
    /// JSON strings that hold JSON, in a list or one after the other.
    Strings,
    /// A table with this delimiter, of which a column is known.
    Table(u8),
    /// A table of unknown columns.
    OtherTable,
    /// Anything else.
    Other,
}

/// Tells a text by its first [`TEXT_HEAD`] bytes; `is_all` where there are no more.
pub fn text(head: &[u8], is_all: bool, members: &KnownMembers) -> Text {
    let head = &head[head.iter().take_while(|byte| **byte == 0).count()..];
    let head = without_delimiter_line(without_byte_order_mark(head));
    if is_strings(head) {
        return Text::Strings;
    }
    if let Some(zero) = memchr::memchr(0, head) {
        // A log that was damaged, or cut while it was written, has whole records before its zeros.
        let is_damaged_log = first_line_begins_object(&head[..zero]);
        return if is_damaged_log { Text::Log } else { Text::Other };
    }
    let has_object = memchr::memchr(b'\n', head).is_some_and(|end| begins_object(&head[end + 1..]));
    let tables = || {
        DELIMITERS
            .into_iter()
            .filter_map(|delimiter| table(head, is_all, delimiter))
    };
    let is_known = |table: &Table| table.names.iter().any(|name| members.is_known_column(name));
    // A header may stand before JSON, too.
    if let Some(table) = tables().find(|table| is_known(table) && !has_object) {
        return Text::Table(table.delimiter);
    }
    if tables().any(|table| table.is_even) && !is_log(head) {
        return Text::OtherTable;
    }
    if is_log(head) { Text::Log } else { Text::Other }
}

/// Whether a line tells a spreadsheet the delimiter of the table below it: `sep=;`.
pub fn names_delimiter(line: &[u8]) -> bool {
    line.starts_with(b"sep=")
}

fn without_delimiter_line(head: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    if names_delimiter(head) { &head[end..] } else { head }
}

/// Whether the first value is a string that begins as an object, or a list does whose first item is a string.
fn is_strings(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    if let Some(items) = text.strip_prefix(b"[") {
        return items.trim_ascii_start().starts_with(b"\"");
    }
    // A cell of CSV would double the inner quote.
    let inner = text.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    inner
        .and_then(|inner| inner.strip_prefix(b"{"))
        .is_some_and(|inner| {
            let name = inner.trim_ascii_start();
            name.starts_with(b"\\\"")
                || name.starts_with(b"\\n")
                || name.starts_with(b"\\r")
                || name.starts_with(b"}")
        })
}

/// What may be a table.
struct Table {
    delimiter: u8,
    names: Vec<String>,
    /// Whether its first rows have as many cells as its header.
    is_even: bool,
}

/// The text as a table with this delimiter, if its first row can be a header.
fn table(head: &[u8], is_all: bool, delimiter: u8) -> Option<Table> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let mut rows = reader.byte_records();
    let header = rows.next()?.ok()?;
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect();
    let is_heading = |name: &String| name.len() <= MAX_HEADING && !name.contains(['{', '\n']);
    if names.len() < 2 && !is_lone_heading(&names) || !names.iter().all(is_heading) {
        return None;
    }
    let mut following: Vec<usize> = rows
        .take(COMPARED_ROWS + 1)
        .map_while(|row| row.ok().map(|row| row.len()))
        .collect();
    // The last row may be cut by the end of the head.
    if !is_all || following.len() > COMPARED_ROWS {
        following.pop();
    }
    let is_even =
        names.len() > 1 && !following.is_empty() && following.iter().all(|cells| *cells == names.len());
    Some(Table {
        delimiter,
        names,
        is_even,
    })
}

/// Whether a table has one column that looks like the name of a field.
fn is_lone_heading(names: &[String]) -> bool {
    let is_name = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"@_.".contains(&byte))
    };
    names.len() == 1 && names.iter().all(is_name)
}

/// Whether a file begins as a log does: soon there is a line that begins with a JSON object, or a first line that holds
/// one. Comments, headers, single values may come before it.
fn is_log(head: &[u8]) -> bool {
    if head.trim_ascii().is_empty() {
        return !head.is_empty();
    }
    let text = head.trim_ascii_start();
    let first = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    let begins = first.starts_with(b"{") || begins_list(text);
    let mut objects = [&b"{\""[..], b"{ \""].into_iter();
    let holds = objects.any(|start| memchr::memmem::find(first, start).is_some());
    begins || holds || first_line_begins_object(text)
}

/// Whether a list begins here: of lists, objects, strings or other values of JSON. A heading in brackets does not.
fn begins_list(text: &[u8]) -> bool {
    if !text.starts_with(b"[") {
        return false;
    }
    let is_bracket = |byte: &&u8| **byte == b'[' || byte.is_ascii_whitespace();
    let first = &text[text.iter().take_while(is_bracket).count()..];
    if matches!(first, [] | [b'{' | b'"' | b']', ..]) {
        return true;
    }
    let ends = |byte: &u8| b",]".contains(byte) || byte.is_ascii_whitespace();
    let end = first.iter().position(ends).unwrap_or(first.len());
    let is_value = serde_json::from_slice::<IgnoredAny>(&first[..end]).is_ok();
    // "[ 0.5] started" is a line of a log, "[1, 2]" is a list.
    let rest = first[end..].trim_ascii_start();
    let behind = rest
        .strip_prefix(b"]")
        .map(|rest| rest.first().copied().unwrap_or(b'\n'));
    is_value && (rest.is_empty() || rest[0] == b',' || behind.is_some_and(|byte| b",]\r\n".contains(&byte)))
}

/// Whether one of the lines begins with an object.
fn first_line_begins_object(text: &[u8]) -> bool {
    begins_object(text) || memchr::memchr_iter(b'\n', text).any(|newline| begins_object(&text[newline + 1..]))
}

/// Whether an object that has a name begins here, or a list of such.
fn begins_object(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    text.strip_prefix(b"{")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
}
