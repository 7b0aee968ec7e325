//! Conversions between values and columns.

use chrono::NaiveDateTime;
use cordboard_schema::composed::composed;
use cordboard_schema::time::UnixMs;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value that can't be stored in its column, or a column whose content can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{column}`: {reason}")]
pub struct BadRow {
    /// Table and column, such as `calls.state`.
    pub column: &'static str,
    /// The cause.
    pub reason: String,
}

impl BadRow {
    /// Returns a fault of a value.
    pub fn new(column: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { column, reason: reason.to_string() }
    }
}

/// Returns the word of a plain enum, as serde writes it.
pub(super) fn word(column: &'static str, value: &impl Serialize) -> Result<String, BadRow> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        Ok(other) => Err(BadRow::new(column, format_args!("{other} is no word"))),
        Err(fault) => Err(BadRow::new(column, fault)),
    }
}

/// Returns the enum that a word stands for.
pub(super) fn from_word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, BadRow> {
    serde_json::from_value(Value::String(word)).map_err(|fault| BadRow::new(column, fault))
}

pub(super) fn json(column: &'static str, value: &impl Serialize) -> Result<String, BadRow> {
    serde_json::to_string(value).map_err(|fault| BadRow::new(column, fault))
}

pub(super) fn from_json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, BadRow> {
    serde_json::from_str(text).map_err(|fault| BadRow::new(column, fault))
}

pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &'static str,
    text: &str,
) -> Result<T, BadRow> {
    text.parse().map_err(|fault| BadRow::new(column, format_args!("{text:?}: {fault}")))
}

pub(super) fn signed(column: &'static str, number: u64) -> Result<i64, BadRow> {
    i64::try_from(number).map_err(|fault| BadRow::new(column, fault))
}

pub(super) fn unsigned(column: &'static str, number: i64) -> Result<u64, BadRow> {
    u64::try_from(number).map_err(|fault| BadRow::new(column, fault))
}

/// Returns outside text in a form that both databases can store. PostgreSQL does not accept NUL, so it is replaced with U+FFFD.
pub fn text(from_outside: &str) -> String {
    from_outside.replace('\0', "\u{fffd}")
}

/// Returns outside text that is searched, in a form that both databases can store, with each letter as one character.
pub(super) fn composed_text(from_outside: &str) -> String {
    text(&composed(from_outside))
}

pub(super) fn naive(at: UnixMs) -> NaiveDateTime {
    at.to_utc().naive_utc()
}

pub(super) fn unix(at: NaiveDateTime) -> UnixMs {
    at.and_utc().into()
}
