//! Signatures of webhooks by Standard Webhooks: HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cordboard_schema::ids::DeliveryId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::Webhook;
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use sha2::Sha256;

/// Prefix of a signing secret. The rest is base64 of the key.
const PREFIX: &str = "whsec_";
/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Returns a new secret for a webhook.
pub fn new_secret() -> String {
    let key: [u8; KEY_BYTES] = rand::rng().random();
    format!("{PREFIX}{}", BASE64_STANDARD.encode(key))
}

/// Returns the header `webhook-signature` of a body; none if the secret was not made by [`new_secret`].
pub fn signature(secret: &str, id: DeliveryId, at: UnixMs, body: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(Webhook::signed_text(id, at, body).as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_an_independent_implementation() {
        // Computed with Python: hmac.new(bytes(range(32)), b"0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10.1700000000.{}", "sha256").
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let id = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse().unwrap();
        let signed = signature(secret, id, UnixMs(1_700_000_000_999), "{}").unwrap();
        assert_eq!(signed, "v1,Bhbpoy4lG0dc5VB5d807QuNKa/oNWR6qZlFApFsr1Fo=");
        assert_eq!(signature("a secret", id, UnixMs(0), "{}"), None);
        assert_ne!(new_secret(), new_secret());
    }
}
