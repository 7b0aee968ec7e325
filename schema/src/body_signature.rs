//! A body that a service has signed: the HMAC-SHA256 of its bytes, in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Bytes of an HMAC-SHA256.
const BYTES: usize = 32;

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBodySignature {
    /// The header is missing.
    #[error("the request has no such header")]
    Missing,
    /// The header is not a signature.
    #[error("it is not an HMAC-SHA256 in hexadecimal digits or base64")]
    Unreadable,
    /// The signature does not match this secret and body.
    #[error("it does not match this secret and body")]
    Wrong,
}

/// Checks that a body was signed with this secret. The header contains the signature in hexadecimal digits or base64, optionally
/// after `sha256=`.
///
/// # Errors
/// [`BadBodySignature`].
pub fn check_body(header: Option<&str>, body: &[u8], secret: &[u8]) -> Result<(), BadBodySignature> {
    let text = header.ok_or(BadBodySignature::Missing)?.trim();
    let code = code_of(text.strip_prefix("sha256=").unwrap_or(text)).ok_or(BadBodySignature::Unreadable)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| BadBodySignature::Wrong)?;
    // Compares in constant time.
    mac.chain_update(body).verify_slice(&code).map_err(|_| BadBodySignature::Wrong)
}

/// Returns the bytes of a signature.
fn code_of(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    if text.len() == 2 * BYTES && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        return Some(bytes);
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"not-a-real-secret-0123456789";

    fn code(body: &[u8]) -> Vec<u8> {
        let mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
        mac.chain_update(body).finalize().into_bytes().to_vec()
    }

    fn hex(body: &[u8]) -> String {
        crate::hex::hex(code(body))
    }

    #[test]
    fn a_body_needs_its_signature_in_hex_or_base64() {
        let (hex, base64) = (hex(b"{}"), STANDARD.encode(code(b"{}")));
        for header in [
            hex.clone(),
            hex.to_uppercase(),
            format!("sha256={hex}"),
            format!(" {hex} "),
            base64.clone(),
            format!("sha256={base64}"),
        ] {
            assert_eq!(check_body(Some(&header), b"{}", SECRET), Ok(()), "{header}");
            assert_eq!(check_body(Some(&header), b"{ }", SECRET), Err(BadBodySignature::Wrong));
            assert_eq!(check_body(Some(&header), b"{}", b"another secret"), Err(BadBodySignature::Wrong));
        }
    }

    #[test]
    fn malformed_signatures_are_refused() {
        assert_eq!(check_body(None, b"{}", SECRET), Err(BadBodySignature::Missing));
        for bad in
            ["", "sha256=", "abc", "é", &"é".repeat(32), &"g".repeat(64), "sha1=00", &"A".repeat(5_000)]
        {
            assert_eq!(check_body(Some(bad), b"{}", SECRET), Err(BadBodySignature::Unreadable), "{bad:?}");
        }
    }
}
