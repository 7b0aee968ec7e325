//! `X-Twilio-Signature`, from the notes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// The signature of a request to this URL with these fields: of a `GET`, none.
#[must_use]
pub fn sign(auth_token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    let text: String = sorted.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    #[allow(clippy::unwrap_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
