//! Streams of execute requests, the same for the same order.

use crate::columns::{self, Ready};
use crate::events::{self, Dice};
use anyhow::Result;
use std::fs::File;
use std::io::Write;

/// How many different events a stream mixes.
const ORDINARY: usize = 2_000;
const FINDINGS: usize = 1_000;

/// What a stream is to be like.
pub struct Order<'o> {
    /// Name of the columns' layout.
    pub layout: &'o str,
    /// Findings in 100,000 rows.
    pub rate: u64,
    /// Rows in all.
    pub rows: usize,
    /// Rows of a chunk.
    pub chunk: usize,
    /// Another seed gives another stream.
    pub seed: u64,
}

/// Writes the requests to `file`, the last one finished.
pub fn generate(order: &Order<'_>, file: &str) -> Result<()> {
    let mut dice = Dice(order.seed);
    let columns = columns::of(order.layout)?;
    let header = columns::header(&columns);
    let ready = |event| Ready::new(&columns, &event);
    let findings = events::findings(FINDINGS, &mut dice)?;
    let findings = findings.into_iter().map(ready).collect::<Result<Vec<_>>>()?;
    let ordinary = (0..ORDINARY)
        .map(|_| events::ordinary(&mut dice).and_then(ready))
        .collect::<Result<Vec<_>>>()?;
    let mut output = File::create(file)?;
    let mut body = Vec::new();
    for first in (0..order.rows).step_by(order.chunk) {
        let rows = order.chunk.min(order.rows - first);
        body.clear();
        body.extend_from_slice(&header);
        for number in 0..rows {
            let pool = if dice.roll(100_000) < order.rate {
                &findings
            } else {
                &ordinary
            };
            dice.pick(pool).put(number, &mut body);
        }
        let is_last = first + rows == order.rows;
        let metadata = format!("{{\"action\":\"execute\",\"finished\":{is_last}}}");
        write!(
            output,
            "chunked 1.0,{},{}\n{metadata}",
            metadata.len(),
            body.len()
        )?;
        output.write_all(&body)?;
    }
    Ok(())
}
