//! Identity of a website's visitor, signed by the website's server with a talk link's signing secret.
//!
//! `BASE64URL(JSON).SIGNATURE`: the JSON names the visitor and says until when it is valid. The signature is the HMAC-SHA256 (RFC
//! 2104) of the text before the dot, exactly as sent, in hexadecimal digits or base64url. The JSON is parsed only after its
//! signature was checked.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::customer::is_email;
use crate::limits::{
    NAME_CHARS_MAX, SIGNED_IDENTITY_AHEAD_S_MAX, SIGNED_IDENTITY_BYTES_MAX, SIGNED_IDENTITY_CLOCK_S_MAX,
    SIGNED_IDENTITY_ID_CHARS_MAX,
};
use crate::plain::{Lines, text_fault};
use crate::time::UnixMs;

/// Base64url with or without padding, because languages differ in whether they write it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes of an HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// A visitor whose identity a website's server has signed. Fields that it left out are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIdentity {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The website's id for them.
    pub id: Option<String>,
    /// Name of the talk link whose secret signed it.
    pub by: String,
}

/// Why a visitor's identity is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// The link has no signing secret.
    #[error(
        "the page sends a visitor's identity, and this talk link has no signing secret: make one on the page Talk links, under Widget, or send no identity"
    )]
    NoSecret,
    /// It is too long.
    #[error("the identity is longer than {SIGNED_IDENTITY_BYTES_MAX} bytes")]
    TooLong,
    /// It has the wrong form.
    #[error(
        "the identity can't be read: send the base64url of its JSON, a dot, and the HMAC-SHA256 of the text before the dot, in hexadecimal digits or base64url"
    )]
    Unreadable,
    /// It was not signed with this secret.
    #[error(
        "the identity is not signed with this talk link's secret: sign the text before the dot, exactly as it is sent, with HMAC-SHA256 and the secret that the page Talk links has shown"
    )]
    WrongSignature,
    /// It is signed, and one of its values is not valid.
    #[error("the identity's JSON {0}")]
    BadClaims(String),
    /// It has expired.
    #[error(
        "the identity has expired: have the website's server sign a new one for each page that it serves"
    )]
    Expired,
}

/// The signed claims.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    name: Option<String>,
    email: Option<String>,
    id: Option<SiteId>,
    /// Seconds since 1970.
    exp: u64,
}

/// A website's id for a visitor; many websites use numbers.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a whole number")]
enum SiteId {
    Text(String),
    Number(u64),
}

/// Returns the visitor of a page that sends `text`, if `secret` has signed it and it is valid at `now`. `by` is the name of the
/// signer.
///
/// # Errors
/// [`IdentityFault`], except for a link without a secret.
pub fn signed_identity(
    text: &str,
    secret: &[u8],
    by: &str,
    now: UnixMs,
) -> Result<SignedIdentity, IdentityFault> {
    if text.len() > SIGNED_IDENTITY_BYTES_MAX {
        return Err(IdentityFault::TooLong);
    }
    let (payload, signature) = text.split_once('.').ok_or(IdentityFault::Unreadable)?;
    let signature = signature_bytes(signature).ok_or(IdentityFault::Unreadable)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| IdentityFault::WrongSignature)?;
    // Compares in constant time.
    let is_ours = mac.chain_update(payload).verify_slice(&signature).is_ok();
    if !is_ours {
        return Err(IdentityFault::WrongSignature);
    }
    let json = BASE64URL.decode(payload).map_err(|_| IdentityFault::Unreadable)?;
    let claims: Value = serde_json::from_slice(&json)
        .map_err(|fault| IdentityFault::BadClaims(format!("can't be read: {fault}")))?;
    if !claims.is_object() {
        return Err(IdentityFault::BadClaims("has to be an object".to_owned()));
    }
    let claims = serde_json::from_value(claims)
        .map_err(|fault| IdentityFault::BadClaims(format!("is not as expected: {fault}")))?;
    checked(claims, by, now)
}

