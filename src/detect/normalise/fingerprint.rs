//! SHA-256 fingerprint of an SSH public key, as `ssh-keygen -lf` prints it.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `SHA256:<base64>` of the key's blob; of the text itself where it holds no blob.
pub fn of_public_key(key: &str) -> String {
    let blob = key
        .split_ascii_whitespace()
        .find_map(|word| decode(word).filter(|blob| is_blob(blob)));
    let digest = Sha256::digest(blob.as_deref().unwrap_or(key.as_bytes()));
    format!("SHA256:{}", encode(&digest))
}

/// A key's blob begins with the length and the text of its kind, e.g. `ssh-ed25519`.
fn is_blob(blob: &[u8]) -> bool {
    let length = blob
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes) as usize);
    length.is_some_and(|length| (3..64).contains(&length) && blob.len() > 4 + length)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bits = 0u32;
    let mut count = 0;
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == symbol)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn encode(bytes: &[u8]) -> String {
    let group = |chunk: &[u8]| {
        let word = chunk
            .iter()
            .fold(0u32, |word, byte| (word << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        let symbol = |at: usize| char::from(ALPHABET[(word >> (18 - 6 * at)) as usize & 63]);
        (0..=chunk.len()).map(symbol).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::of_public_key;

    #[test]
    fn equals_what_ssh_keygen_prints() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
        let with_comment = format!("{key} eve@laptop\n");
        assert_eq!(of_public_key(key), of_public_key(&with_comment));
        assert_eq!(
            of_public_key(key),
            "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
        );
    }

    #[test]
    fn text_that_is_no_key_has_a_fingerprint_all_the_same() {
        assert!(of_public_key("not a key").starts_with("SHA256:"));
    }
}
