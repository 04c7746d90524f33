//! Where records begin and end, without parsing: values on the top level, the items of a list, and the items of a list
//! that a wrapper (`{"Records":[...]}`) holds.

use super::members::KnownMembers;
use crate::simd::BLOCK;
use crate::simd::structure::{Carry, Structure, structure};
use fearless_simd::{Level, Simd, dispatch};
use std::ops::Range;

/// A wrapper's list is recognised this near to the wrapper's beginning, in bytes.
const MAX_WRAPPER_HEAD: usize = 1 << 10;

/// The name of a further list of a wrapper lies this near to the list, in bytes.
const MAX_NAME: usize = 64;

/// What the splitter has met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole record.
    Record(Range<usize>),
    /// A record that [`Splitter::skip`] was called for.
    Skipped,
    /// A record that was cut: another begins inside it.
    Cut(Range<usize>),
}

/// Splits a text that arrives in pieces. Positions are those in the window, which [`Self::moved`] shifts.
#[derive(Debug)]
pub struct Splitter<'m> {
    members: &'m KnownMembers,
    carry: Carry,
    at: usize,
    depth: usize,
    deepest: usize,
    /// Depth at which records lie: 0 on the top, 1 in a list, 2 in a wrapper's list.
    level: usize,
    top_is_object: bool,
    /// Where the value on the top level begins, as far as the window shows it.
    top: Option<usize>,
    /// Where the record begins.
    record: Option<usize>,
    is_skipping: bool,
    /// Whether a list of records of the value on the top level has ended: others may follow.
    is_wrapper: bool,
}

impl<'m> Splitter<'m> {
    /// Ready for the first piece.
    pub fn new(members: &'m KnownMembers) -> Self {
        Self {
            members,
            carry: Carry::default(),
            at: 0,
            depth: 0,
            deepest: 0,
            level: 0,
            top_is_object: false,
            top: None,
            record: None,
            is_skipping: false,
            is_wrapper: false,
        }
    }

    /// Where what is still needed of the window begins.
    pub fn needed_from(&self) -> usize {
        let names = if self.is_wrapper { MAX_NAME } else { 0 };
        let at = self.at.saturating_sub(names);
        self.record.unwrap_or(at).min(at)
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
        self.is_wrapper = false;
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
        let is_head = self.top.is_some_and(|top| self.at - top < MAX_WRAPPER_HEAD);
        let may_be_wrapper = self.level == 0 && (is_head || self.is_wrapper);
        let has_no_boundary =
            closes < self.depth.saturating_sub(self.level) && masks.cut == 0 && !may_be_wrapper;
        if has_no_boundary {
            self.depth = self.depth + opens - closes;
            self.deepest = self.deepest.max(self.depth);
            self.at += length;
        } else {
            self.boundaries(window, (masks.open, masks.close, masks.cut), length, found);
        }
    }

