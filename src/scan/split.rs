//! Where records begin and end, without parsing: values on the top level, the items of a list, and the items of a list
//! that an envelope (`{"Records":[...]}`) holds.

use crate::simd::BLOCK;
use crate::simd::structure::{Carry, Structure, structure};
use fearless_simd::{Level, Simd, dispatch};
use std::ops::Range;

/// Members of an envelope whose items are records.
const ENVELOPES: [&[u8]; 5] = [b"Records", b"records", b"value", b"entries", b"Events"];
/// An envelope's list begins this near to its beginning.
const ENVELOPE_HEAD: usize = 1 << 10;
/// What an envelope does not have, since only an event has it.
const EVENT_NAMES: [&[u8]; 4] = [
    b"\"eventName\"",
    b"\"operationName",
    b"\"OperationName",
    b"\"protoPayload",
];

/// What the splitter has met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole record.
    Record(Range<usize>),
    /// A record that was given up.
    Skipped,
    /// A record that another begins inside of: it was cut.
    Torn(Range<usize>),
}

/// Splits a text that arrives in pieces. Positions are those in the window, which [`Self::moved`] shifts.
#[derive(Debug, Default)]
pub struct Splitter {
    carry: Carry,
    at: usize,
    depth: usize,
    deepest: usize,
    /// Depth at which records lie: 0 on the top, 1 in a list, 2 in an envelope's list.
    level: usize,
    top_is_object: bool,
    /// Where the value on the top level begins, as far as the window shows it.
    top: Option<usize>,
    /// Where the record begins.
    record: Option<usize>,
    is_given_up: bool,
}

impl Splitter {
    /// Where what is still needed of the window begins.
    pub fn needed_from(&self) -> usize {
        self.record.unwrap_or(self.at).min(self.at)
    }

    /// The open record, where it begins.
    pub fn open_record(&self) -> Option<usize> {
        self.record
    }

    /// Whether a value has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// How deep brackets were met in one another.
    pub fn deepest(&self) -> usize {
        self.deepest
    }

    /// The first `by` bytes of the window are gone.
    pub fn moved(&mut self, by: usize) {
        self.at -= by;
        self.top = self.top.and_then(|top| top.checked_sub(by));
        self.record = self.record.map(|start| start.saturating_sub(by));
    }

    /// Goes on to the end of `window`; with `is_last` to its last byte.
    pub fn advance(&mut self, window: &[u8], is_last: bool, found: &mut impl FnMut(Piece)) {
        dispatch!(Level::new(), simd => self.advance_by(simd, window, is_last, found));
    }

    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn advance_by<S: Simd>(&mut self, simd: S, window: &[u8], is_last: bool, found: &mut impl FnMut(Piece)) {
        loop {
            if self.depth == 0 && !self.begin(window) {
                return;
            }
            let rest = &window[self.at..];
            match rest.first_chunk() {
                Some(block) => {
                    let masks = structure(simd, block, &mut self.carry);
                    self.block(window, &masks, BLOCK, found);
                }
                None if is_last && !rest.is_empty() => {
                    let mut block = [b' '; BLOCK];
                    block[..rest.len()].copy_from_slice(rest);
                    let masks = structure(simd, &block, &mut self.carry);
                    self.block(window, &masks, rest.len(), found);
                }
                None => return,
            }
        }
    }

    /// Looks for the next value on the top level; what lies before it does not matter.
    fn begin(&mut self, window: &[u8]) -> bool {
        let start = memchr::memchr2(b'{', b'[', &window[self.at..]);
        let Some(start) = start.map(|start| start + self.at) else {
            self.at = window.len();
            return false;
        };
        self.top_is_object = window[start] == b'{';
        self.level = usize::from(!self.top_is_object);
        self.top = Some(start);
        self.record = self.top_is_object.then_some(start);
        self.depth = 1;
        self.carry = Carry::default();
        self.at = start + 1;
        true
    }

    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn block(&mut self, window: &[u8], masks: &Structure, length: usize, found: &mut impl FnMut(Piece)) {
        let opens = masks.open.count_ones() as usize;
        let closes = masks.close.count_ones() as usize;
        let may_be_envelope = self.level == 0 && self.top.is_some_and(|top| self.at - top < ENVELOPE_HEAD);
        let is_calm = closes < self.depth.saturating_sub(self.level) && masks.torn == 0 && !may_be_envelope;
        if is_calm {
            self.depth = self.depth + opens - closes;
            self.deepest = self.deepest.max(self.depth);
            self.at += length;
        } else {
            self.boundaries(window, (masks.open, masks.close, masks.torn), length, found);
        }
    }

