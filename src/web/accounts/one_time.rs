//! Random secrets that are shown once and of which a hash is kept.

use rand::Rng;
use rand::distr::Alphanumeric;
use sha2::{Digest, Sha256};

/// Letters and digits of a secret: 238 bits.
const SECRET_CHARS: usize = 40;
/// Letters of a recovery code, which people copy by hand: 80 bits.
const RECOVERY_CODE_CHARS: usize = 16;
/// Letters and digits that are not taken for one another.
const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new secret.
pub(crate) fn secret() -> String {
    rand::rng().sample_iter(Alphanumeric).take(SECRET_CHARS).map(char::from).collect()
}

/// A new recovery code, in groups of four.
pub(crate) fn recovery_code() -> String {
    let mut code = String::new();
    for place in 0..RECOVERY_CODE_CHARS {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        let letter = LEGIBLE[rand::rng().random_range(0..LEGIBLE.len())];
        code.push(char::from(letter));
    }
    code
}

/// The hash that is kept, as hex. Enough for what is random and long; a password takes argon2.
pub(crate) fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
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
    fn secrets_differ_and_recovery_codes_can_be_read_aloud() {
        assert_ne!(secret(), secret());
        let code = recovery_code();
        assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
    }
}
