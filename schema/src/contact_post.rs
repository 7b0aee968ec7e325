//! The body of a request to a contact link: JSON, or a form as browsers send it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::limits::CONTACT_POST_FIELDS_MAX;

/// Forms that a body may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PostKind {
    /// JSON.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// Why a body can't be read. It does not contain the body's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPost {
    /// It is not JSON.
    #[error("is not as it must be: no JSON can be read at line {line}, column {column}")]
    NotJson {
        /// The line at which the JSON is not valid any more.
        line: usize,
        /// The column.
        column: usize,
    },
    /// It is not valid UTF-8.
    #[error("is not as it must be: it is no UTF-8")]
    NotUtf8,
    /// A form has too many fields.
    #[error("is not as it must be: a form has at most {CONTACT_POST_FIELDS_MAX} fields")]
    TooManyFields,
}

impl PostKind {
    /// Returns the form for a `Content-Type`, whose parameters are ignored; none for an unsupported type.
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            other if other.starts_with("application/") && other.ends_with("+json") => Some(Self::Json),
            _ => None,
        }
    }

    /// Parses a body. A form becomes an object of texts. A name that occurs several times, as for check boxes, has a list of
    /// them.
    ///
    /// # Errors
    /// [`BadPost`], as text that follows `body`.
    pub fn read(self, body: &[u8]) -> Result<Value, BadPost> {
        let text = std::str::from_utf8(body).map_err(|_| BadPost::NotUtf8)?;
        match self {
            Self::Json => serde_json::from_str(text)
                .map_err(|fault| BadPost::NotJson { line: fault.line(), column: fault.column() }),
            Self::Form => form(text),
        }
    }
}

fn form(text: &str) -> Result<Value, BadPost> {
    let mut fields = Map::new();
    for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
        if count == CONTACT_POST_FIELDS_MAX {
            return Err(BadPost::TooManyFields);
        }
        // It stands for bytes that are not text; nobody types it.
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            return Err(BadPost::NotUtf8);
        }
        let value = Value::String(value.into_owned());
        match fields.get_mut(&*name) {
            Some(Value::Array(all)) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                fields.insert(name.into_owned(), value);
            }
        }
    }
    Ok(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_json_and_forms_are_read() {
        for (kind, wanted) in [
            ("application/json", Some(PostKind::Json)),
            ("Application/JSON; charset=utf-8", Some(PostKind::Json)),
            ("application/cloudevents+json", Some(PostKind::Json)),
            ("application/x-www-form-urlencoded;charset=UTF-8", Some(PostKind::Form)),
            ("multipart/form-data; boundary=x", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(PostKind::of(kind), wanted, "{kind:?}");
        }
        assert_eq!(PostKind::Json.read(b"[{\"a\": 1}]"), Ok(json!([{ "a": 1 }])));
        assert_eq!(
            PostKind::Form.read(b"phone=%2B49+30&a=1&a=2&a=3&empty="),
            Ok(json!({ "phone": "+49 30", "a": ["1", "2", "3"], "empty": "" }))
        );
    }

    #[test]
    fn a_hostile_body_is_refused_and_not_shown() {
        let deep = "[".repeat(100_000);
        let long = "a=1&".repeat(CONTACT_POST_FIELDS_MAX + 1);
        for (kind, body, why) in [
            (PostKind::Json, deep.as_bytes(), "no JSON can be read at line 1"),
            (PostKind::Json, &b"{\"phone\": secret"[..], "no JSON can be read at line 1"),
            (PostKind::Json, &b"\"\xff\""[..], "no UTF-8"),
            (PostKind::Json, &b""[..], "no JSON can be read"),
            (PostKind::Form, &b"a=\xff"[..], "no UTF-8"),
            (PostKind::Form, &b"a=%ff"[..], "no UTF-8"),
            (PostKind::Form, long.as_bytes(), "a form has at most 500"),
        ] {
            let said = kind.read(body).unwrap_err().to_string();
            assert!(said.contains(why) && !said.contains("secret"), "{said}");
        }
        // A number of 40 digits is a number, and not a telephone number.
        let digits = PostKind::Json.read(format!("[{}]", "4".repeat(40)).as_bytes()).unwrap();
        assert!(digits[0].is_number());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (PostKind::Json.read(&bytes), PostKind::Form.read(&bytes));
        }
    }
}
