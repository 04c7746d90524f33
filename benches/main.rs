//! The peers that `make bench` measures the command against, and the maker of its streams.
//!
//! ```text
//! peers generate LAYOUT RATE ROWS ROWS_A_CHUNK SEED FILE   RATE is findings in 100,000 rows
//! peers echo                                               reads each request whole, writes it back
//! peers records [OPTION ...]                               the same command on the csv crate's records
//! peers names                                              the AWS operations by name, for the peers in Python
//! peers compare REPLIES REPLIES [COLUMN]                   whether two commands answered the same
//! ```

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measuring, not part of the command"
)]

mod columns;
mod compare;
mod echo;
mod events;
mod names;
mod records;
mod stream;

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["generate", layout, rate, rows, chunk, seed, file] => {
            let number = |word: &str| {
                word.parse::<u64>()
                    .with_context(|| format!("{word} is no number"))
            };
            let order = stream::Order {
                layout,
                rate: number(rate)?,
                rows: usize::try_from(number(rows)?)?,
                chunk: usize::try_from(number(chunk)?)?,
                seed: number(seed)?,
            };
            stream::generate(&order, file)
        }
        ["echo"] => echo::run(),
        ["records"] => records::run(),
        ["names"] => names::print(),
        ["compare", one, other] => compare::run(one, other, None),
        ["compare", one, other, column] => compare::run(one, other, Some(column)),
        _ => bail!("usage: see the head of benches/main.rs"),
    }
}
