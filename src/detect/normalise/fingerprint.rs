//! SHA-256 fingerprint of an SSH public key, as `ssh-keygen -lf` prints it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// Reads base64 with or without its padding; a key may have lost its end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// `SHA256:<base64>` of the key's blob; of the text itself where it holds no blob.
pub fn of_public_key(key: &str) -> String {
    let blob = key
        .split_ascii_whitespace()
        .find_map(|word| decode(word).filter(|blob| is_blob(blob)));
    let digest = Sha256::digest(blob.as_deref().unwrap_or(key.as_bytes()));
    format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
}

/// A key's blob begins with the length and the text of its kind, e.g. `ssh-ed25519`.
fn is_blob(blob: &[u8]) -> bool {
    let length = blob
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes) as usize);
    length.is_some_and(|length| (3..64).contains(&length) && blob.len() > 4 + length)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let whole = text.len() - usize::from(text.len() % 4 == 1);
    LENIENT.decode(text.get(..whole)?).ok()
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
    fn text_that_is_not_a_key_has_a_fingerprint_all_the_same() {
        assert!(of_public_key("not a key").starts_with("SHA256:"));
    }
}
