//! Revisions of things that people edit in a form: who saves what somebody else has changed meanwhile is informed of it.
//!
//! A revision follows from what is shown, so nothing has to be counted: of two states that look the same nobody's change is lost.

use actix_web::http::header::{HeaderMap, IF_MATCH};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::ApiError;

/// Characters of a revision: of so many states of one thing no two have the same by chance.
const CHARS: usize = 16;

/// The revision of what is shown so. Its own member must be empty.
pub(super) fn of(shown: &impl Serialize) -> String {
    let text = serde_json::to_vec(shown).unwrap_or_default();
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(CHARS).collect()
}

/// The revision that a request is for, by its header or its body; none where it is for whatever there is.
pub(super) fn asked(headers: &HeaderMap, in_body: Option<String>) -> Option<String> {
    let header = headers.get(IF_MATCH).and_then(|tag| tag.to_str().ok());
    let header = header.map(|tag| tag.trim().trim_matches('"').to_owned());
    header.or(in_body).filter(|revision| revision != "*")
}

/// Refuses a change of another state than the one that there is, which is `shown` and has this revision.
pub(super) fn demand(
    asked: Option<&str>,
    revision: &str,
    (what, shown): (&'static str, &impl Serialize),
) -> Result<(), ApiError> {
    match asked {
        Some(asked) if asked != revision => Err(ApiError::edited_meanwhile(what, shown)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_has_one_revision() {
        let one = serde_json::json!({ "name": "sales", "revision": "" });
        assert_eq!(of(&one), of(&one.clone()));
        assert_eq!(of(&one).len(), CHARS);
        assert_ne!(of(&one), of(&serde_json::json!({ "name": "support", "revision": "" })));
    }
}
