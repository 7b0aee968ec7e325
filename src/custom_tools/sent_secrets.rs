//! Secrets of a request that its service repeats: they are masked in its answer, before an assistant, a journal or a page has it.

use http::HeaderValue;

use crate::outside_http::{OutsideAnswer, OutsideRequest};

/// Placeholder for a secret.
pub(super) const MASK: &str = "••••••••";
/// Bytes of a secret that is looked for in an answer: shorter ones are in many words by chance.
const SECRET_BYTES_MIN: usize = 6;

/// The secrets that a request sends.
pub(super) struct SentSecrets(Vec<String>);

impl SentSecrets {
    pub(super) fn of(request: &OutsideRequest) -> Self {
        let secrets = request.headers.values().filter(|value| value.is_sensitive()).flat_map(parts);
        Self(secrets.filter(|secret| secret.len() >= SECRET_BYTES_MIN).collect())
    }

    /// The answer without them.
    pub(super) fn masked(&self, answer: OutsideAnswer) -> OutsideAnswer {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if !self.0.iter().any(|secret| text.contains(secret.as_str())) {
            return answer;
        }
        let masked = self.0.iter().fold(text, |text, secret| text.replace(secret.as_str(), MASK));
        OutsideAnswer { body: masked.into_bytes(), ..answer }
    }
}

/// A secret, and the part after its scheme, as `Bearer`: services repeat the one or the other.
fn parts(value: &HeaderValue) -> impl Iterator<Item = String> + use<> {
    let secret = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let behind = secret.split_once(' ').map(|(_, behind)| behind.trim().to_owned());
    std::iter::once(secret).chain(behind)
}
