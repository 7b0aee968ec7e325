//! Revisions of things that people edit in a form: a client that saves a thing is told if somebody else has changed it meanwhile.
//!
//! A revision is derived from what is shown, so nothing has to be counted: if two states look the same, no change is lost.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};
use cordboard_schema::hex::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::problem::ApiError;

/// Characters of a revision: enough that no two states of a thing have the same by chance.
const CHARS: usize = 16;

/// The revision of a thing in this view. The view's own revision must be empty.
pub(super) fn of(shown: &impl Serialize) -> String {
    let text = serde_json::to_vec(shown).unwrap_or_default();
    hex(Sha256::digest(text)).chars().take(CHARS).collect()
}

/// The `ETag` of a thing in this view, for a thing whose view has no revision.
pub(super) fn tag(shown: &impl Serialize) -> String {
    format!("\"{}\"", of(shown))
}

/// Text for the API's document about the refusal of an outdated change, before other reasons for the same status.
macro_rules! edited_meanwhile {
    ($($other:literal)?) => {
        concat!(
            "Somebody has changed it since that revision (`edited_meanwhile`; `current` is its present state)"
            $(, ", or ", $other)?
        )
    };
}
pub(super) use edited_meanwhile;

/// The header of a change that names the revision that it is based on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfMatch {
    /// Revision that this change is based on, in quotation marks; any if left out.
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
    /// The revision that a request is based on, from this header or its body.
    pub(super) fn or(self, in_body: Option<String>) -> Asked {
        // A header that can't be read matches no revision.
        let header = self.tag.as_ref().map(|tag| String::from_utf8_lossy(tag.as_bytes()));
        let header = header.map(|tag| tag.trim().trim_matches('"').to_owned());
        Asked(header.or(in_body).filter(|revision| revision != "*"))
    }

    /// Whether a request has the header.
    pub(super) const fn is_given(&self) -> bool {
        self.tag.is_some()
    }

    /// Whether a request is based on the state with this `ETag`; without the header it accepts any.
    pub(super) fn is_of(&self, tag: &str) -> bool {
        let Some(asked) = &self.tag else { return true };
        let asked = asked.as_bytes().trim_ascii();
        asked == b"*" || asked == tag.as_bytes()
    }

    /// The number in the header, for a thing that counts its changes; the inner `None` if it is not a number in quotation marks.
    pub(super) fn counted(&self) -> Option<Option<u64>> {
        self.tag.as_ref().map(|tag| {
            let tag = tag.to_str().ok()?.trim();
            tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
        })
    }
}

/// The revision that a request is based on; `None` if it accepts any.
#[derive(Debug)]
pub(super) struct Asked(Option<String>);

impl Asked {
    /// Whether the request names a revision.
    pub(super) const fn is_of_one(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the request accepts a thing that does not exist: an empty revision means that there was none, any other that there was one.
    pub(super) fn accepts_missing(&self) -> bool {
        self.0.as_deref().is_none_or(str::is_empty)
    }

    /// Refuses a change that is based on another revision than the present one.
    pub(super) fn demand<T: Revised>(&self, there: &T) -> Result<(), ApiError> {
        match self.0.as_deref() {
            Some(asked) if asked != there.revision() => Err(ApiError::edited_meanwhile(T::WHAT, there)),
            _ => Ok(()),
        }
    }
}

/// A view of a thing that people edit in a form.
pub(super) trait Revised: Serialize {
    /// The name of the thing in a refusal.
    const WHAT: &'static str;

    /// Its revision.
    fn revision(&self) -> &str;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_views_have_equal_revisions() {
        let one = serde_json::json!({ "name": "sales", "revision": "" });
        assert_eq!(of(&one), of(&one.clone()));
        assert_eq!(of(&one).len(), CHARS);
        assert_ne!(of(&one), of(&serde_json::json!({ "name": "support", "revision": "" })));
    }

    /// The header of a request with this tag, or without one.
    fn header(tag: Option<&'static str>) -> IfMatch {
        IfMatch { tag: tag.map(HeaderValue::from_static) }
    }

    #[test]
    fn the_header_overrides_the_body_and_a_star_matches_anything() {
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
        for (tag, accepts_missing) in
            [(None, true), (Some("*"), true), (Some("\"\""), true), (Some("\"ab\""), false)]
        {
            assert_eq!(header(tag).or(None).accepts_missing(), accepts_missing, "{tag:?}");
        }
        let unreadable = IfMatch { tag: Some(HeaderValue::from_bytes(b"\"\xe9\"").unwrap()) };
        assert!(unreadable.or(None).is_of_one(), "it does not accept any revision");
    }

    #[test]
    fn tags_are_read_verbatim_and_counts_only_quoted() {
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
