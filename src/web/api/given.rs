//! Rules for values that clients give. All faults are reported at once, as a form shows them.

use chrono::{DateTime, Utc};
use cordboard_schema::limits::SET_TIME_MS_MAX;
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::time::UnixMs;

use crate::web::problem::{ApiError, Fault};

/// Requirement of [`is_sane_time`].
pub(super) const SANE_TIMES: &str = "must be between the years 1970 and 2200";

/// Whether people can mean this time: others are mistakes, and some have no place in a database.
pub(super) fn is_sane_time(at: DateTime<Utc>) -> bool {
    (0..SET_TIME_MS_MAX).contains(&UnixMs::from(at).0)
}

/// The time of a filter: in place of one that people can't mean, the nearest one that they can. No row is beyond it.
pub(super) fn nearest_sane_time(at: DateTime<Utc>) -> UnixMs {
    UnixMs(UnixMs::from(at).0.clamp(0, SET_TIME_MS_MAX))
}

/// Faults that were found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// The value of this name must hold to a rule.
    pub(super) fn demand(&mut self, holds: bool, field: &'static str, reason: impl Into<String>) {
        if !holds {
            self.0.push(Fault::of(field, reason));
        }
    }

    /// A text, where one is given.
    pub(super) fn text(&mut self, field: &'static str, text: Option<&str>, chars_max: usize, lines: Lines) {
        if let Some(reason) = text.and_then(|text| text_fault(text, chars_max, lines)) {
            self.0.push(Fault::of(field, reason));
        }
    }

    /// A text that may not be empty, where one is given.
    pub(super) fn title(&mut self, field: &'static str, text: Option<&str>, chars_max: usize) {
        self.text(field, text, chars_max, Lines::One);
        self.demand(text.is_none_or(|text| !text.trim().is_empty()), field, "must not be empty");
    }

    /// A time, where one is given.
    pub(super) fn time(&mut self, field: &'static str, at: Option<DateTime<Utc>>) {
        self.demand(at.is_none_or(is_sane_time), field, SANE_TIMES);
    }

    /// All of it, as a list.
    pub(super) fn into_list(self) -> Vec<Fault> {
        self.0
    }

    /// Nothing, where nothing was wrong.
    pub(super) fn told(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.0)) }
    }
}
