//! Whether two commands answered a stream alike, however they quote.

use crate::echo::header;
use anyhow::{Context, Result, ensure};
use csv::{ByteRecord, ReaderBuilder};
use std::fs::File;
use std::io::{BufReader, Read};

/// Fails at the first difference; with `column`, of that column only.
pub fn run(one: &str, other: &str, column: Option<&str>) -> Result<()> {
    let mut inputs = [one, other].map(|file| File::open(file).map(BufReader::new));
    let [Ok(left), Ok(right)] = &mut inputs else {
        anyhow::bail!("{one} or {other} cannot be read")
    };
    let mut rows = 0;
    let mut chunks = 0;
    while let Some(left) = body(left)? {
        let right = body(right)?.context("the second has fewer replies")?;
        rows += same(&left, &right, column).with_context(|| format!("reply {chunks}"))?;
        chunks += 1;
    }
    ensure!(body(right)?.is_none(), "the second has more replies");
    println!("{rows} cells are the same in {chunks} replies");
    Ok(())
}

fn body(input: &mut BufReader<File>) -> Result<Option<Vec<u8>>> {
    let Some([metadata, length]) = header(input)? else {
        return Ok(None);
    };
    let mut bytes = vec![0; metadata + length];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes.split_off(metadata)))
}

fn same(left: &[u8], right: &[u8], column: Option<&str>) -> Result<u64> {
    if left == right {
        return Ok(left.len() as u64);
    }
    let mut readers = [left, right].map(|body| ReaderBuilder::new().has_headers(false).from_reader(body));
    let mut records = [ByteRecord::new(), ByteRecord::new()];
    let mut columns: Option<[usize; 2]> = None;
    let mut cells = 0;
    loop {
        let mut more = [false; 2];
        for (at, reader) in readers.iter_mut().enumerate() {
            more[at] = reader.read_byte_record(&mut records[at])?;
        }
        ensure!(more[0] == more[1], "one has more rows");
        if !more[0] {
            return Ok(cells);
        }
        let Some(name) = column else {
            for (at, (a, b)) in records[0].iter().zip(&records[1]).enumerate() {
                let [a, b] = [a, b].map(String::from_utf8_lossy);
                ensure!(a == b, "column {at}: {a:?} or {b:?}");
            }
            ensure!(records[0].len() == records[1].len(), "one has more cells");
            cells += records[0].len() as u64;
            continue;
        };
        let find = |record: &ByteRecord| record.iter().position(|cell| cell == name.as_bytes());
        let [a, b] = if let Some(columns) = columns {
            columns
        } else {
            let [a, b] = [find(&records[0]), find(&records[1])];
            let found = [
                a.context("the first lacks the column")?,
                b.context("the second lacks it")?,
            ];
            *columns.insert(found)
        };
        let [a, b] = [records[0].get(a), records[1].get(b)]
            .map(|cell| String::from_utf8_lossy(cell.unwrap_or_default()));
        ensure!(a == b, "{name} is {a:?} or {b:?}");
        cells += 1;
    }
}
