//! Numbers: those of a few digits are most, all others are left to serde_json.

use super::source::Stop;
use super::tree::Kind;

/// What a number can consist of.
fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// The number of a few digits at the beginning of a text, and how many they are.
pub fn small(text: &[u8]) -> Option<(usize, u64)> {
    let (mut number, mut length) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(length) {
        number = number * 10 + u64::from(digit - b'0');
        length += 1;
        if length > 18 {
            return None;
        }
    }
    let is_whole = length == 1 || text.first() != Some(&b'0');
    let ends = length > 0 && text.get(length).is_none_or(|byte| !is_of_number(*byte));
    (is_whole && ends).then_some((length, number))
}

/// Any number at the beginning of a text, and how long it is.
#[inline(never)]
pub fn any(text: &str) -> Result<(usize, Kind), Stop> {
    let mut numbers = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Number>();
    let number = match numbers.next() {
        Some(Ok(number)) => number,
        Some(Err(error)) if error.is_syntax() => return Err(Stop::Fault),
        _ => return Err(Stop::Cut),
    };
    let kind = if let Some(number) = number.as_u64() {
        Kind::Integer(number)
    } else if let Some(number) = number.as_i64() {
        Kind::Negative(number)
    } else {
        Kind::Float(number.as_f64().ok_or(Stop::Fault)?)
    };
    Ok((numbers.byte_offset(), kind))
}
