//! Customers who are likely the same person, and the result of merging two of them.
//!
//! [`known_caller`](crate::known_caller) decides which callers are the same person without asking: by the number only. This
//! module only proposes; a user decides.

mod search;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use search::{Candidate, doubles};

use crate::customer::Customer;
use crate::limits::{CUSTOMER_NUMBERS_MAX, NOTES_CHARS_MAX, TAGS_MAX};
use crate::time::UnixMs;

/// Sign that two customers are the same person, most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// A number of one was given in a lead, an appointment or a callback of the other.
    Number,
    /// They have the same e-mail address.
    Email,
    /// They have the same name, or nearly so.
    Name,
}

/// A field for which one of two values is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MergeField {
    /// The name.
    Name,
    /// The main number; the other one becomes a further number.
    Phone,
    /// The e-mail address.
    Email,
    /// Address.
    Address,
    /// The language.
    Language,
}

/// Which notes are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MergeNotes {
    /// The notes of both, one after the other.
    #[default]
    Both,
    /// The notes of the customer who is kept.
    Kept,
    /// The notes of the customer who is removed.
    Other,
}

/// Why two customers can't be merged as requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotMerge {
    /// They are the same customer.
    #[error("must be another customer")]
    Same,
    /// Their notes together are too long.
    #[error("of both are longer than {NOTES_CHARS_MAX} characters: choose the notes of one")]
    NotesTooLong,
    /// They have too many numbers together.
    #[error("of both are more than {CUSTOMER_NUMBERS_MAX} and the main number: remove some first")]
    TooManyNumbers,
}

impl CannotMerge {
    /// Returns the invalid field.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Same => "other_id",
            Self::NotesTooLong => "notes",
            Self::TooManyNumbers => "other_numbers",
        }
    }
}

/// Returns the merged customer. A value that one of them does not have is the other's. If they differ in a permission or in
/// trust, the stricter value is kept: a customer who opted out of text messages stays opted out, and one who was not verified
/// stays unverified.
///
/// # Errors
/// They can't be merged as requested.
pub fn merged(
    kept: &Customer,
    other: &Customer,
    (from_other, notes): (&[MergeField], MergeNotes),
    at: UnixMs,
) -> Result<Customer, CannotMerge> {
    if kept.id == other.id {
        return Err(CannotMerge::Same);
    }
    let one_of = |field: MergeField, kept: &str, other: &str| {
        let takes_other = kept.is_empty() || from_other.contains(&field) && !other.is_empty();
        if takes_other { other } else { kept }.to_owned()
    };
    let mut one = kept.clone();
    one.name = one_of(MergeField::Name, &kept.name, &other.name);
    one.email = one_of(MergeField::Email, &kept.email, &other.email);
    one.address = one_of(MergeField::Address, &kept.address, &other.address);
    one.language = one_of(MergeField::Language, &kept.language, &other.language);
    let phones = [kept.phone.clone(), other.phone.clone()];
    let [first, second] = phones;
    one.phone = match from_other.contains(&MergeField::Phone) {
        true => second.or(first),
        false => first.or(second),
    };
    one.other_numbers = kept.numbers().chain(other.numbers()).cloned().collect();
    one.tidy_numbers();
    if one.other_numbers.len() > CUSTOMER_NUMBERS_MAX {
        return Err(CannotMerge::TooManyNumbers);
    }
    one.notes = match notes {
        MergeNotes::Kept => kept.notes.clone(),
        MergeNotes::Other => other.notes.clone(),
        MergeNotes::Both if kept.notes.is_empty() || kept.notes == other.notes => other.notes.clone(),
        MergeNotes::Both if other.notes.is_empty() => kept.notes.clone(),
        MergeNotes::Both => format!("{}\n\n{}", kept.notes, other.notes),
    };
    if one.notes.chars().count() > NOTES_CHARS_MAX {
        return Err(CannotMerge::NotesTooLong);
    }
    for tag in &other.tags {
        if one.tags.len() < TAGS_MAX && !one.tags.contains(tag) {
            one.tags.push(tag.clone());
        }
    }
    one.sms_opted_out = kept.sms_opted_out || other.sms_opted_out;
    one.verified = kept.verified && other.verified;
    one.created_at = kept.created_at.min(other.created_at);
    one.updated_at = kept.updated_at.max(other.updated_at).next_change(at);
    Ok(one)
}
