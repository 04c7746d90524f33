//! Text → [`Json`], by a visitor of `serde_json` that keeps only what is asked for.

use super::cut::closed;
use super::{Context, Document, Embedded, Encoding, Json, Kept, Shape, is_json};
use crate::event::path::{Name, NameSet, NameTable};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use flate2::read::MultiGzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::io::Read;

/// The largest text that is read, in bytes: sixteen times the largest event of any provider.
pub const MAX_TEXT: usize = 4 << 20;

/// A text with more values than this is not read, since each takes memory. Members that nobody asks for do not count.
pub const MAX_VALUES: usize = 200_000;

/// How many times larger a compressed string may become; logs compress ten to forty times. What is beyond is not read.
const MAX_EXPANSION: usize = 64;

/// What a compressed string may always become, in bytes: small ones may compress better.
const MIN_EXPANDED: usize = 64 << 10;

/// How many members of one object are kept: several times the number of names that are asked for, so that an object
/// with more repeats some of them, which no provider writes.
pub const MAX_MEMBERS: usize = 4_096;

/// How base64 begins that holds JSON: `{"`, `{ `, `{` and a line end or a tab.
pub const BASE64_JSON: [&str; 5] = ["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// How base64 begins that holds gzip: the two bytes that mark it, and "deflate".
pub const BASE64_GZIP: &str = "H4sI";

impl<'a> Document<'a> {
    /// Reads the JSON values that `text` holds one after the other, up to the first that is cut or faulty. The document is
    /// empty where the text is larger than [`MAX_TEXT`] or holds more than [`MAX_VALUES`].
    pub fn parse(text: &'a [u8], names: &'a NameTable) -> Self {
        Self::parse_in(Context::new(names, false), text)
    }

    /// Does the same, but the last value may be cut: then it holds what stands before the cut, and says so in
    /// [`crate::event::Event::is_cut`].
    pub fn parse_cut(text: &'a [u8], names: &'a NameTable) -> Self {
        Self::parse_in(Context::new(names, true), text)
    }

    fn parse_in(context: Context<'a>, text: &'a [u8]) -> Self {
        let (roots, has_fault) = context.parse(text, Kept::default());
        Self {
            context,
            roots,
            has_fault,
        }
    }

    /// Does the same, but keeps copies of the strings instead of `text`; `folds` says whether the case of letters counts for nothing
    /// in the names.
    pub fn parse_owned(text: &[u8], names: &'a NameTable, folds: bool) -> Self {
        let context = Context::new(names, true);
        let kept = Kept {
            folds,
            ..Kept::default()
        };
        let (roots, has_fault) = context.parse(text, kept);
        Self {
            roots: owned(roots),
            context,
            has_fault,
        }
    }
}

/// The part of `text` before the first byte that is not UTF-8.
fn valid_prefix(text: &[u8]) -> &str {
    let before = |error: std::str::Utf8Error| std::str::from_utf8(&text[..error.valid_up_to()]);
    std::str::from_utf8(text).or_else(before).unwrap_or_default()
}

fn owned(roots: Vec<Json<'_>>) -> Vec<Json<'static>> {
    roots.into_iter().map(Json::into_owned).collect()
}

impl<'n> Context<'n> {
    fn new(names: &'n NameTable, keeps_cut: bool) -> Self {
        Self {
            names,
            keeps_cut,
            values_left: Cell::new(MAX_VALUES),
            bytes_left: Cell::new(MAX_TEXT),
            unread: Cell::new(0),
        }
    }

    /// Returns the values of `text`, and whether reading ended at something that JSON forbids.
    fn parse<'t>(&self, text: &'t [u8], kept: Kept) -> (Vec<Json<'t>>, bool) {
        if text.len() > MAX_TEXT {
            return (Vec::new(), false);
        }
        let valid = valid_prefix(text);
        let mut deserializer = serde_json::Deserializer::from_str(valid);
        let mut roots = Vec::new();
        loop {
            let keep = Keep { context: self, kept };
            match keep.deserialize(&mut deserializer) {
                Ok(root) => roots.push(root),
                Err(error) if error.is_data() => return (Vec::new(), false),
                Err(error) => {
                    if self.keeps_cut && error.is_eof() {
                        roots.extend(self.cut_root(valid, kept));
                    }
                    return (roots, error.is_syntax() || valid.len() < text.len());
                }
            }
        }
    }

    /// What stands before the cut of the value in whose middle `text` ends.
    fn cut_root(&self, text: &str, kept: Kept) -> Option<Json<'static>> {
        let closed = closed(text)?;
        let keep = Keep { context: self, kept };
        let root = keep
            .deserialize(&mut serde_json::Deserializer::from_str(&closed))
            .ok()?;
        Some(root.into_owned())
    }

    /// Counts one more value that is kept.
    fn count<E: Error>(&self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1);
        self.values_left
            .set(left.ok_or_else(|| E::custom("too many values"))?);
        Ok(())
    }
}

impl Embedded<'_> {
    /// The values of the JSON in this string. They count as values of the whole document.
    pub fn roots(&self, context: &Context<'_>) -> &Vec<Json<'static>> {
        self.roots.get_or_init(|| {
            let (text, is_all) = match self.encoding {
                Encoding::Plain => return owned(context.parse(self.text.as_bytes(), self.kept).0),
                Encoding::Base64 => decoded(&self.text),
                Encoding::Base64Gzip => context.inflated(&self.text),
            };
            let (roots, has_fault) = context.parse(&text, self.kept);
            let is_read = is_all && !has_fault && !roots.is_empty();
            context.unread.update(|unread| unread + usize::from(!is_read));
            owned(roots)
        })
    }
}

