//! The same command as one would write it with the `csv` crate: every row is read into a record, and written from one.

use crate::echo::{request, streams};
use anyhow::{Result, anyhow, bail};
use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use directvm::catalogue::Catalogue;
use directvm::csv::cells::{split, unquote};
use directvm::detect::{Detector, Filter};
use directvm::prefilter::LiteralFinder;
use directvm::splunk::chunk::columns::{Encoded, Layout};
use directvm::splunk::chunk::inspect::RowInspector;
use directvm::splunk::frame::head;
use directvm::splunk::metadata::{Reply, Request};
use directvm::splunk::options::{Mode, Options};
use directvm::splunk::required_fields;
use std::io::Write;

struct Command {
    options: Options,
    detector: Detector,
    finder: LiteralFinder,
}

/// Answers requests as the command does.
pub fn run() -> Result<()> {
    let (mut input, mut output) = streams()?;
    let mut command = None;
    let mut body = Vec::new();
    while let Some((request, length)) = request(&mut input, &mut body)? {
        match Request::parse(&request)? {
            Request::GetInfo(info) => {
                let options = Options::parse(&info.args).map_err(anyhow::Error::msg)?;
                let reply = Reply::to_getinfo("streaming", required_fields::required(&options));
                output.write_all(&head(&reply.to_json(), 0))?;
                command = Some(Command::new(options)?);
            }
            Request::Execute(finished) => {
                let Some(command) = &command else {
                    bail!("execute came before getinfo")
                };
                let rows = command.rows(&body[..length])?;
                let reply = Reply::to_chunk(finished, Vec::new());
                output.write_all(&head(&reply.to_json(), rows.len()))?;
                output.write_all(&rows)?;
            }
        }
    }
    Ok(())
}

impl Command {
    fn new(options: Options) -> Result<Self> {
        let detector = Detector::new(&Catalogue::embedded()?, Filter::default());
        let finder = LiteralFinder::new(&detector.literals());
        Ok(Self {
            options,
            detector,
            finder,
        })
    }

    fn rows(&self, body: &[u8]) -> Result<Vec<u8>> {
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(body);
        let mut writer = WriterBuilder::new().from_writer(Vec::with_capacity(body.len()));
        let mut record = ByteRecord::new();
        reader.read_byte_record(&mut record)?;
        let layout = Layout::new(
            self.detector.reader(),
            &quoted(&record).join(&b','),
            required_fields::shown(&self.options),
        );
        for name in split(&layout.header_tail).iter().skip(1) {
            record.push_field(&unquote(name));
        }
        writer.write_byte_record(&record)?;
        while reader.read_byte_record(&mut record)? {
            let mut is_candidate = false;
            self.finder.each(record.as_slice(), |_, _| {
                is_candidate = true;
                record.as_slice().len()
            });
            let found = is_candidate.then(|| self.finding(&layout, &record));
            match found.flatten() {
                Some(row) => writer.write_byte_record(&row)?,
                None if self.options.mode == Mode::Filter => {}
                None => {
                    layout.row_tail.iter().for_each(|_| record.push_field(b""));
                    writer.write_byte_record(&record)?;
                }
            }
        }
        writer.into_inner().map_err(|error| anyhow!("{error}"))
    }

    fn finding(&self, layout: &Layout, record: &ByteRecord) -> Option<ByteRecord> {
        let cells = quoted(record);
        let cells: Vec<&[u8]> = cells.iter().map(Vec::as_slice).collect();
        let inspector = RowInspector {
            detector: &self.detector,
            input: self.options.input,
            layout,
        };
        let mut found = None;
        inspector.inspect(&cells, &mut |finding| {
            let mut encoded = Encoded::default();
            layout.encode(finding, &mut encoded);
            let mut new = cells.clone();
            for (_, column, cell) in layout.changes(&encoded, &cells) {
                new[column] = encoded.cell(cell);
            }
            let mut row = new.join(&b',');
            layout.put_tail(&encoded, &mut row);
            found = Some(split(&row).into_iter().map(unquote).collect());
        });
        found
    }
}

/// The cells of a record as they stand in a chunk.
fn quoted(record: &ByteRecord) -> Vec<Vec<u8>> {
    let quote = |cell: &[u8]| {
        if cell.iter().all(u8::is_ascii_alphanumeric) {
            return cell.to_vec();
        }
        let mut out = vec![b'"'];
        for byte in cell {
            out.extend(std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
        }
        out.push(b'"');
        out
    };
    record.iter().map(quote).collect()
}
