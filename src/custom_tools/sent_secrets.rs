//! Secrets of a request that its service repeats, or that are also in its address: they are masked before they reach an assistant, a journal or a
//! page.

use std::cmp::Reverse;

use cordboard_actors::cut_secret::begun_at_end;
use http::HeaderValue;
use url::form_urlencoded::byte_serialize;

use crate::outside_http::{OutsideAnswer, OutsideRequest};

/// Replaces a secret.
pub(super) const MASK: &str = "••••••••";
/// Minimum bytes of a secret that is searched in an answer. Shorter ones occur in many words by chance.
const SECRET_BYTES_MIN: usize = 6;

/// The secrets that a request sends, longest first, so that nothing remains of one that begins with another.
pub(super) struct SentSecrets(Vec<String>);

impl SentSecrets {
    pub(super) fn of(request: &OutsideRequest) -> Self {
        Self::all(request.headers.values().filter(|value| value.is_sensitive()).flat_map(parts))
    }

    fn all(secrets: impl Iterator<Item = String>) -> Self {
        let mut all: Vec<String> =
            secrets.flat_map(as_written).filter(|secret| secret.len() >= SECRET_BYTES_MIN).collect();
        all.sort_by_key(|secret| Reverse(secret.len()));
        Self(all)
    }

    /// Returns the answer without them.
    pub(super) fn masked(&self, answer: OutsideAnswer) -> OutsideAnswer {
        let content_type = answer.content_type.as_deref().map(|of| self.without(of));
        let answer = OutsideAnswer { content_type, ..answer };
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_repeated = self.is_in(&text);
        let begun = self.0.iter().map(|secret| begun_at_end(&text, secret, SECRET_BYTES_MIN));
        let cut = if answer.is_cut { begun.max().unwrap_or(0) } else { 0 };
        if !is_repeated && cut == 0 {
            return answer;
        }
        let mut masked = self.without(text.get(..text.len() - cut).unwrap_or_default());
        if cut > 0 {
            masked.push_str(MASK);
        }
        OutsideAnswer { body: masked.into_bytes(), ..answer }
    }

    /// Returns a text without them.
    pub(super) fn without(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.as_str()))
    }
}

/// Returns a secret, and the part after its scheme, such as `Bearer`. Services repeat either of them.
fn parts(value: &HeaderValue) -> impl Iterator<Item = String> + use<> {
    let secret = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let rest = secret.split_once(' ').map(|(_, rest)| rest.trim().to_owned());
    std::iter::once(secret).chain(rest)
}

/// Returns a secret as it is, and its forms in JSON, in a query and in the path of an address if they differ.
fn as_written(secret: String) -> impl Iterator<Item = String> {
    let quoted = serde_json::Value::from(secret.as_str()).to_string();
    let in_json =
        quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned();
    let in_query: String = byte_serialize(secret.as_bytes()).collect();
    // A plus sign in the secret itself is written as `%2B`.
    let in_path = in_query.replace('+', "%20");
    let mut forms = vec![secret, in_json, in_query, in_path];
    forms.dedup();
    forms.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[&str]) -> SentSecrets {
        SentSecrets::all(all.iter().map(|secret| (*secret).to_owned()))
    }

    #[test]
    fn a_secret_in_the_kind_of_an_answer_is_masked() {
        let answer = OutsideAnswer {
            status: 200,
            content_type: Some("text/tiger-77-of-the-shop; charset=utf-8".to_owned()),
            retry_after_s: None,
            body: b"3 left".to_vec(),
            is_cut: false,
        };
        let masked = secrets(&["tiger-77-of-the-shop"]).masked(answer);
        assert_eq!(masked.content_type, Some(format!("text/{MASK}; charset=utf-8")));
        assert_eq!(masked.body, b"3 left");
    }

    #[test]
    fn a_secret_is_recognized_in_an_address() {
        let secret = secrets(&["ti/ger 77+of"]);
        for text in ["ti/ger 77+of", "ti%2Fger+77%2Bof", "ti%2Fger%2077%2Bof"] {
            assert_eq!(
                secret.without(&format!("https://shop.example/{text}?a=1")),
                format!("https://shop.example/{MASK}?a=1")
            );
        }
    }

    fn masked(secrets: &SentSecrets, body: &str, is_cut: bool) -> String {
        let answer = OutsideAnswer {
            status: 200,
            content_type: None,
            retry_after_s: None,
            body: body.as_bytes().to_vec(),
            is_cut,
        };
        String::from_utf8(secrets.masked(answer).body).unwrap()
    }

    #[test]
    fn a_secret_that_begins_with_another_is_fully_masked() {
        let both = secrets(&["tiger-77", "tiger-77-of-the-shop"]);
        assert_eq!(masked(&both, "a tiger-77-of-the-shop, tiger-77", false), format!("a {MASK}, {MASK}"));
    }

    #[test]
    fn a_secret_is_recognized_in_json() {
        let secret = secrets(&["ti\"ger\\77"]);
        assert_eq!(masked(&secret, r#"{"sent":"ti\"ger\\77"}"#, false), format!(r#"{{"sent":"{MASK}"}}"#));
    }

    #[test]
    fn a_secret_cut_off_with_its_answer_is_masked() {
        let secret = secrets(&["tiger-77-of-the-shop"]);
        assert_eq!(masked(&secret, "ü tiger-77-of", true), format!("ü {MASK}"));
        assert_eq!(masked(&secret, "tiger-77-of-the-shop tiger-7", true), format!("{MASK} {MASK}"));
        for (body, is_cut) in [("ü tiger-77-of", false), ("a tiger", true)] {
            assert_eq!(masked(&secret, body, is_cut), body);
        }
    }
}
