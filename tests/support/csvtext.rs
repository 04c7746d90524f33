//! CSV and multivalue cells as bytes: as splunkd writes them, and a reader that keeps the exact spelling of each cell.

use std::borrow::Cow;

/// Splits a body into rows of tokens, each exactly as written (quotes included). Rows end with LF or CRLF, except
/// possibly the last. Fails on an unterminated quote, on text after a closing quote, and on ragged rows.
pub fn decode(body: &[u8]) -> Result<Vec<Vec<&[u8]>>, String> {
    let mut rows: Vec<Vec<&[u8]>> = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let (row, next) = decode_row(body, at).map_err(|fault| format!("row {}: {fault}", rows.len()))?;
        if rows.first().is_some_and(|header| header.len() != row.len()) {
            return Err(format!(
                "row {} has {} columns, the header {}",
                rows.len(),
                row.len(),
                rows[0].len()
            ));
        }
        rows.push(row);
        at = next;
    }
    Ok(rows)
}

fn decode_row(body: &[u8], mut at: usize) -> Result<(Vec<&[u8]>, usize), String> {
    let mut row = Vec::new();
    loop {
        let end = if body.get(at) == Some(&b'"') {
            quoted_end(body, at)?
        } else {
            bare_end(body, at)
        };
        row.push(&body[at..end]);
        match &body[end..] {
            [b',', ..] => at = end + 1,
            [b'\n', ..] => return Ok((row, end + 1)),
            [b'\r', b'\n', ..] => return Ok((row, end + 2)),
            [] => return Ok((row, end)),
            _ => {
                return Err(format!(
                    "text after the closing quote of column {}",
                    row.len() - 1
                ));
            }
        }
    }
}

fn bare_end(body: &[u8], at: usize) -> usize {
    let length = body[at..].iter().position(|&byte| byte == b',' || byte == b'\n');
    let end = length.map_or(body.len(), |length| at + length);
    let before_lf = body.get(end) == Some(&b'\n') && end > at && body[end - 1] == b'\r';
    if before_lf { end - 1 } else { end }
}

fn quoted_end(body: &[u8], at: usize) -> Result<usize, String> {
    let mut next = at + 1;
    while let Some(length) = body[next..].iter().position(|&byte| byte == b'"') {
        next += length + 1;
        if body.get(next) != Some(&b'"') {
            return Ok(next);
        }
        next += 1;
    }
    Err("a quote is never closed".to_owned())
}

/// The value of a token: without its outer quotes, doubled quotes unescaped. A token that does not start with a quote is its
/// own value.
pub fn value(token: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = token
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    else {
        return Cow::Borrowed(token);
    };
    if !inner.contains(&b'"') {
        return Cow::Borrowed(inner);
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(byte);
        if byte == b'"' {
            rest.next();
        }
    }
    Cow::Owned(bytes)
}

/// A cell as splunkd writes it: unquoted only if it consists of ASCII letters and digits.
pub fn quote(cell: &[u8]) -> Vec<u8> {
    if cell.iter().all(u8::is_ascii_alphanumeric) {
        return cell.to_vec();
    }
    let mut token = vec![b'"'];
    for &byte in cell {
        token.extend(std::iter::repeat_n(byte, if byte == b'"' { 2 } else { 1 }));
    }
    token.push(b'"');
    token
}

/// Rows of cells as splunkd writes them.
pub fn encode(rows: &[Vec<Vec<u8>>], row_end: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for row in rows {
        let tokens: Vec<_> = row.iter().map(|cell| quote(cell)).collect();
        body.extend(tokens.join(&b','));
        body.extend(row_end);
    }
    body
}

/// The plain cell of a field: its values joined by LF.
pub fn plain_cell(values: &[Vec<u8>]) -> Vec<u8> {
    values.join(&b'\n')
}

/// The `__mv_` cell of a field: empty unless it has more than one value, else `$a$;$b$` with `$` doubled inside.
pub fn mv_encode(values: &[Vec<u8>]) -> Vec<u8> {
    if values.len() < 2 {
        return Vec::new();
    }
    let items: Vec<_> = values.iter().map(|value| mv_item(value)).collect();
    items.join(&b';')
}

fn mv_item(value: &[u8]) -> Vec<u8> {
    let mut item = vec![b'$'];
    for &byte in value {
        item.extend(std::iter::repeat_n(byte, if byte == b'$' { 2 } else { 1 }));
    }
    item.push(b'$');
    item
}

/// Splits a `__mv_` cell, left to right: `$` opens an item; inside, `$$` is a `$` and a single `$` closes; then
/// comes `;` or the end.
pub fn mv_decode(cell: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut values = Vec::new();
    let mut rest = cell;
    loop {
        let (value, after) = mv_first_item(rest)
            .ok_or_else(|| format!("malformed multivalue cell \"{}\"", cell.escape_ascii()))?;
        values.push(value);
        match after {
            [] => return Ok(values),
            [b';', next @ ..] => rest = next,
            _ => {
                return Err(format!(
                    "no `;` between the values of \"{}\"",
                    cell.escape_ascii()
                ));
            }
        }
    }
}

fn mv_first_item(cell: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = cell.strip_prefix(b"$")?;
    let mut value = Vec::new();
    loop {
        match rest {
            [] => return None,
            [b'$', b'$', after @ ..] => {
                value.push(b'$');
                rest = after;
            }
            [b'$', after @ ..] => return Some((value, after)),
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
        }
    }
}
