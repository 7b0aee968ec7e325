//! Rules for values from clients. All faults are reported at once, as a form shows them.

use chrono::{DateTime, Utc};
use cordboard_schema::limits::SET_TIME_MS_MAX;
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::time::UnixMs;

use crate::web::problem::{ApiError, Fault};

/// Requirement of [`is_sane_time`].
pub(super) const SANE_TIMES: &str = "must be between the years 1970 and 2200";

/// Whether a person can mean this time: others are mistakes, and a database can't store some of them.
pub(super) fn is_sane_time(at: DateTime<Utc>) -> bool {
    (0..SET_TIME_MS_MAX).contains(&UnixMs::from(at).0)
}

/// The time of a filter. A time that nobody can mean is replaced by the nearest valid one; no row is beyond it.
pub(super) fn nearest_sane_time(at: DateTime<Utc>) -> UnixMs {
    UnixMs(UnixMs::from(at).0.clamp(0, SET_TIME_MS_MAX))
}

/// Faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault unless the value with this name satisfies a rule.
    pub(super) fn demand(&mut self, holds: bool, field: &'static str, reason: impl Into<String>) {
        if !holds {
            self.0.push(Fault::of(field, reason));
        }
    }

    /// Checks a text, if given.
    pub(super) fn text(&mut self, field: &'static str, text: Option<&str>, chars_max: usize, lines: Lines) {
        if let Some(reason) = text.and_then(|text| text_fault(text, chars_max, lines)) {
            self.0.push(Fault::of(field, reason));
        }
    }

    /// Checks a text that must not be empty, if given.
    pub(super) fn title(&mut self, field: &'static str, text: Option<&str>, chars_max: usize) {
        self.text(field, text, chars_max, Lines::One);
        self.demand(text.is_none_or(|text| !text.trim().is_empty()), field, "must not be empty");
    }

    /// Checks a time, if given.
    pub(super) fn time(&mut self, field: &'static str, at: Option<DateTime<Utc>>) {
        self.demand(at.is_none_or(is_sane_time), field, SANE_TIMES);
    }

    /// All faults as a list.
    pub(super) fn into_list(self) -> Vec<Fault> {
        self.0
    }

    /// Fails if there are faults.
    pub(super) fn into_result(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.0)) }
    }
}
