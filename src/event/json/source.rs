//! A text of which is asked what stands at some place, and where that ends.

use super::document::Quotes;
use super::marks::Marks;
use super::text::unescape;
use crate::event::pairs::halve;
use std::ops::Range;

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The text ends here.
    Cut,
    /// JSON forbids what stands here.
    Fault,
    /// There are too many values.
    TooMany,
    /// A string with escapes, which a glance does not read.
    Escaped,
}

/// What was read, or why nothing.
pub type Result<T> = std::result::Result<T, Stop>;

/// A text to be read. What is asked of it says where the answer ends, so that the place stays in a register.
#[derive(Debug, Clone, Copy)]
pub struct Source<'r> {
    /// No longer than [`super::LARGEST`].
    pub text: &'r str,
    /// How its quotes are written.
    pub quotes: Quotes,
    /// Of that text.
    pub marks: Marks<'r>,
}

impl Source<'_> {
    /// The next byte that is no white space, and where it stands.
    #[inline]
    pub fn next(self, at: usize) -> Result<(u8, usize)> {
        match self.text.as_bytes().get(at) {
            Some(byte) if *byte > b' ' => Ok((*byte, at)),
            _ => self.next_behind_space(at),
        }
    }

    #[cold]
    fn next_behind_space(self, mut at: usize) -> Result<(u8, usize)> {
        loop {
            match self.text.as_bytes().get(at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
                Some(byte) => return Ok((*byte, at)),
                None => return Err(Stop::Cut),
            }
        }
    }

    /// Behind an opening bracket: whether there is anything before `end`, and where to go on.
    #[inline]
    pub fn begins(self, at: usize, end: u8) -> Result<(bool, usize)> {
        let (byte, at) = self.next(at + 1)?;
        let is_empty = byte == end;
        Ok((!is_empty, at + usize::from(is_empty)))
    }

    /// Behind a value: whether there is another one before `end`, and where to go on.
    #[inline]
    pub fn goes_on(self, at: usize, end: u8) -> Result<(bool, usize)> {
        match self.next(at)? {
            (b',', at) => Ok((true, at + 1)),
            (byte, at) if byte == end => Ok((false, at + 1)),
            _ => Err(Stop::Fault),
        }
    }

    /// The string that begins at `at`: where it stands without its quotes, and whether anything special is in it.
    #[inline]
    pub fn quoted(self, at: usize) -> Result<(Range<usize>, bool)> {
        let start = at + self.quotes.width();
        let (end, is_special) = self.marks.string_end(start).ok_or(Stop::Cut)?;
        Ok((start..end, is_special))
    }

    /// What comes behind a string that stands there without its quotes.
    #[inline]
    pub fn behind(self, inside: &Range<usize>) -> usize {
        inside.end + self.quotes.width()
    }

    /// Behind the value at `at`, which nobody asks for: it need only be JSON as far as it takes to find its end.
    #[inline]
    pub fn passed(self, at: usize) -> Result<usize> {
        match self.next(at)? {
            (b'"', at) => Ok(self.behind(&self.quoted(at)?.0)),
            (b'{' | b'[', at) => self.marks.closed(at).ok_or(Stop::Cut),
            (_, at) => match plain(&self.text.as_bytes()[at..]) {
                0 => Err(Stop::Fault),
                length => Ok(at + length),
            },
        }
    }

    /// Appends to `out` what a string with escapes holds.
    pub fn unescape(self, inside: Range<usize>, halved: &mut Vec<u8>, out: &mut String) -> Result<()> {
        let text = self.text.as_bytes();
        let is_sound = match self.quotes {
            Quotes::Single => unescape(text, inside, out),
            Quotes::Doubled => {
                let length = halve(&text[inside], halved);
                unescape(halved, 0..length, out)
            }
        };
        is_sound.ok_or(Stop::Fault)
    }
}

/// How long a number or a word at the beginning of a text is.
fn plain(text: &[u8]) -> usize {
    let is_end = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.');
    text.iter().position(is_end).unwrap_or(text.len())
}
