//! Extensions: the people and places that calls may be transferred to, by name.

use serde::{Deserialize, Serialize};

use crate::dialplan::DialplanTarget;
use crate::ids::OrganizationId;

/// Maximum length of an extension's name, in characters.
pub const EXTENSION_NAME_CHARS_MAX: usize = 79;

/// Whether a text can be an extension's name: lower case letters, digits, `_` and `-`. A model, a key and a URL all write it in
/// the same way.
pub fn is_extension_name(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    (1..=EXTENSION_NAME_CHARS_MAX).contains(&text.len()) && text.chars().all(letters)
}

/// An extension that an organization has added to those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The name that keys, tools and users use; unique in the organization.
    pub name: String,
    /// Display title, such as `Sales, second floor`; may be empty.
    pub title: String,
    /// Its place in the dialplan.
    pub target: DialplanTarget,
}
