//! Which wrapper is this, and where in it does a fact lie.
//!
//! The shape is found from the fields, never from the sourcetype: one sourcetype can hold several shapes. Sources
//! of the names: `CloudTrail` record contents; OCSF 1.x as Security Lake writes it; Microsoft's activity log schema
//! (REST, storage and event hubs, Log Analytics); Google's `LogEntry`. Where a shape has which fact: [`super::places`].

use super::json::{Document, Value, is_json};
use super::name::{Name, Names};
use super::repair::{can_be_repaired, repair};
use super::row::{Columns, Row};
use super::{Event, Path, is_absent, without_marks};
use crate::csv::cells::{unquote, without_outer_quotes};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use std::borrow::Cow;
use std::cell::LazyCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

/// The vocabulary an entry is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// AWS `CloudTrail`, also inside `EventBridge`'s `detail`.
    CloudTrail,
    /// AWS in OCSF, as Security Lake has it.
    Ocsf,
    /// Azure Activity, Bastion or Entra sign-in, from REST, Event Hub, Log Analytics or Graph.
    Azure,
    /// Google Cloud audit log, also inside Pub/Sub's `data`.
    Gcp,
}

impl Shape {
    /// Every shape, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Gcp, Self::CloudTrail, Self::Ocsf, Self::Azure];

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "AWS CloudTrail",
            Self::Ocsf => "AWS in OCSF",
            Self::Azure => "Azure",
            Self::Gcp => "Google Cloud audit log",
        }
    }

    /// Paths that hold the operation's name; the canonical one first.
    pub fn name_paths(self) -> &'static [&'static str] {
        match self {
            Self::CloudTrail => &["eventName"],
            Self::Ocsf => &["api.operation"],
            Self::Azure => &[
                "operationName.value",
                "operationName",
                "OperationNameValue",
                "OperationName",
            ],
            Self::Gcp => &["protoPayload.methodName"],
        }
    }

    /// A second fact that an entry of this shape also has; one of them suffices.
    fn witness_paths(self) -> &'static [&'static str] {
        match self {
            Self::CloudTrail => &["eventSource"],
            Self::Ocsf => &["api.service.name"],
            Self::Azure => &[
                "resourceId",
                "category",
                "correlationId",
                "eventTimestamp",
                "_ResourceId",
                "ResourceId",
                "CorrelationId",
                "CategoryValue",
                "Category",
                "category.value",
                "resourceUri",
                "TimeGenerated",
                "time",
            ],
            Self::Gcp => &["protoPayload.serviceName", "protoPayload.resourceName"],
        }
    }
}

/// What the extracted fields of a shape can begin with: the wrappers that inputs are known to leave in place. splunkd is
/// asked for no others.
pub fn field_prefixes(shape: Shape) -> &'static [&'static str] {
    match shape {
        Shape::CloudTrail => &["", "detail.", "Records{}."],
        Shape::Ocsf => &[""],
        Shape::Azure => &["", "body.", "records{}.", "body.records{}."],
        Shape::Gcp => &["", "data."],
    }
}

/// Members that hold an entry, or several.
const WRAPPERS: [&str; 9] = [
    "detail",
    "data",
    "body",
    "event",
    "Records",
    "records",
    "value",
    "entries",
    "CloudTrailEvent",
];

/// What others put around an event, mostly as text: Pub/Sub when messages are pulled or pushed, Beats and Logstash
/// (`message`), SNS, a subscription of CloudWatch Logs, an export from Splunk or Elasticsearch.
const SHIPPED: [&str; 8] = [
    "message",
    "receivedMessages",
    "Message",
    "logEvents",
    "result",
    "_raw",
    "hits",
    "_source",
];

/// What else a HEC envelope may hold beside `event`.
const HEC: [&str; 7] = ["event", "time", "host", "source", "sourcetype", "index", "fields"];

/// A larger cell, in bytes, is read as a whole at once: passing over what nobody asks for is most of that, and would be
/// done twice for a finding. Few events are as large.
const LARGEST_GLANCE: usize = 32 << 10;

/// How deep wrappers may lie in one another.
const MAX_DEPTH: usize = 6;

/// What [`read`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// The text held JSON.
    pub is_json: bool,
    /// How many entries of a known shape it held.
    pub entries: usize,
}

