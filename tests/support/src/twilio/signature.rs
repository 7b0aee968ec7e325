//! `X-Twilio-Signature`, as in Twilio's documents about the security of webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// The signature of a request to this URL with these fields; a `GET` has none.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::Value;

    use super::*;

    #[test]
    fn official_test_vectors_get_the_official_signatures() {
        let text = include_str!("../../../captures/twilio/examples/signature-vectors.json");
        let vectors: Value = serde_json::from_str(text).unwrap();
        let cases = vectors["cases"].as_array().unwrap().iter();
        // This Twilio signs with the auth token alone.
        for case in cases.filter(|case| case["algorithm"].is_null()) {
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            let fields: Vec<(String, String)> = case["params"]
                .as_object()
                .unwrap()
                .iter()
                .flat_map(|(name, value)| match value {
                    Value::Array(values) => values.iter().map(|value| (name.clone(), word(value))).collect(),
                    value => vec![(name.clone(), word(value))],
                })
                .collect();
            let signed = sign(&word(&case["auth_token"]), &word(&case["url"]), &fields);
            assert_eq!(signed, word(&case["signature"]), "{}", case["name"]);
        }
    }
}
