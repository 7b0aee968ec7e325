//! Forms, as web pages send them.

use form_urlencoded::{Serializer, parse};

/// The fields of a form.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    parse(text.as_bytes()).into_owned().collect()
}

/// Fields as a form.
pub(crate) fn form_text(fields: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}
