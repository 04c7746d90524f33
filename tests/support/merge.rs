//! What splunkd does with the rows of a chunk: which columns it sends, and how it merges a reply into the results.

use std::collections::{BTreeSet, HashMap};

use super::SearchEvent;
use super::csvtext;
use super::reply::{Fatal, INVALID_RESULT, MERGE_ERROR, Mode};
use super::wire::decimal;

const INDEX: &[u8] = b"_chunked_idx";
const MV: &[u8] = b"__mv_";

/// The body of a chunk with its results.
#[derive(Debug)]
pub struct Sent {
    pub body: Vec<u8>,
    /// The complete results, including fields that were not sent.
    pub events: Vec<SearchEvent>,
    /// Rows have `_chunked_idx` and are merged by it.
    pub selected: bool,
}

#[derive(Debug)]
pub struct Merged {
    pub events: Vec<SearchEvent>,
    /// Faults that splunkd may tolerate but no command should have.
    pub complaints: Vec<String>,
}

impl Sent {
    /// The body for these results. In all-fields mode the columns are those of the results, or `all` if there are no results
    /// (a header-only chunk).
    pub fn from_events(events: &[SearchEvent], all: &[SearchEvent], mode: &Mode, row_end: &[u8]) -> Self {
        let selected = matches!(mode, Mode::Selected(_));
        let columns: Vec<Vec<u8>> = match mode {
            Mode::Selected(names) => names.iter().map(|name| name.clone().into_bytes()).collect(),
            Mode::AllFields => union_of_names(if events.is_empty() { all } else { events }),
        };
        let mut rows = vec![header(&columns, selected)];
        rows.extend(
            events
                .iter()
                .enumerate()
                .map(|(index, event)| cells(event, &columns, selected.then_some(index))),
        );
        let body = if rows[0].is_empty() {
            Vec::new()
        } else {
            csvtext::encode(&rows, row_end)
        };
        Self {
            body,
            events: events.to_vec(),
            selected,
        }
    }

    /// A body given as bytes; its results are parsed from it as far as possible.
    pub fn from_body(body: &[u8], mode: &Mode) -> Self {
        let sheet = Sheet::read(body).unwrap_or_default();
        let selected = matches!(mode, Mode::Selected(_)) && sheet.index_column().is_some();
        let events = sheet
            .rows
            .iter()
            .map(|row| overlay(None, &sheet.fields(row, selected)))
            .collect();
        Self {
            body: body.to_vec(),
            events,
            selected,
        }
    }
}

fn union_of_names(events: &[SearchEvent]) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let names = events.iter().flat_map(SearchEvent::names);
    names
        .filter(|name| seen.insert(*name))
        .map(<[u8]>::to_vec)
        .collect()
}

/// Plain columns, `_chunked_idx` the last of them, then all `__mv_` columns.
fn header(columns: &[Vec<u8>], selected: bool) -> Vec<Vec<u8>> {
    let plain: Vec<_> = columns
        .iter()
        .cloned()
        .chain(selected.then(|| INDEX.to_vec()))
        .collect();
    let mv: Vec<_> = plain.iter().map(|name| [MV, name].concat()).collect();
    [plain, mv].concat()
}

fn cells(event: &SearchEvent, columns: &[Vec<u8>], index: Option<usize>) -> Vec<Vec<u8>> {
    let values: Vec<_> = columns
        .iter()
        .map(|name| event.get(name).unwrap_or_default())
        .collect();
    let mut row: Vec<_> = values.iter().map(|values| csvtext::plain_cell(values)).collect();
    row.extend(index.map(|index| index.to_string().into_bytes()));
    row.extend(values.iter().map(|values| csvtext::mv_encode(values)));
    row.extend(index.map(|_| Vec::new()));
    row
}

/// Merges a reply into the results. With `_chunked_idx`, a row changes the result it names, and results without a row are
/// dropped; without it, the rows are the results.
pub fn merge(sent: &Sent, reply: &[u8]) -> Result<Merged, Fatal> {
    let invalid = |detail| Fatal::new(INVALID_RESULT, detail);
    let answer = Sheet::read(reply).map_err(invalid)?;
    let request = Sheet::read(&sent.body).ok();
    let mut complaints = request
        .as_ref()
        .map(|request| check_shape(request, &answer, sent, reply))
        .unwrap_or_default();
    let places = if sent.selected {
        indexes(&answer, sent.events.len())?
    } else {
        places(request.as_ref(), &answer)
    };
    if let Some(request) = &request {
        check_cells(request, &answer, &places, &mut complaints);
    }
    let mut events = Vec::new();
    for (row, place) in answer.rows.iter().zip(&places) {
        let base = place
            .filter(|_| sent.selected)
            .map(|place| sent.events[place].clone());
        events.push(overlay(base, &answer.fields(row, sent.selected)));
    }
    Ok(Merged { events, complaints })
}

