//! The wire form of a chunk: `chunked 1.0,<metadata bytes>,<body bytes>`, LF, metadata, body.

use std::io::Read;

/// How the header of a request is written. splunkd was only seen to write `Strict`; other readers accept the other forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderForm {
    #[default]
    Strict,
    Blanks,
    Crlf,
}

/// Metadata and body.
pub type Frame = (Vec<u8>, Vec<u8>);

const LONGEST_HEADER: usize = 64;

/// A frame in the strict form.
pub fn frame(metadata: &[u8], body: &[u8]) -> Vec<u8> {
    frame_as(HeaderForm::Strict, metadata, body)
}

pub fn frame_as(form: HeaderForm, metadata: &[u8], body: &[u8]) -> Vec<u8> {
    let (m, b) = (metadata.len(), body.len());
    let header = match form {
        HeaderForm::Strict => format!("chunked 1.0,{m},{b}\n"),
        HeaderForm::Blanks => format!("chunked  1.0, {m} ,  {b} \n"),
        HeaderForm::Crlf => format!("chunked 1.0,{m},{b}\r\n"),
    };
    [header.as_bytes(), metadata, body].concat()
}

/// Reads one frame: `None` if the input ends before it; an error if the header is not in the strict form, if there is no
/// metadata, or if the input ends inside. Never reads beyond the frame.
pub fn read_frame(input: &mut impl Read) -> Result<Option<Frame>, String> {
    let Some(header) = read_header(input)? else {
        return Ok(None);
    };
    let (metadata, body) = lengths(&header).ok_or_else(|| {
        format!(
            "header is not `chunked 1.0,N,N` and LF: \"{}\"",
            header.escape_ascii()
        )
    })?;
    if metadata == 0 {
        return Err("metadata of zero length".to_owned());
    }
    let metadata = read_exactly(input, metadata, "metadata")?;
    let body = read_exactly(input, body, "body")?;
    Ok(Some((metadata, body)))
}

/// The header without its LF.
fn read_header(input: &mut impl Read) -> Result<Option<Vec<u8>>, String> {
    let mut header = Vec::new();
    let mut byte = [0];
    while header.len() < LONGEST_HEADER {
        match input.read(&mut byte).map_err(|error| error.to_string())? {
            0 if header.is_empty() => return Ok(None),
            0 => {
                return Err(format!(
                    "end of input inside the header \"{}\"",
                    header.escape_ascii()
                ));
            }
            _ if byte[0] == b'\n' => return Ok(Some(header)),
            _ => header.push(byte[0]),
        }
    }
    Err(format!(
        "no LF within {LONGEST_HEADER} bytes: \"{}\"",
        header.escape_ascii()
    ))
}

fn lengths(header: &[u8]) -> Option<(u64, u64)> {
    let header = std::str::from_utf8(header).ok()?;
    let (metadata, body) = header.strip_prefix("chunked 1.0,")?.split_once(',')?;
    Some((decimal(metadata)?, decimal(body)?))
}

/// A plain decimal: digits only, no leading zero.
pub fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn read_exactly(input: &mut impl Read, length: u64, what: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    input
        .by_ref()
        .take(length)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 == length {
        return Ok(bytes);
    }
    Err(format!(
        "end of input inside the {what}: {} of {length} bytes",
        bytes.len()
    ))
}
