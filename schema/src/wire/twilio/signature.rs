//! `X-Twilio-Signature`: checks that a request is from Twilio.
//!
//! Twilio signs the URL that it was given, followed by the fields of a form. The checker must know that URL: it is never taken
//! from the request's own headers. Source: twilio.com/docs/usage/security, "Validating Requests are coming from Twilio".

mod url;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::Form;
use crate::hex::hex;

/// Keys that a request may be signed with. They can't be printed.
#[derive(Clone, Copy)]
pub struct SigningKeys<'a> {
    /// The account's auth token, and also the previous or the next one while it is being changed.
    pub auth_tokens: &'a [&'a str],
    /// Shared keys with their ids, for requests that name one.
    pub shared_keys: &'a [(&'a str, &'a str)],
}

/// Signed content in addition to the URL.
#[derive(Clone, Copy)]
pub enum SignedBody<'a> {
    /// Nothing: a GET, or the handshake of a WebSocket.
    None,
    /// The fields of a form.
    Form(&'a Form),
    /// A body of another type, whose SHA-256 is in the URL.
    Raw(&'a [u8]),
}

/// A request that claims to be from Twilio.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The URL that Twilio was given, with the path and query as received.
    pub url: &'a str,
    /// Signed content in addition to the URL.
    pub body: SignedBody<'a>,
    /// The header `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// The header `X-Twilio-Webhooks-Signature-Settings`.
    pub settings: Option<&'a str>,
}

/// Why a request isn't accepted as Twilio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It has no signature.
    #[error("the request has no X-Twilio-Signature")]
    Missing,
    /// The signature isn't base64.
    #[error("the request's X-Twilio-Signature isn't base64")]
    Unreadable,
    /// No key gives this signature for this URL and body: another token, another URL than the public one, or a forged request.
    #[error(
        "the request's signature is wrong: it was signed with another auth token, or for another URL than that of http.public_base_url"
    )]
    Wrong,
    /// The algorithm is unknown.
    #[error("the request's signature has an unknown algorithm: HMAC_SHA1 and HMAC_SHA256 are supported")]
    UnknownAlgorithm,
    /// The shared key isn't one of ours.
    #[error("the request is signed with a shared key that is not configured")]
    UnknownKey,
    /// A body that isn't a form, and whose hash isn't in the URL.
    #[error("the request's body is not signed: bodySHA256 is missing in the URL")]
    BodyNotSigned,
    /// The body isn't the one that was signed.
    #[error("the request's body isn't the one that was signed")]
    BodyChanged,
}

/// Checks a webhook.
///
/// # Errors
/// It isn't from Twilio, as far as we can tell.
pub fn check(request: &SignedRequest<'_>, keys: &SigningKeys<'_>) -> Result<(), BadSignature> {
    check_urls(request, keys, &url::spellings(request.url))
}

/// Checks the handshake of a WebSocket, whose `url` begins with `wss`. Twilio doesn't document whether it signs a final slash, so
/// it may be there or not.
///
/// # Errors
/// It isn't from Twilio, as far as we can tell.
pub fn check_handshake(request: &SignedRequest<'_>, keys: &SigningKeys<'_>) -> Result<(), BadSignature> {
    let mut urls = url::spellings(request.url);
    urls.extend(url::spellings(&url::with_other_end(request.url)));
    check_urls(request, keys, &urls)
}

fn check_urls(
    request: &SignedRequest<'_>,
    keys: &SigningKeys<'_>,
    urls: &[String],
) -> Result<(), BadSignature> {
    let signature = request.signature.filter(|text| !text.is_empty()).ok_or(BadSignature::Missing)?;
    let signature = STANDARD.decode(signature.trim()).map_err(|_| BadSignature::Unreadable)?;
    let mut tail = String::new();
    match request.body {
        SignedBody::None => {}
        SignedBody::Form(form) => write_fields(&mut tail, form),
        SignedBody::Raw(body) => check_hash(request.url, body)?,
    }
    let settings = request.settings.map_or(Ok(Settings::default()), Settings::read)?;
    let mut right = false;
    for url in urls {
        let text = [url.as_bytes(), tail.as_bytes()];
        match settings.algorithm {
            Algorithm::Sha1 => {
                for token in keys.auth_tokens.iter().filter(|token| !token.is_empty()) {
                    right |= is_sha1(token, text, &signature);
                }
            }
            Algorithm::Sha256 => {
                let mut shared =
                    keys.shared_keys.iter().filter(|(id, key)| *id == settings.key && !key.is_empty());
                let (_, key) = shared.next().ok_or(BadSignature::UnknownKey)?;
                right |= is_sha256(key, text, &signature);
            }
        }
    }
    if right { Ok(()) } else { Err(BadSignature::Wrong) }
}

/// Compares in constant time; a key may have any length.
fn is_sha1(key: &str, text: [&[u8]; 2], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return false };
    text.iter().for_each(|part| mac.update(part));
    mac.verify_slice(signature).is_ok()
}

/// Compares in constant time; a key may have any length.
fn is_sha256(key: &str, text: [&[u8]; 2], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
    text.iter().for_each(|part| mac.update(part));
    mac.verify_slice(signature).is_ok()
}

/// Returns Twilio's signature for a request to this URL with these fields: for a stand-in that plays Twilio.
pub fn sign(url: &str, form: &Form, auth_token: &str) -> String {
    let mut text = url.to_owned();
    write_fields(&mut text, form);
    // Keys of any length are accepted.
    let mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes());
    mac.map(|mac| STANDARD.encode(mac.chain_update(text).finalize().into_bytes())).unwrap_or_default()
}

/// Writes the fields as they are signed: names in byte order, each with its distinct values in byte order.
fn write_fields(text: &mut String, form: &Form) {
    for (name, values) in form.fields() {
        let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
}

fn check_hash(url: &str, body: &[u8]) -> Result<(), BadSignature> {
    let sent = url::query_value(url, "bodySHA256").ok_or(BadSignature::BodyNotSigned)?;
    if hex(Sha256::digest(body)) == sent { Ok(()) } else { Err(BadSignature::BodyChanged) }
}

#[derive(Clone, Copy, Default)]
enum Algorithm {
    #[default]
    Sha1,
    Sha256,
}

/// Content of the settings header.
#[derive(Clone, Copy, Default)]
struct Settings<'a> {
    key: &'a str,
    algorithm: Algorithm,
}

impl<'a> Settings<'a> {
    fn read(header: &'a str) -> Result<Self, BadSignature> {
        let mut settings = Self::default();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("key", key)) => settings.key = key,
                Some(("algorithm", "HMAC_SHA1")) => settings.algorithm = Algorithm::Sha1,
                Some(("algorithm", "HMAC_SHA256")) => settings.algorithm = Algorithm::Sha256,
                Some(("algorithm", _)) => return Err(BadSignature::UnknownAlgorithm),
                _ => {}
            }
        }
        Ok(settings)
    }
}
