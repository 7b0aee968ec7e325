//! Revisions of things that people edit in a form: who saves what somebody else has changed meanwhile is informed of it.
//!
//! A revision follows from what is shown, so nothing has to be counted: of two states that look the same nobody's change is lost.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::problem::ApiError;

/// Characters of a revision: of so many states of one thing no two have the same by chance.
const CHARS: usize = 16;

/// The revision of what is shown so. Its own member must be empty.
pub(super) fn of(shown: &impl Serialize) -> String {
    let text = serde_json::to_vec(shown).unwrap_or_default();
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(CHARS).collect()
}

/// Words of the API's document for the refusal of a change of another state, before other reasons for the same status.
macro_rules! edited_meanwhile {
    ($($other:literal)?) => {
        concat!(
            "Somebody has changed it since that revision (`edited_meanwhile`; `current` is what is there now)"
            $(, ", or ", $other)?
        )
    };
}
pub(super) use edited_meanwhile;

/// The header of a change that names the state which it changes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfMatch {
    /// The revision that this changes, in quotation marks; any where it is left out.
    #[param(rename = "If-Match", value_type = Option<String>)]
    tag: Option<HeaderValue>,
}

impl FromRequest for IfMatch {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { tag: request.headers().get(IF_MATCH).cloned() }))
    }
}

impl IfMatch {
    /// The state that a request is for, by this header or by its body.
    pub(super) fn or(self, in_body: Option<String>) -> Asked {
        // One that can't be read is for no state that there is.
        let header = self.tag.as_ref().map(|tag| String::from_utf8_lossy(tag.as_bytes()));
        let header = header.map(|tag| tag.trim().trim_matches('"').to_owned());
        Asked(header.or(in_body).filter(|revision| revision != "*"))
    }

    /// Whether a request is for the state with this `ETag`; one without the header is for whatever there is.
    pub(super) fn is_of(&self, tag: &str) -> bool {
        let Some(asked) = &self.tag else { return true };
        let asked = asked.as_bytes().trim_ascii();
        asked == b"*" || asked == tag.as_bytes()
    }

    /// The number in it, for a thing that counts its changes; within that none where it is no number in quotation marks.
    pub(super) fn counted(&self) -> Option<Option<u64>> {
        self.tag.as_ref().map(|tag| {
            let tag = tag.to_str().ok()?.trim();
            tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
        })
    }
}

/// The state that a request is for; none where it is for whatever there is.
#[derive(Debug)]
pub(super) struct Asked(Option<String>);

impl Asked {
    /// Whether it is for one state alone.
    pub(super) const fn is_of_one(&self) -> bool {
        self.0.is_some()
    }

    /// Whether it takes a thing that is not there: an empty revision is for none, and one that was shown is for what was there.
    pub(super) fn takes_none(&self) -> bool {
        self.0.as_deref().is_none_or(str::is_empty)
    }

    /// Refuses a change of another state than the one that there is.
    pub(super) fn demand<T: Revised>(&self, there: &T) -> Result<(), ApiError> {
        match self.0.as_deref() {
            Some(asked) if asked != there.revision() => Err(ApiError::edited_meanwhile(T::WHAT, there)),
            _ => Ok(()),
        }
    }
}

/// A thing that people edit in a form, as it is shown.
pub(super) trait Revised: Serialize {
    /// The word for it in a refusal.
    const WHAT: &'static str;

    /// Its revision.
    fn revision(&self) -> &str;
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

    /// The header of a request with this one, or without one.
    fn header(tag: Option<&'static str>) -> IfMatch {
        IfMatch { tag: tag.map(HeaderValue::from_static) }
    }

    #[test]
    fn the_header_wins_over_the_body_and_stars_match_anything() {
        let asked = |tag, in_body: Option<&str>| header(tag).or(in_body.map(str::to_owned)).0;
        for (tag, in_body, expected) in [
            (None, None, None),
            (None, Some("ab"), Some("ab")),
            (None, Some("*"), None),
            (Some("\"cd\""), Some("ab"), Some("cd")),
            (Some(" cd "), None, Some("cd")),
            (Some("*"), Some("ab"), None),
        ] {
            assert_eq!(asked(tag, in_body).as_deref(), expected, "{tag:?}, {in_body:?}");
        }
        for (tag, takes_none) in
            [(None, true), (Some("*"), true), (Some("\"\""), true), (Some("\"ab\""), false)]
        {
            assert_eq!(header(tag).or(None).takes_none(), takes_none, "{tag:?}");
        }
        let unreadable = IfMatch { tag: Some(HeaderValue::from_bytes(b"\"\xe9\"").unwrap()) };
        assert!(unreadable.or(None).is_of_one(), "it is not for whatever there is");
    }

    #[test]
    fn tags_are_taken_verbatim_and_counts_only_quoted() {
        for (tag, is_of, counted) in [
            (None, true, None),
            (Some("*"), true, Some(None)),
            (Some("\"2\""), true, Some(Some(2))),
            (Some("\"3\""), false, Some(Some(3))),
            (Some("2"), false, Some(None)),
            (Some("W/\"2\""), false, Some(None)),
        ] {
            let header = header(tag);
            assert_eq!((header.is_of("\"2\""), header.counted()), (is_of, counted), "{tag:?}");
        }
    }
}