    /// Goes through a block's brackets one by one; ends early where a value on the top level ends.
    fn boundaries(
        &mut self,
        window: &[u8],
        (open, close, cut): (u64, u64, u64),
        length: usize,
        found: &mut impl FnMut(Piece),
    ) {
        let mut bits = open | close | cut;
        while bits != 0 {
            let bit = bits.trailing_zeros();
            let at = self.at + bit as usize;
            bits &= bits - 1;
            if open >> bit & 1 == 1 {
                self.open(window, at);
            } else if close >> bit & 1 == 1 {
                self.close(window, at, found);
            } else if window.get(at + 1) == Some(&b'{') {
                self.cut(at, found);
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
            self.is_skipping = false;
        } else if self.depth == 1 && self.level == 0 && window[at] == b'[' && self.is_record_list(window, at)
        {
            // The wrapper stays the record until an item begins: a list of texts is read with it.
            self.level = 2;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
    }

    fn is_record_list(&self, window: &[u8], at: usize) -> bool {
        if self.is_wrapper {
            return self
                .members
                .is_list_name(&window[at.saturating_sub(MAX_NAME)..at]);
        }
        let top = self.top.filter(|top| at - top < MAX_WRAPPER_HEAD);
        top.is_some_and(|top| self.members.is_record_list(&window[top..at]))
    }

    fn close(&mut self, window: &[u8], at: usize, found: &mut impl FnMut(Piece)) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == self.level {
            if std::mem::take(&mut self.is_skipping) {
                found(Piece::Skipped);
            } else if let Some(start) = self.record.take() {
                found(Piece::Record(start..at + 1));
            }
        } else if self.depth < self.level {
            // The list ended; the other members of the wrapper follow.
            self.level = 0;
            let is_empty = || window[..at].trim_ascii_end().ends_with(b"[");
            if self.record != self.top || is_empty() {
                self.record = None;
                self.is_wrapper = true;
            }
        }
    }

    /// A line ended inside a string and the next begins with a brace: what was open has been cut.
    fn cut(&mut self, at: usize, found: &mut impl FnMut(Piece)) {
        if let Some(start) = self.record.take() {
            found(Piece::Cut(start..at));
        }
        self.is_skipping = false;
        self.is_wrapper = false;
        self.depth = 0;
        self.level = 0;
    }

    /// Skips the open record; its end is still found.
    pub fn skip(&mut self) {
        self.is_skipping = self.record.take().is_some();
    }

    /// Forgets what is open, and looks for a new value from `at` on.
    pub fn restart(&mut self, at: usize) {
        *self = Self {
            at,
            deepest: self.deepest,
            ..Self::new(self.members)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Splitter};
    use crate::event::reader::EventReader;
    use crate::scan::members::KnownMembers;

    /// The records of `text`, which arrives `step` bytes at a time.
    fn records(text: &str, step: usize) -> Vec<String> {
        let members = KnownMembers::new(&EventReader::embedded());
        let mut splitter = Splitter::new(&members);
        let mut found = Vec::new();
        let mut put = |piece: Piece| match piece {
            Piece::Record(span) => found.push(text[span].to_owned()),
            Piece::Cut(span) => found.push(format!("cut {}", &text[span])),
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
    fn wrappers_lists_lines_and_lone_values() {
        let a = r#"{"a":"}]{[\"","b":[{"c":[1]}],"Records":1}"#;
        let b = r#"{"n":{"records":[{"x":1}]}}"#;
        check(&format!("{{\"Records\" : [{a},\n {b} ]}}"), &[a, b]);
        check(
            &format!("{{\"next\":\"x\",\"value\":[{a},{b}],\"more\":[{{}}]}}\n{a}"),
            &[a, b, a],
        );
        let far = " ".repeat(3000);
        check(
            &format!("{{\"value\":[{a}],\"x\":1,{far}\"Records\" : [{b}],\"y\":[{{}}],\"records\":[]}}{b}"),
            &[a, b, b],
        );
        check(&format!("[{a},\n{b}]\n{b}"), &[a, b, b]);
        check(&format!("{a}\n{b}\r\n{a}{b}"), &[a, b, a, b]);
        check(&format!("\u{feff}Nov 1 it's 5\" host: {a}\n]}} {b}"), &[a, b]);
        check("[]{}[[{}],3,\"{\"]", &["{}", "[{}]"]);
    }

    #[test]
    fn a_list_of_texts_stays_with_its_wrapper() {
        let texts = r#"{"message":["{}","{\"a\":1}"],"Records":3}"#;
        check(texts, &[texts]);
        check(&format!("[{texts},{texts}]"), &[texts, texts]);
        check("{\"Records\":[ ]}{\"Records\":[1,{\"a\":2}]}", &["{\"a\":2}"]);
    }

    #[test]
    fn a_list_of_an_event_is_not_split() {
        let event = r#"{"operationName":{"value":"x"},"value":[{"a":1}]}"#;
        check(event, &[event]);
        let event = r#"{"resources":[{"a":1}]}"#;
        check(event, &[event]);
    }

    #[test]
    fn a_record_cut_inside_a_string_does_not_hide_the_next() {
        check(
            "{\"a\":\"cut\n{\"b\":1}\n{\"c\":2}\n",
            &["cut {\"a\":\"cut", "{\"b\":1}", "{\"c\":2}"],
        );
    }
}
