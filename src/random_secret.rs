//! Random secrets for programs, and the stored form of secrets that others keep.

use cordboard_schema::hex::hex;
use rand::Rng;
use rand::distr::Alphanumeric;
use sha2::{Digest, Sha256};

/// Letters and digits of a secret: 238 bits.
const SECRET_CHARS: usize = 40;

/// Returns a new secret: 40 letters and digits.
pub(crate) fn secret() -> String {
    rand::rng().sample_iter(Alphanumeric).take(SECRET_CHARS).map(char::from).collect()
}

/// Returns the stored form of a secret: its SHA-256 as hex. That is enough for a long random value, and a look-up by it reveals nothing. A password
/// needs argon2.
pub(crate) fn hash(secret: &str) -> String {
    hex(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash(""), empty);
    }

    #[test]
    fn secrets_are_long_and_differ() {
        assert_eq!(secret().len(), SECRET_CHARS);
        assert_ne!(secret(), secret());
    }
}
