//! The floor for any command that obeys the protocol: a reply's length comes before it, so a request is read whole.

use anyhow::{Result, anyhow};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;

/// Answers every request with its own body. The buffer is kept, and never cleared.
pub fn run() -> Result<()> {
    let (mut input, mut output) = streams()?;
    let mut body = Vec::new();
    while let Some((request, length)) = request(&mut input, &mut body)? {
        let reply: &[u8] = if memchr::memmem::find(&request, b"getinfo").is_some() {
            b"{\"type\":\"streaming\"}"
        } else if memchr::memmem::find(&request, b"true").is_some() {
            b"{\"finished\":true}"
        } else {
            b"{\"finished\":false}"
        };
        output.write_all(format!("chunked 1.0,{},{length}\n", reply.len()).as_bytes())?;
        output.write_all(reply)?;
        output.write_all(&body[..length])?;
    }
    Ok(())
}

/// Standard input, read as splunkd writes it, and standard output without a buffer.
pub fn streams() -> Result<(BufReader<File>, File)> {
    let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    Ok((BufReader::with_capacity(64 << 10, input), output))
}

/// The metadata of the next request and the length of its body, which is read into `body`; nothing at the end.
pub fn request(input: &mut impl BufRead, body: &mut Vec<u8>) -> Result<Option<(Vec<u8>, usize)>> {
    let Some([metadata, length]) = header(input)? else {
        return Ok(None);
    };
    let mut request = vec![0; metadata];
    input.read_exact(&mut request)?;
    if body.len() < length {
        // Fresh zero pages from the kernel: nothing is written twice.
        *body = vec![0; length];
    }
    input.read_exact(&mut body[..length])?;
    Ok(Some((request, length)))
}

/// The two lengths of the next frame; nothing at the end of the input.
pub fn header(input: &mut impl BufRead) -> Result<Option<[usize; 2]>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let wrong = || anyhow!("no frame header: {line:?}");
    let lengths = line.trim_end().strip_prefix("chunked 1.0,").ok_or_else(wrong)?;
    let (metadata, body) = lengths.split_once(',').ok_or_else(wrong)?;
    Ok(Some([metadata.parse()?, body.parse()?]))
}