fn overlay(base: Option<SearchEvent>, fields: &[(Vec<u8>, Vec<Vec<u8>>)]) -> SearchEvent {
    let mut event = base.unwrap_or_default();
    for (name, values) in fields {
        if values.is_empty() {
            event.remove(name);
        } else {
            event.set(name, values.clone());
        }
    }
    event
}

/// The `_chunked_idx` of every row: in range, strictly increasing.
fn indexes(answer: &Sheet<'_>, length: usize) -> Result<Vec<Option<usize>>, Fatal> {
    if answer.rows.is_empty() {
        return Ok(Vec::new());
    }
    let column = answer
        .index_column()
        .ok_or_else(|| Fatal::new(MERGE_ERROR, "the reply has no such column"))?;
    let mut indexes: Vec<Option<usize>> = Vec::new();
    for (number, row) in answer.rows.iter().enumerate() {
        let cell = csvtext::value(row[column]);
        let index = std::str::from_utf8(&cell)
            .ok()
            .and_then(decimal)
            .and_then(|index| usize::try_from(index).ok());
        let fits = index.is_some_and(|index| index < length) && index > indexes.last().copied().flatten();
        if !fits {
            let detail = format!("row {number} says \"{}\" of {length}", cell.escape_ascii());
            return Err(Fatal::new(MERGE_ERROR, detail));
        }
        indexes.push(index);
    }
    Ok(indexes)
}

/// Without `_chunked_idx`, rows can be compared with those sent only if none is missing.
fn places(request: Option<&Sheet<'_>>, answer: &Sheet<'_>) -> Vec<Option<usize>> {
    let same = request.is_some_and(|request| request.rows.len() == answer.rows.len());
    (0..answer.rows.len()).map(|row| same.then_some(row)).collect()
}

fn check_shape(request: &Sheet<'_>, answer: &Sheet<'_>, sent: &Sent, reply: &[u8]) -> Vec<String> {
    let mut complaints = Vec::new();
    if reply.is_empty() {
        let silent = format!("a reply of zero length to a chunk of {} rows", request.rows.len());
        complaints.extend((!request.rows.is_empty()).then_some(silent));
        return complaints;
    }
    if !reply.ends_with(b"\n") && (sent.body.is_empty() || sent.body.ends_with(b"\n")) {
        complaints.push("the last row of the reply does not end".to_owned());
    }
    for (column, label) in request.labels.iter().enumerate() {
        let needed = !request.is_partner(column) || request.rows.iter().any(|row| !row[column].is_empty());
        if needed && !answer.columns.contains_key(label) {
            complaints.push(format!(
                "column `{}` was sent and did not come back",
                label.0.escape_ascii()
            ));
        }
    }
    for (column, (name, occurrence)) in answer.labels.iter().enumerate() {
        let known = request.columns.contains_key(&(name.clone(), *occurrence));
        if !known && (*occurrence > 0 || (name.starts_with(MV) && !answer.is_partner(column))) {
            complaints.push(format!(
                "new column `{}` comes twice or without its plain column",
                name.escape_ascii()
            ));
        }
    }
    complaints
}

/// Checks every cell that differs from the one that was sent. In a row that cannot be compared with the one sent, only new
/// columns are checked.
fn check_cells(
    request: &Sheet<'_>,
    answer: &Sheet<'_>,
    places: &[Option<usize>],
    complaints: &mut Vec<String>,
) {
    let sources: Vec<_> = answer
        .labels
        .iter()
        .map(|label| request.columns.get(label).copied())
        .collect();
    for (number, (row, place)) in answer.rows.iter().zip(places).enumerate() {
        let before = place.and_then(|place| request.rows.get(place));
        let was = |column: usize| before.and_then(|before| sources[column].map(|source| before[source]));
        let touched = |column: usize| match before {
            Some(_) => was(column) != Some(row[column]),
            None => sources[column].is_none(),
        };
        for column in (0..row.len()).filter(|&column| touched(column)) {
            let judged_already = answer.plain_column(column).is_some_and(touched);
            let mv_fault = || answer.mv_fault(row, column).filter(|_| !judged_already);
            let fault = token_fault(was(column), row[column]).or_else(mv_fault);
            let name = answer.labels[column].0.escape_ascii();
            complaints.extend(fault.map(|fault| format!("row {number}, column `{name}`: {fault}")));
        }
    }
}

