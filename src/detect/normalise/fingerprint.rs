//! SHA-256 fingerprint of an SSH public key, as `ssh-keygen -lf` prints it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};

/// Writes no padding, as `ssh-keygen` does, and reads keys with and without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `SHA256:<base64>` of the key's blob; of the text itself where it holds no blob.
pub fn of_public_key(key: &str) -> String {
    let blob = key
        .split_ascii_whitespace()
        .find_map(|word| BASE64.decode(word).ok().filter(|blob| is_blob(blob)));
    let digest = Sha256::digest(blob.as_deref().unwrap_or(key.as_bytes()));
    format!("SHA256:{}", BASE64.encode(digest))
}

/// A key's blob begins with the length and the text of its kind, e.g. `ssh-ed25519`.
fn is_blob(blob: &[u8]) -> bool {
    let length = blob
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes) as usize);
    length.is_some_and(|length| (3..64).contains(&length) && blob.len() > 4 + length)
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
