//! `elevenlabs-signature`: checks that a webhook is from ElevenLabs.
//!
//! `t=<seconds>,v0=<hex>`, where the digits are the HMAC-SHA256 of `<seconds>.<body>`. Source: the verifier of
//! `elevenlabs-python`.

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Longest age of a webhook, in seconds: the limit of ElevenLabs' own client.
const AGE_S_MAX: u64 = 30 * 60;
/// Maximum seconds by which ElevenLabs' clock may be ahead of ours.
const AHEAD_S_MAX: u64 = 5 * 60;
/// Signatures in one header; ElevenLabs sends one.
const SIGNATURES_MAX: usize = 4;

/// Why a webhook isn't accepted as ElevenLabs'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It has no signature.
    #[error("the request has no elevenlabs-signature")]
    Missing,
    /// The signature has another form.
    #[error("the request's elevenlabs-signature can't be read")]
    Unreadable,
    /// It was signed too long ago, or in the future.
    #[error("the request was signed at another time: compare the clocks")]
    Stale,
    /// The signature doesn't match the secret and the body.
    #[error("the request's elevenlabs-signature doesn't match the secret and the body")]
    Wrong,
}

/// Checks that a webhook was signed with this secret, and not long ago.
///
/// # Errors
/// [`BadSignature`].
pub fn check_signature(
    header: Option<&str>,
    body: &[u8],
    secret: &str,
    now_s: u64,
) -> Result<(), BadSignature> {
    let header = header.ok_or(BadSignature::Missing)?;
    let mut signed_at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", seconds)) => signed_at = Some(seconds),
            Some(("v0", digits)) if signatures.len() < SIGNATURES_MAX => signatures.push(digits),
            _ => {}
        }
    }
    let (Some(seconds), false) = (signed_at, signatures.is_empty()) else {
        return Err(BadSignature::Unreadable);
    };
    let signed_at_s: u64 = seconds.parse().map_err(|_| BadSignature::Unreadable)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| BadSignature::Wrong)?;
    let mac = mac.chain_update(seconds).chain_update(b".").chain_update(body);
    // Compares in constant time.
    let is_ours =
        |digits: &&str| bytes_of(digits).is_some_and(|code| mac.clone().verify_slice(&code).is_ok());
    if !signatures.iter().any(is_ours) {
        return Err(BadSignature::Wrong);
    }
    if now_s.saturating_sub(signed_at_s) > AGE_S_MAX || signed_at_s.saturating_sub(now_s) > AHEAD_S_MAX {
        return Err(BadSignature::Stale);
    }
    Ok(())
}

/// Returns the bytes of an SHA-256 code in hexadecimal digits.
fn bytes_of(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    const SECRET: &str = "wsec_not_a_real_secret_0123456789";
    const AT_S: u64 = 1_795_150_061;

    fn signed(seconds: &str, body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        let code = mac.chain_update(seconds).chain_update(b".").chain_update(body).finalize().into_bytes();
        format!("t={seconds},v0={}", hex(code))
    }

    #[test]
    fn a_body_is_accepted_only_with_its_own_signature() {
        let header = signed(&AT_S.to_string(), b"{}");
        let check =
            |header: &str, body: &[u8], secret: &str| check_signature(Some(header), body, secret, AT_S + 2);
        assert_eq!(check(&header, b"{}", SECRET), Ok(()));
        assert_eq!(
            check(&header.to_uppercase().replace("T=", "t=").replace("V0=", "v0="), b"{}", SECRET),
            Ok(())
        );
        assert_eq!(check(&header, b"{ }", SECRET), Err(BadSignature::Wrong));
        assert_eq!(check(&header, b"{}", "wsec_other"), Err(BadSignature::Wrong));
        let moved = header.replace(&AT_S.to_string(), &(AT_S + 1).to_string());
        assert_eq!(check(&moved, b"{}", SECRET), Err(BadSignature::Wrong), "the time is signed, too");
        assert_eq!(check_signature(None, b"{}", SECRET, AT_S), Err(BadSignature::Missing));
        for bad in ["", "t=1", "v0=00", "t=x,v0=00", "t=-1,v0=00", "é=é"] {
            assert_eq!(check(bad, b"{}", SECRET), Err(BadSignature::Unreadable), "{bad:?}");
        }
        for bad in ["t=1,v0=", "t=1,v0=zz", "t=1,v0=éééééééééééééééééééééééééééééééé"]
        {
            assert_eq!(check(bad, b"{}", SECRET), Err(BadSignature::Wrong), "{bad:?}");
        }
    }

    #[test]
    fn one_of_the_first_four_signatures_must_be_right() {
        let header = signed(&AT_S.to_string(), b"{}");
        let check = |header: &str| check_signature(Some(header), b"{}", SECRET, AT_S);
        let (time, right) = header.split_once(',').unwrap();
        let others = |count: usize| ",v0=00".repeat(count);
        assert_eq!(check(&format!("{time}{},{right}", others(3))), Ok(()));
        assert_eq!(check(&format!("{time}{},{right}", others(4))), Err(BadSignature::Wrong));
        assert_eq!(check(&format!("{header}00")), Err(BadSignature::Wrong), "more digits than a code has");
    }

    #[test]
    fn a_signature_is_valid_for_half_an_hour() {
        let header = signed(&AT_S.to_string(), b"{}");
        let at = |now_s| check_signature(Some(&header), b"{}", SECRET, now_s);
        assert_eq!(at(AT_S + 1_800), Ok(()));
        assert_eq!(at(AT_S + 1_801), Err(BadSignature::Stale));
        assert_eq!(at(AT_S - 300), Ok(()));
        assert_eq!(at(AT_S - 301), Err(BadSignature::Stale));
    }
}