/// Finds the entries in the text of an event, as it really arrives: with a byte-order mark, a syslog header before
/// it, inside wrappers, several in one.
pub fn read(text: &[u8], found: &mut dyn FnMut(Shape, Value<'_>)) -> Reading {
    read_in_company(text, &mut |shape, value, _| found(shape, value))
}

/// What entries are given to, with a question: does the text hold others?
pub type FoundInCompany<'f> = dyn FnMut(Shape, Value<'_>, &dyn Fn() -> bool) + 'f;

/// Likewise, of texts that may hold several.
pub fn read_in_company(text: &[u8], found: &mut FoundInCompany<'_>) -> Reading {
    // Only names that are known when a text is read are found in it.
    LazyLock::force(&MARKS);
    json_start(text).map_or(Reading::default(), |start| {
        read_document(&repaired(&text[start..]), found)
    })
}

/// Likewise, of a cell. What it holds is read where it stands, unless something is wrong with it.
pub fn read_cell(cell: &[u8], found: &mut FoundInCompany<'_>) -> Reading {
    LazyLock::force(&MARKS);
    match in_place(cell, Document::in_cell) {
        Some(document) => read_document(&document, found),
        None => read_in_company(&unquote(cell), found),
    }
}

/// Likewise, of members with one of these `names` only, [`telling_names`] among them: how many entries there are. Nothing
/// where the cell must be read as a whole. What makes a text unreadable in other members is passed over, so that there may
/// be more entries than [`read_cell`] finds, but never fewer.
pub fn glance(cell: &[u8], names: &Arc<Names>, found: &mut FoundInCompany<'_>) -> Option<usize> {
    if cell.len() > LARGEST_GLANCE {
        return None;
    }
    let document = in_place(cell, |inner| Document::glance(inner, names))?;
    Some(read_document(&document, found).entries)
}

/// The names that tell entries from what is around them.
pub fn telling_names() -> Vec<Name> {
    let mut names = vec![MARKS.event, MARKS.events, MARKS.data];
    names.extend(MARKS.wrappers.iter().chain(&MARKS.envelope));
    let shapes = MARKS.shapes.iter();
    let paths = shapes.flat_map(|(_, names, witnesses)| names.iter().chain(witnesses));
    names.extend(paths.chain(&MARKS.sign_in).flat_map(Path::names));
    names
}

fn read_document(document: &Document<'_>, found: &mut FoundInCompany<'_>) -> Reading {
    let mut reading = Reading::default();
    let each = |found: &mut Found<'_>| document.roots().try_for_each(|root| entries(root, 0, found));
    let has_several = LazyCell::new(|| {
        let mut is_second = false;
        each(&mut |_, _| {
            if std::mem::replace(&mut is_second, true) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .is_break()
    });
    reading.is_json = document.roots().next().is_some();
    let _ = each(&mut |shape, value| {
        reading.entries += 1;
        found(shape, value, &|| !document.is_only(value) && *has_several);
        ControlFlow::Continue(())
    });
    reading
}

/// What a text that begins with JSON holds, repaired if that makes it more.
fn repaired(text: &[u8]) -> Document<'_> {
    let document = Document::parse(text);
    if !document.has_fault() || !can_be_repaired(text) {
        return document;
    }
    let whole = Document::of(Cow::Owned(repair(text)));
    let is_better = whole.roots().count() > document.roots().count();
    if is_better { whole } else { document }
}

/// The JSON in a cell, read where it stands. Nothing where there is none or its quotes do not stand in pairs, or where it
/// is to be repaired.
fn in_place<'a>(cell: &'a [u8], read: impl FnOnce(&'a [u8]) -> Option<Document<'a>>) -> Option<Document<'a>> {
    let (inner, has_quotes) = without_outer_quotes(cell);
    let inner = has_quotes.then_some(inner)?;
    let inner = &inner[json_start(inner)?..];
    let document = read(inner)?;
    let is_sound = !document.has_fault() || !can_be_repaired(inner);
    is_sound.then_some(document)
}

/// Where JSON begins: at the first brace that a name follows, or at the bracket just before it. A header may hold
/// other braces.
fn json_start(text: &[u8]) -> Option<usize> {
    let brace = memchr::memchr_iter(b'{', text)
        .find(|brace| text[brace + 1..].trim_ascii_start().starts_with(b"\""))?;
    let before = text[..brace].trim_ascii_end();
    Some(if before.ends_with(b"[") {
        before.len() - 1
    } else {
        brace
    })
}