fn checked(claims: Claims, by: &str, now: UnixMs) -> Result<SignedIdentity, IdentityFault> {
    let now_s = u64::try_from(now.0 / 1_000).unwrap_or_default();
    if claims.exp <= now_s {
        return Err(IdentityFault::Expired);
    }
    // The website's clock may be ahead of ours.
    if claims.exp - now_s > SIGNED_IDENTITY_AHEAD_S_MAX + SIGNED_IDENTITY_CLOCK_S_MAX {
        let hours = SIGNED_IDENTITY_AHEAD_S_MAX / 3_600;
        let fault =
            format!("has an `exp` that is more than {hours} h ahead: it is in seconds since 1970, not in ms");
        return Err(IdentityFault::BadClaims(fault));
    }
    let name = line("name", claims.name, NAME_CHARS_MAX)?;
    let email = claims.email.unwrap_or_default().trim().to_owned();
    if !email.is_empty() && !is_email(&email) {
        return Err(IdentityFault::BadClaims("has an `email` that is no e-mail address".to_owned()));
    }
    if name.is_empty() && email.is_empty() {
        return Err(IdentityFault::BadClaims("has neither a `name` nor an `email`".to_owned()));
    }
    let id = claims.id.map(|id| match id {
        SiteId::Text(text) => text,
        SiteId::Number(number) => number.to_string(),
    });
    let id = line("id", id, SIGNED_IDENTITY_ID_CHARS_MAX)?;
    let id = Some(id).filter(|id| !id.is_empty());
    Ok(SignedIdentity { name, email, id, by: by.to_owned() })
}

fn line(field: &str, text: Option<String>, chars_max: usize) -> Result<String, IdentityFault> {
    let text = text.unwrap_or_default().trim().to_owned();
    match text_fault(&text, chars_max, Lines::One) {
        None => Ok(text),
        Some(fault) => Err(IdentityFault::BadClaims(format!("has a `{field}` that {fault}"))),
    }
}

