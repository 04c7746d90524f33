//! Everything that is needed to read entries: the formats, the wrappers, and the names that are asked for.

use super::Event;
use super::definitions::{FormatFile, WrapperFile};
use super::format::{Format, FormatId};
use super::json::Document;
use super::path::{NameTable, Path, PathTable};
use super::repair::{can_be_repaired, repair};
use super::reshape::reshaped;
use super::too_little::Forms;
use super::wrappers::Wrappers;

/// The formats and wrappers as the build script compiles them, in JSON.
const FORMATS: &str = include_str!(concat!(env!("OUT_DIR"), "/formats.json"));
const WRAPPERS: &str = include_str!(concat!(env!("OUT_DIR"), "/wrappers.json"));

/// Reads texts and rows. Only values at paths that this reader has made are found in them.
#[derive(Debug)]
pub struct EventReader {
    paths: PathTable,
    formats: Vec<Format>,
    wrappers: Wrappers,
    too_little: Forms,
}

/// The formats and wrappers that are compiled into the program.
pub fn definitions() -> (Vec<FormatFile>, WrapperFile) {
    let formats = serde_json::from_str(FORMATS).expect("the build script has checked the formats");
    let wrappers = serde_json::from_str(WRAPPERS).expect("the build script has checked the wrappers");
    (formats, wrappers)
}

impl EventReader {
    /// Knows the formats and wrappers that are compiled into the program.
    pub fn embedded() -> Self {
        let (formats, wrappers) = definitions();
        Self::new(formats, wrappers)
    }

    /// Knows these formats and wrappers.
    pub fn new(mut formats: Vec<FormatFile>, mut wrappers: WrapperFile) -> Self {
        let mut paths = PathTable::default();
        formats.sort_by_key(|file| file.precedence);
        let formats = formats.into_iter().map(|file| Format::new(file, &mut paths));
        let too_little = std::mem::take(&mut wrappers.too_little);
        Self {
            formats: formats.collect(),
            too_little: Forms::new(too_little, &mut paths),
            wrappers: Wrappers::new(wrappers, &mut paths),
            paths,
        }
    }

    /// Every format, in the order in which they are tried.
    pub fn formats(&self) -> impl Iterator<Item = (FormatId, &Format)> {
        self.formats
            .iter()
            .enumerate()
            .map(|(at, format)| (FormatId(at), format))
    }

    /// A format by its number.
    pub fn format(&self, id: FormatId) -> &Format {
        &self.formats[id.0]
    }

    /// The format of `event`, if it is an entry.
    pub fn format_of(&self, event: &dyn Event) -> Option<FormatId> {
        let fitting = self.formats().find(|(_, format)| format.fits(event));
        fitting.map(|(id, _)| id)
    }

    /// The wrappers.
    pub fn wrappers(&self) -> &Wrappers {
        &self.wrappers
    }

    /// The forms that keep too little of a record to judge it.
    pub fn too_little(&self) -> &Forms {
        &self.too_little
    }

    /// The names that are asked for.
    pub fn names(&self) -> &NameTable {
        self.paths.names()
    }

    /// Makes a path that can be asked of what is read from now on.
    pub fn path(&mut self, text: &str) -> Path {
        self.paths.path(text)
    }

    /// Where a format of `cloud` can have the field with this canonical name, the best first; for each format.
    pub fn aliases(&mut self, cloud: &str, canonical: &str) -> Vec<(FormatId, Vec<Path>)> {
        let Self { formats, paths, .. } = self;
        let formats = formats.iter().enumerate();
        let of_cloud = formats.filter(|(_, format)| format.cloud() == cloud);
        of_cloud
            .map(|(at, format)| (FormatId(at), format.aliases(canonical, paths)))
            .collect()
    }

    /// Names under which Splunk add-ons of `cloud` extract the field with this canonical name.
    pub fn add_on_aliases(&mut self, cloud: &str, canonical: &str) -> Vec<Path> {
        let Self { formats, paths, .. } = self;
        let of_cloud = formats.iter().filter(|format| format.cloud() == cloud);
        of_cloud
            .flat_map(|format| format.add_on_aliases(canonical, paths))
            .collect()
    }

    /// Reads the text of an event as it arrives: with a byte-order mark or a syslog header before the JSON, several values
    /// one after the other. A text with bytes that JSON forbids is repaired where that makes more of it readable.
    pub fn read<'a>(&'a self, text: &'a [u8]) -> Document<'a> {
        let text = json_start(text).map_or(&[][..], |start| &text[start..]);
        if let Some(reshaped) = reshaped(text) {
            return Document::parse_owned(reshaped.as_bytes(), self.names(), false);
        }
        let document = Document::parse_cut(text, self.names());
        if !document.has_fault() || !can_be_repaired(text) {
            return document;
        }
        let repaired = Document::parse_owned(repair(text).as_bytes(), self.names(), false);
        // Bytes that are not UTF-8 end what was read; what stands behind them counts too.
        let is_cut = std::str::from_utf8(text).is_err();
        let has_more = repaired.roots().count() > document.roots().count();
        if is_cut || has_more { repaired } else { document }
    }
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