/// What entries are given to, until it breaks off.
type Found<'f> = dyn FnMut(Shape, Value<'_>) -> ControlFlow<()> + 'f;

fn entries(value: Value<'_>, depth: usize, found: &mut Found<'_>) -> ControlFlow<()> {
    if depth > MAX_DEPTH || !value.has_names() {
        return ControlFlow::Continue(());
    }
    if value.is_list() {
        value
            .children()
            .try_for_each(|item| entries(item, depth + 1, found))
    } else if let Some(shape) = shape_of(&value) {
        found(shape, value)
    } else {
        wrappers(value).try_for_each(|member| unwrap(member, depth + 1, found))
    }
}

/// The members of an object that wrap an entry, or several.
fn wrappers(parent: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    // Asked once for an object, which can have as many members of one name as an attacker likes.
    let is_envelope = LazyCell::new(move || {
        let mut members = parent.children();
        !parent.has_others() && members.all(|member| MARKS.envelope.contains(&member.name()))
    });
    let is_batch = LazyCell::new(move || parent.member(MARKS.events).is_some_and(Value::is_list));
    parent.children().filter(move |member| match member.name() {
        name if name == MARKS.event => *is_envelope,
        name if name == MARKS.events => *is_batch,
        name => MARKS.wrappers.contains(&name),
    })
}

fn unwrap(member: Value<'_>, depth: usize, found: &mut Found<'_>) -> ControlFlow<()> {
    let mut inside = |inner: &Document<'_>| inner.roots().try_for_each(|root| entries(root, depth, found));
    match member.string() {
        Some(text) if is_json(text) => inside(&Document::of(Cow::Borrowed(text))),
        Some(text) if member.name() == MARKS.data => match packed(text) {
            Some(text) => inside(&Document::parse(&text)),
            None => ControlFlow::Continue(()),
        },
        Some(_) => ControlFlow::Continue(()),
        None => entries(member, depth, found),
    }
}

/// What Pub/Sub's `data` holds where it was not unpacked: JSON in base64 (documented: REST resource `PubsubMessage`).
fn packed(data: &str) -> Option<Vec<u8>> {
    let forgiving = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    if !PACKED.iter().any(|start| data.starts_with(start)) {
        return None;
    }
    GeneralPurpose::new(&alphabet::STANDARD, forgiving)
        .decode(data)
        .ok()
}

/// How `{"`, `{ `, `{` and a line end or a tab begin in base64: only texts that hold one of these behind a quote are looked
/// at ([`crate::prefilter`]).
pub const PACKED: [&str; 5] = ["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// The paths that tell a shape and the names of wrappers, read once.
struct Marks {
    shapes: Vec<(Shape, Vec<Path>, Vec<Path>)>,
    sign_in: Vec<Path>,
    /// Names of wrappers wherever they stand.
    wrappers: Vec<Name>,
    /// Names that stand beside `event` in an envelope, with it.
    envelope: Vec<Name>,
    event: Name,
    events: Name,
    data: Name,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let paths = |texts: &[&str]| texts.iter().map(|text| Path::new(text)).collect::<Vec<_>>();
    let names = |texts: &[&str]| texts.iter().map(|text| Name::new(text)).collect::<Vec<_>>();
    let wrappers: Vec<&str> = WRAPPERS
        .into_iter()
        .chain(SHIPPED)
        .filter(|name| *name != "event")
        .collect();
    let marks = |shape: Shape| (shape, paths(shape.name_paths()), paths(shape.witness_paths()));
    Marks {
        shapes: Shape::ALL.map(marks).into(),
        sign_in: paths(&SIGN_IN),
        wrappers: names(&wrappers),
        envelope: names(&HEC),
        event: Name::new("event"),
        events: Name::new("Events"),
        data: Name::new("data"),
    }
});

fn shape_of(event: &dyn Event) -> Option<Shape> {
    let has = |path: &Path| event.first(path).is_some();
    let known = MARKS
        .shapes
        .iter()
        .find(|(_, names, witnesses)| names.iter().any(has) && witnesses.iter().any(has));
    known
        .map(|(shape, ..)| *shape)
        .or_else(|| MARKS.sign_in.iter().all(has).then_some(Shape::Azure))
}

