//! A row → its finding: from `_raw`, from the extracted fields, or from both.

use super::columns::Layout;
use crate::csv::cells::{unquote, without_outer_quotes};
use crate::detect::Detector;
use crate::detect::batch::Batch;
use crate::detect::entry::Entry;
use crate::detect::finding::Finding;
use crate::event::Event;
use crate::event::json::{Document, MAX_TEXT};
use crate::event::row::Row;
use crate::splunk::options::Input;

/// What a row turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// A finding.
    Finding,
    /// Not a finding.
    Event,
    /// There is a `_raw`, but neither it nor the fields hold an entry of a known format.
    Unreadable,
}

/// Receives the finding of a row, which borrows from the row's text.
pub type Sink<'s> = &'s mut dyn FnMut(&Finding<'_, '_>);

/// Inspects rows of one chunk.
#[derive(Debug, Clone, Copy)]
pub struct RowInspector<'i> {
    /// What decides.
    pub detector: &'i Detector,
    /// Where entries are read from.
    pub input: Input,
    /// The chunk's columns.
    pub layout: &'i Layout,
}

impl RowInspector<'_> {
    /// Inspects a row, and calls `sink` with the finding that it is, if it is one.
    pub fn inspect(&self, cells: &[&[u8]], sink: Sink<'_>) -> RowOutcome {
        let raw = self.layout.raw.filter(|_| self.input != Input::Fields);
        let raw = raw.map(|column| cells[column]);
        // Quotes are doubled in a cell.
        let readable = raw.filter(|cell| cell.len() <= 2 * MAX_TEXT);
        let mut outcome = readable.and_then(|cell| self.inspect_raw(cell, cells, sink));
        if outcome.is_none() && self.input != Input::Raw {
            outcome = self.inspect_fields(cells, sink);
        }
        let is_unreadable = || raw.is_some_and(|cell| !without_outer_quotes(cell).0.trim_ascii().is_empty());
        match outcome {
            Some(outcome) => outcome,
            None if is_unreadable() => RowOutcome::Unreadable,
            None => RowOutcome::Event,
        }
    }

    /// Inspects the JSON of `_raw`; `None` where it holds no entry.
    fn inspect_raw(&self, raw: &[u8], cells: &[&[u8]], sink: Sink<'_>) -> Option<RowOutcome> {
        let text = unquote(raw);
        let reader = self.detector.reader();
        let document = reader.read(&text);
        let entries = document.entries(reader);
        if let [entry] = entries[..] {
            let alone = Entry::found(reader, &entry);
            if self.input != Input::Auto {
                return Some(self.inspect_one(&alone, sink));
            }
            let columns = self.layout.formats.columns_of(entry.format);
            let fields = columns.map(|columns| Row::new(reader.names(), columns, cells));
            let fields = fields.as_ref().map(|row| row as &dyn Event);
            let add_on = self.layout.row(reader, cells);
            return Some(self.inspect_one(&alone.with_fallbacks(fields, Some(&add_on)), sink));
        }
        // Of several entries in a text, Splunk extracts the fields of all: whose they are cannot be told.
        let mut batch = Batch::default();
        let each = entries.iter().map(|entry| Entry::found(reader, entry));
        add_findings(self.detector, each, &mut batch);
        (!entries.is_empty()).then(|| show_gravest(batch, entries.len(), sink))
    }

    fn inspect_one(&self, entry: &Entry<'_>, sink: Sink<'_>) -> RowOutcome {
        match self.detector.inspect(entry) {
            Some(finding) => {
                sink(&finding);
                RowOutcome::Finding
            }
            None => RowOutcome::Event,
        }
    }

    /// Inspects the extracted fields of a row; `None` where they hold no entry.
    fn inspect_fields(&self, cells: &[&[u8]], sink: Sink<'_>) -> Option<RowOutcome> {
        let reader = self.detector.reader();
        let add_on = self.layout.row(reader, cells);
        let entries = self.layout.formats.entries(reader, cells);
        if let [entry] = &entries[..] {
            let entry = Entry::new(reader, entry.format, &entry.row).with_fallbacks(None, Some(&add_on));
            return Some(self.inspect_one(&entry, sink));
        }
        let mut batch = Batch::default();
        let each = entries
            .iter()
            .map(|entry| Entry::new(reader, entry.format, &entry.row));
        add_findings(self.detector, each, &mut batch);
        let mut count = entries.len();
        if count == 0 {
            count = self.inspect_wrapped_texts(cells, &add_on, &mut batch);
        }
        (count > 0).then(|| show_gravest(batch, count, sink))
    }

    /// Adds the findings in the texts of a row's wrapper columns; returns the number of entries.
    fn inspect_wrapped_texts<'d>(
        &'d self,
        cells: &[&[u8]],
        add_on: &Row<'_>,
        batch: &mut Batch<'d>,
    ) -> usize {
        let reader = self.detector.reader();
        let mut count = 0;
        for text in self.layout.formats.wrapped_texts(reader, cells) {
            let document: Document<'_> = reader.read(text.as_bytes());
            let entries = document.entries(reader);
            count += entries.len();
            let fallback = Some(add_on as &dyn Event).filter(|_| entries.len() == 1);
            let each = entries
                .iter()
                .map(|entry| Entry::found(reader, entry).with_fallbacks(None, fallback));
            add_findings(self.detector, each, batch);
        }
        count
    }
}

/// Adds the entries that are findings.
fn add_findings<'d: 'e, 'e>(
    detector: &'d Detector,
    entries: impl Iterator<Item = Entry<'e>>,
    batch: &mut Batch<'d>,
) {
    for entry in entries {
        if let Some(finding) = detector.inspect(&entry) {
            batch.add(finding);
        }
    }
}

/// Shows the gravest finding of several entries, if there is one.
fn show_gravest(batch: Batch<'_>, entries: usize, sink: Sink<'_>) -> RowOutcome {
    match batch.gravest(entries) {
        Some(finding) => {
            sink(&finding);
            RowOutcome::Finding
        }
        None => RowOutcome::Event,
    }
}