/// Returns the bytes of a signature: 64 hexadecimal digits, or base64url.
fn signature_bytes(text: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    if text.len() == 2 * SIGNATURE_BYTES && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let mut bytes = [0; SIGNATURE_BYTES];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        return Some(bytes);
    }
    BASE64URL.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;
    use crate::hex::hex;

    const SECRET: &[u8] = b"a secret of forty letters, as one is made";
    const NOW_S: u64 = 1_795_708_800;
    const NOW: UnixMs = UnixMs(1_795_708_800_000);

    fn code(payload: &str, secret: &[u8]) -> Vec<u8> {
        let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(payload);
        mac.finalize().into_bytes().to_vec()
    }

    fn signed(json: &[u8]) -> String {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(json);
        format!("{payload}.{}", hex(code(&payload, SECRET)))
    }

    fn read(text: &str) -> Result<SignedIdentity, IdentityFault> {
        signed_identity(text, SECRET, "Our website", NOW)
    }

    fn claims(claims: &Value) -> Result<SignedIdentity, IdentityFault> {
        read(&signed(claims.to_string().as_bytes()))
    }

    #[test]
    fn a_signed_identity_is_accepted_in_every_encoding() {
        let json =
            json!({ "name": " Åsa Öberg ", "email": "asa@example.com", "id": 4711, "exp": NOW_S + 300 });
        let expected = SignedIdentity {
            name: "Åsa Öberg".to_owned(),
            email: "asa@example.com".to_owned(),
            id: Some("4711".to_owned()),
            by: "Our website".to_owned(),
        };
        let json = json.to_string();
        for payload in [BASE64_URL_SAFE_NO_PAD.encode(&json), BASE64_URL_SAFE.encode(&json)] {
            let code = code(&payload, SECRET);
            for signature in [
                hex(&code),
                hex(&code).to_uppercase(),
                BASE64_URL_SAFE.encode(&code),
                BASE64_URL_SAFE_NO_PAD.encode(&code),
            ] {
                assert_eq!(read(&format!("{payload}.{signature}")), Ok(expected.clone()));
            }
        }
        let one = claims(&json!({ "email": "a@example.com", "name": null, "exp": NOW_S + 1 })).unwrap();
        assert_eq!((one.name.as_str(), one.id), ("", None));
    }

    #[test]
    fn an_identity_signed_by_others_is_refused() {
        let good = signed(json!({ "name": "Ada", "exp": NOW_S + 300 }).to_string().as_bytes());
        let (payload, signature) = good.split_once('.').unwrap();
        assert!(read(&good).is_ok());
        let other = BASE64_URL_SAFE_NO_PAD.encode(json!({ "name": "Eve", "exp": NOW_S + 300 }).to_string());
        for forged in [
            format!("{payload}.{}", hex(code(payload, b"another secret"))),
            format!("{payload}.{}", hex(code(payload, b""))),
            format!("{other}.{signature}"),
            format!("{payload}=.{signature}"),
            format!(".{signature}"),
        ] {
            assert_eq!(read(&forged), Err(IdentityFault::WrongSignature), "{forged}");
        }
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(read(&String::from_utf8(changed).unwrap()).is_err(), "changed at {at}");
            assert!(read(&good[..at]).is_err(), "cut at {at}");
        }
        for odd in
            ["", ".", "..", "a.b", payload, &format!("{good}.x"), &format!("{payload}.{}", "é".repeat(32))]
        {
            assert_eq!(read(odd), Err(IdentityFault::Unreadable), "{odd}");
        }
        assert_eq!(read(&"a".repeat(SIGNED_IDENTITY_BYTES_MAX + 1)), Err(IdentityFault::TooLong));
    }

    #[test]
    fn a_signed_identity_expires() {
        let at = |exp: u64| claims(&json!({ "name": "Ada", "exp": exp }));
        for over in [0, NOW_S - 1, NOW_S] {
            assert_eq!(at(over), Err(IdentityFault::Expired), "{over}");
        }
        assert!(at(NOW_S + 1).is_ok());
        assert!(at(NOW_S + SIGNED_IDENTITY_AHEAD_S_MAX + SIGNED_IDENTITY_CLOCK_S_MAX).is_ok());
        for far in
            [NOW_S + SIGNED_IDENTITY_AHEAD_S_MAX + SIGNED_IDENTITY_CLOCK_S_MAX + 1, NOW_S * 1_000, u64::MAX]
        {
            let fault = at(far).unwrap_err();
            assert!(fault.to_string().contains("seconds since 1970"), "{far}: {fault}");
        }
    }

    #[test]
    fn signed_values_are_checked() {
        let exp = NOW_S + 300;
        for (bad, part) in [
            (json!({ "exp": exp }), "neither a `name` nor an `email`"),
            (json!({ "name": " ", "email": "", "exp": exp }), "neither a `name` nor an `email`"),
            (json!({ "name": "x".repeat(121), "exp": exp }), "`name` that must have at most 120"),
            (json!({ "name": "a\nb", "exp": exp }), "`name` that must have no control characters"),
            (json!({ "name": "a", "id": "x".repeat(101), "exp": exp }), "`id` that must have at most 100"),
            (json!({ "name": "a", "email": "nobody", "exp": exp }), "no e-mail address"),
            (
                json!({ "name": "a", "email": format!("{}@b", "x".repeat(254)), "exp": exp }),
                "no e-mail address",
            ),
            (json!({ "name": "a" }), "missing field `exp`"),
            (json!({ "name": "a", "exp": "soon" }), "invalid type"),
            (json!({ "name": "a", "exp": 1.5 }), "invalid type"),
            (json!({ "name": "a", "exp": -1 }), "invalid value"),
            (json!({ "name": "a", "exp": exp, "role": "admin" }), "unknown field `role`"),
            (json!({ "name": { "first": "a" }, "exp": exp }), "invalid type"),
            (json!(["a", "a@example.com", "1", exp]), "has to be an object"),
            (json!(null), "has to be an object"),
            (json!({ "name": "a", "id": [], "exp": exp }), "a text or a whole number"),
        ] {
            let fault = claims(&bad).unwrap_err();
            assert!(matches!(fault, IdentityFault::BadClaims(_)), "{bad}: {fault}");
            assert!(fault.to_string().contains(part), "{bad}: {fault}");
        }
        for bad in [&b""[..], b"{", b"\xff\xfe", &b"[".repeat(1_000)] {
            assert!(matches!(read(&signed(bad)), Err(IdentityFault::BadClaims(_))), "{bad:?}");
        }
    }
}