/// What base64 holds, and whether it is base64; line ends in it count for nothing.
fn decoded(text: &str) -> (Vec<u8>, bool) {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoder = GeneralPurpose::new(&alphabet::STANDARD, config);
    let decoded = if text.contains(['\r', '\n']) {
        decoder.decode(text.replace(['\r', '\n'], ""))
    } else {
        decoder.decode(text)
    };
    let is_base64 = decoded.is_ok();
    (decoded.unwrap_or_default(), is_base64)
}

impl Context<'_> {
    /// What gzip in base64 holds as far as it can be read, and whether that is all.
    fn inflated(&self, text: &str) -> (Vec<u8>, bool) {
        let (packed, is_base64) = decoded(text);
        let wanted = (text.len() * MAX_EXPANSION).max(MIN_EXPANDED);
        let limit = self.bytes_left.get().min(wanted);
        let mut inflated = Vec::new();
        let mut decoder = MultiGzDecoder::new(packed.as_slice()).take(limit as u64);
        let is_sound = decoder.read_to_end(&mut inflated).is_ok();
        let is_all = is_base64 && is_sound && has_ended(decoder.into_inner());
        self.bytes_left.update(|left| left - inflated.len());
        (inflated, is_all)
    }
}

/// Whether nothing more can be read.
fn has_ended(mut decoder: impl Read) -> bool {
    matches!(decoder.read(&mut [0]), Ok(0))
}

/// The encoding of JSON that a string may hold, told by how it begins.
fn encoding(text: &str) -> Option<Encoding> {
    if is_json(text) {
        Some(Encoding::Plain)
    } else if BASE64_JSON.iter().any(|start| text.starts_with(start)) {
        Some(Encoding::Base64)
    } else if text.starts_with(BASE64_GZIP) {
        Some(Encoding::Base64Gzip)
    } else {
        None
    }
}

impl Json<'_> {
    fn into_owned(self) -> Json<'static> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Unsigned(number) => Json::Unsigned(number),
            Json::Negative(number) => Json::Negative(number),
            Json::Float(number) => Json::Float(number),
            Json::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Json::Embedded(string) => Json::Embedded(Box::new(Embedded {
                text: Cow::Owned(string.text.into_owned()),
                encoding: string.encoding,
                kept: string.kept,
                roots: string.roots,
            })),
            Json::List(items, names) => Json::List(owned(items), names),
            Json::Object(members, shape) => {
                let members = members.into_iter();
                let members = members.map(|(name, json)| (name, json.into_owned()));
                Json::Object(members.collect(), shape)
            }
        }
    }
}

/// Reads one value with everything in it that is asked for.
#[derive(Clone, Copy)]
struct Keep<'c> {
    context: &'c Context<'c>,
    kept: Kept,
}

impl Keep<'_> {
    fn keep<E: Error>(self, json: Json<'_>) -> Result<Json<'_>, E> {
        self.context.count()?;
        Ok(json)
    }
}

impl<'t> DeserializeSeed<'t> for Keep<'_> {
    type Value = Json<'t>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Json<'t>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn string(text: Cow<'_, str>, kept: Kept) -> Json<'_> {
    match encoding(&text) {
        None => Json::Text(text),
        Some(encoding) => Json::Embedded(Box::new(Embedded {
            text,
            encoding,
            kept,
            roots: OnceCell::new(),
        })),
    }
}

impl<'t> Visitor<'t> for Keep<'_> {
    type Value = Json<'t>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'t>, E> {
        self.keep(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'t>, E> {
        self.keep(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'t>, E> {
        self.keep(Json::Negative(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'t>, E> {
        self.keep(Json::Unsigned(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'t>, E> {
        self.keep(Json::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'t>, E> {
        self.keep(string(Cow::Owned(value.to_owned()), self.kept))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'t str) -> Result<Json<'t>, E> {
        self.keep(string(Cow::Borrowed(value), self.kept))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Json<'t>, A::Error> {
        self.context.count()?;
        let (mut items, mut names) = (Vec::new(), NameSet::default());
        while let Some(item) = list.next_element_seed(self)? {
            names = names.union(item.names());
            items.push(item);
        }
        Ok(Json::List(items, names))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<Json<'t>, A::Error> {
        self.context.count()?;
        let known = self.context.names;
        let (mut members, mut names, mut has_others) = (Vec::new(), NameSet::default(), false);
        let Kept { is_whole, folds } = self.kept;
        while let Some(name) = object.next_key_seed(FindName(known, folds))? {
            let name = name.or(is_whole.then_some(Name::ANY));
            if let Some(name) = name.filter(|_| members.len() < MAX_MEMBERS) {
                names = names.union(NameSet::of(name));
                let kept = Kept {
                    is_whole: is_whole || known.keeps_all(name),
                    folds: folds || known.folds_below(name),
                };
                members.push((name, object.next_value_seed(Keep { kept, ..self })?));
            } else {
                has_others = true;
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Json::Object(members, Shape { names, has_others }))
    }
}

/// Reads the name of a member, in any case of letters if told so; `None` where nobody asks for it.
struct FindName<'n>(&'n NameTable, bool);

impl<'t> DeserializeSeed<'t> for FindName<'_> {
    type Value = Option<Name>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FindName<'_> {
    type Value = Option<Name>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        let Self(names, folds) = self;
        Ok(if folds {
            names.find_folded(value)
        } else {
            names.find(value)
        })
    }
}