    /// Goes through a block's brackets one by one; ends early where a value on the top level ends.
    fn boundaries(
        &mut self,
        window: &[u8],
        (open, close, torn): (u64, u64, u64),
        length: usize,
        found: &mut impl FnMut(Piece),
    ) {
        let mut bits = open | close | torn;
        while bits != 0 {
            let bit = bits.trailing_zeros();
            let at = self.at + bit as usize;
            bits &= bits - 1;
            if open >> bit & 1 == 1 {
                self.open(window, at);
            } else if close >> bit & 1 == 1 {
                self.close(at, found);
            } else if window.get(at + 1) == Some(&b'{') {
                self.tear(at, found);
            }
            if self.depth == 0 {
                self.at = at + 1;
                return;
            }
        }
        self.at += length;
    }

    fn open(&mut self, window: &[u8], at: usize) {
        if self.depth == self.level && self.level > 0 {
            self.record = Some(at);
        } else if self.depth == 1 && self.level == 0 && window[at] == b'[' && self.is_envelope(window, at) {
            self.level = 2;
            self.record = None;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
    }

    fn is_envelope(&self, window: &[u8], at: usize) -> bool {
        let Some(top) = self.top.filter(|top| at - top < ENVELOPE_HEAD) else {
            return false;
        };
        let head = window[top..at].trim_ascii_end();
        let Some(head) = head.strip_suffix(b":").map(<[u8]>::trim_ascii_end) else {
            return false;
        };
        let name = |name: &&[u8]| {
            let before = head.strip_suffix(b"\"").and_then(|head| head.strip_suffix(*name));
            before.is_some_and(|before| before.ends_with(b"\""))
        };
        ENVELOPES.iter().any(name)
            && EVENT_NAMES
                .iter()
                .all(|name| memchr::memmem::find(head, name).is_none())
    }

    fn close(&mut self, at: usize, found: &mut impl FnMut(Piece)) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == self.level {
            if std::mem::take(&mut self.is_given_up) {
                found(Piece::Skipped);
            } else if let Some(start) = self.record.take() {
                found(Piece::Record(start..at + 1));
            }
        } else if self.depth < self.level {
            // The list ended; of an envelope the rest of its members follow.
            self.level = 0;
            self.record = None;
        }
    }

    /// A line ended inside a string and the next begins with a brace: what was open has been cut.
    fn tear(&mut self, at: usize, found: &mut impl FnMut(Piece)) {
        if let Some(start) = self.record.take() {
            found(Piece::Torn(start..at));
        }
        self.is_given_up = false;
        self.depth = 0;
        self.level = 0;
    }

    /// The open record is not wanted any more; where it ends is still found.
    pub fn give_up(&mut self) {
        self.is_given_up = self.record.take().is_some();
    }

    /// Gives up what is open, and looks for a new value at `at`.
    pub fn restart(&mut self, at: usize) {
        *self = Self {
            at,
            deepest: self.deepest,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Splitter};

    /// The records of `text`, which arrives `step` bytes at a time.
    fn records(text: &str, step: usize) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        let mut put = |piece: Piece| match piece {
            Piece::Record(span) => found.push(text[span].to_owned()),
            Piece::Torn(span) => found.push(format!("torn {}", &text[span])),
            Piece::Skipped => found.push("skipped".to_owned()),
        };
        for upto in (0..text.len()).step_by(step) {
            splitter.advance(&text.as_bytes()[..upto], false, &mut put);
        }
        splitter.advance(text.as_bytes(), true, &mut put);
        found
    }

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        for step in [1, 7, 64, 100, 4096] {
            assert_eq!(records(text, step), wanted, "{step} bytes at a time: {text}");
        }
    }

    #[test]
    fn envelopes_lists_lines_and_lone_values() {
        let a = r#"{"a":"}]{[\"","b":[{"c":[1]}],"Records":1}"#;
        let b = r#"{"n":{"records":[{"x":1}]}}"#;
        check(&format!("{{\"Records\" : [{a},\n {b} ]}}"), &[a, b]);
        check(
            &format!("{{\"next\":\"x\",\"value\":[{a},{b}],\"more\":[{{}}]}}\n{a}"),
            &[a, b, a],
        );
        check(&format!("[{a},\n{b}]\n{b}"), &[a, b, b]);
        check(&format!("{a}\n{b}\r\n{a}{b}"), &[a, b, a, b]);
        check(&format!("\u{feff}Nov 1 it's 5\" host: {a}\n]}} {b}"), &[a, b]);
        check("[]{}[[{}],3,\"{\"]", &["{}", "[{}]"]);
    }

    #[test]
    fn a_list_of_an_event_is_no_envelope() {
        let event = r#"{"operationName":{"value":"x"},"value":[{"a":1}]}"#;
        check(event, &[event]);
        let event = r#"{"resources":[{"a":1}]}"#;
        check(event, &[event]);
    }

    #[test]
    fn a_record_cut_inside_a_string_does_not_hide_the_next() {
        check(
            "{\"a\":\"cut\n{\"b\":1}\n{\"c\":2}\n",
            &["torn {\"a\":\"cut", "{\"b\":1}", "{\"c\":2}"],
        );
    }
}