/// What Graph's sign-in log has in place of an operation's name.
const SIGN_IN: [&str; 2] = ["appId", "createdDateTime"];

/// Where the columns of a chunk can hold an entry.
#[derive(Debug)]
pub struct RowShapes {
    columns: Rc<Columns>,
    candidates: Vec<RowShape>,
    /// Columns that may hold an entry as text.
    wrappers: Vec<usize>,
}

/// Where an entry can lie in the extracted fields of a chunk.
#[derive(Debug)]
struct RowShape {
    shape: Shape,
    /// The columns, under the names that they have in the entry.
    columns: Rc<Columns>,
    /// The column of the operation's name, or of what stands for it.
    name: usize,
}

/// The columns that can name the operation of an entry below a prefix.
fn row_shapes(shape: Shape, columns: &Rc<Columns>, prefix: &str) -> impl Iterator<Item = RowShape> {
    let columns = if prefix.is_empty() {
        Rc::clone(columns)
    } else {
        Rc::new(columns.below(&without_marks(prefix)))
    };
    let sign_in = SIGN_IN.iter().take(usize::from(shape == Shape::Azure));
    let names = shape.name_paths().iter().chain(sign_in);
    names.filter_map(move |name| {
        Some(RowShape {
            shape,
            columns: Rc::clone(&columns),
            name: columns.find_unmarked(name)?,
        })
    })
}

/// Which others there are beside an entry of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// None.
    None,
    /// None in the same text, but there may be some in another.
    Elsewhere,
    /// At least one: whose a field is cannot be told.
    Known,
}

impl RowShapes {
    /// Finds the places once for all rows of a chunk.
    pub fn new(columns: &Rc<Columns>) -> Self {
        let wrappers = WRAPPERS.iter().filter_map(|name| columns.find_unmarked(name));
        let mut candidates = Vec::new();
        // Names without a wrapper before them go first, whatever their shape.
        for is_bare in [true, false] {
            for shape in Shape::ALL {
                let prefixes = field_prefixes(shape).iter();
                for prefix in prefixes.filter(|prefix| prefix.is_empty() == is_bare) {
                    candidates.extend(row_shapes(shape, columns, prefix));
                }
            }
        }
        Self {
            columns: Rc::clone(columns),
            candidates,
            wrappers: wrappers.collect(),
        }
    }

    /// The columns that can hold an entry of a shape, under the names that they have in it.
    pub fn columns_of(&self, shape: Shape) -> Option<&Columns> {
        let candidate = self
            .candidates
            .iter()
            .find(|candidate| candidate.shape == shape)?;
        Some(&candidate.columns)
    }

    /// Finds the entries in the extracted fields of a row: one, all of a batch that was not split, or what a wrapper
    /// holds as text. Returns how many.
    pub fn read(&self, cells: &[&[u8]], found: &mut dyn FnMut(Shape, &dyn Event, Company)) -> usize {
        // A column that was asked for may be empty; then a name can still lie in a text above it.
        for wants_name in [true, false] {
            for candidate in &self.candidates {
                let whole = Row::new(&candidate.columns, cells);
                let mut is_named = false;
                whole.each_value(candidate.name, &mut |name| is_named |= !is_absent(&name));
                if is_named != wants_name || shape_of(&whole) != Some(candidate.shape) {
                    continue;
                }
                let count = whole.count(candidate.name).max(1);
                if count == 1 {
                    found(candidate.shape, &whole, Company::None);
                } else {
                    let mut one = |at| found(candidate.shape, &whole.picking(at, count), Company::Known);
                    (0..count).for_each(&mut one);
                }
                return count;
            }
        }
        self.wrapped_texts(cells, found)
    }

    /// Wrappers that hold an entry as text, as Pub/Sub's `data` can.
    fn wrapped_texts(&self, cells: &[&[u8]], found: &mut dyn FnMut(Shape, &dyn Event, Company)) -> usize {
        let row = Row::new(&self.columns, cells);
        let mut entries = 0;
        for column in &self.wrappers {
            row.each_value(*column, &mut |text| {
                if is_json(&text) {
                    let reading = read_in_company(text.as_bytes(), &mut |shape, value, has_others| {
                        let company = if has_others() {
                            Company::Known
                        } else {
                            Company::Elsewhere
                        };
                        found(shape, &value, company);
                    });
                    entries += reading.entries;
                }
            });
        }
        entries
    }
}