fn token_fault(before: Option<&[u8]>, token: &[u8]) -> Option<String> {
    if before.is_some_and(|before| csvtext::value(before) == csvtext::value(token)) {
        return Some(format!(
            "an untouched cell is spelt anew: {}",
            token.escape_ascii()
        ));
    }
    let loose = !token.starts_with(b"\"") && token.iter().any(|byte| b"\"\r".contains(byte));
    loose.then(|| format!("a quote or CR outside quotes: {}", token.escape_ascii()))
}

/// A body as rows of tokens, with its columns by position (a name may be repeated).
#[derive(Default)]
struct Sheet<'a> {
    labels: Vec<(Vec<u8>, usize)>,
    columns: HashMap<(Vec<u8>, usize), usize>,
    rows: Vec<Vec<&'a [u8]>>,
}

impl<'a> Sheet<'a> {
    fn read(body: &'a [u8]) -> Result<Self, String> {
        let mut rows = csvtext::decode(body)?;
        let mut sheet = Self::default();
        let header = if rows.is_empty() {
            Vec::new()
        } else {
            rows.remove(0)
        };
        let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
        for (column, token) in header.into_iter().enumerate() {
            let name = csvtext::value(token).into_owned();
            let count = counts.entry(name.clone()).or_insert(0);
            let occurrence = std::mem::replace(count, *count + 1);
            sheet.labels.push((name.clone(), occurrence));
            sheet.columns.insert((name, occurrence), column);
        }
        sheet.rows = rows;
        Ok(sheet)
    }

    fn index_column(&self) -> Option<usize> {
        self.columns.get(&(INDEX.to_vec(), 0)).copied()
    }

    /// The `__mv_` column of a plain one.
    fn mv_column(&self, column: usize) -> Option<usize> {
        let (name, occurrence) = &self.labels[column];
        self.columns.get(&([MV, name].concat(), *occurrence)).copied()
    }

    fn plain_column(&self, column: usize) -> Option<usize> {
        let (name, occurrence) = &self.labels[column];
        self.columns
            .get(&(name.strip_prefix(MV)?.to_vec(), *occurrence))
            .copied()
    }

    /// Whether this is the `__mv_` column of another. A field may itself be called `__mv_x`.
    fn is_partner(&self, column: usize) -> bool {
        self.plain_column(column).is_some()
    }

    /// The values of every plain column; a filled and well-formed `__mv_` cell wins over the plain one.
    fn fields(&self, row: &[&[u8]], selected: bool) -> Vec<(Vec<u8>, Vec<Vec<u8>>)> {
        let mut fields = Vec::new();
        for (column, (name, _)) in self.labels.iter().enumerate() {
            if self.is_partner(column) || (selected && name == INDEX) {
                continue;
            }
            let mv = self
                .mv_column(column)
                .and_then(|mv| csvtext::mv_decode(&csvtext::value(row[mv])).ok());
            let plain = Some(csvtext::value(row[column]).into_owned()).filter(|cell| !cell.is_empty());
            fields.push((name.clone(), mv.unwrap_or_else(|| plain.into_iter().collect())));
        }
        fields
    }

    /// The faults of a cell and its multivalue twin.
    fn mv_fault(&self, row: &[&[u8]], column: usize) -> Option<String> {
        let (plain, mv) = match self.plain_column(column) {
            Some(plain) => (plain, column),
            None => (column, self.mv_column(column)?),
        };
        let cell = csvtext::value(row[mv]);
        if cell.is_empty() {
            return None;
        }
        let values = match csvtext::mv_decode(&cell) {
            Ok(values) => values,
            Err(fault) => return Some(fault),
        };
        let joined = csvtext::plain_cell(&values);
        (joined != *csvtext::value(row[plain])).then(|| {
            format!(
                "plain cell and `__mv_` cell disagree: \"{}\"",
                joined.escape_ascii()
            )
        })
    }
}
