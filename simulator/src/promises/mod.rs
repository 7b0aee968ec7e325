//! The promises, one file each. Each checks the evidence of a finished world, and knows nothing of the server except its documentation, its journals
//! and its rows.

mod awaited;
mod barge_in;
mod bookings;
mod cache;
mod consults;
mod decisions;
mod endings;
mod figures;
mod followers;
mod heard;
mod holds;
mod journal;
mod killed;
mod leads;
mod live_views;
mod mails;
mod networks;
mod numbers;
mod once;
mod ordered;
mod organizations;
mod own_sound;
mod people;
mod phones;
mod recording_files;
mod recordings;
mod records;
mod return_of_callers;
mod ringing;
mod silence;
mod spoken;
mod stand;
mod supervision;
mod suppressed;
mod switch;
mod take_overs;
mod texts;
mod told;
mod webhooks;

use std::fmt;

use crate::evidence::Evidence;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The promise.
    pub promise: &'static str,
    /// The party to whom it was made.
    pub whose: String,
    /// How it was broken.
    pub how: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.promise, self.whose, self.how)
    }
}

/// Collects the complaints of a promise.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<Broken>);

impl Complaints {
    pub(crate) fn add(&mut self, promise: &'static str, whose: impl fmt::Display, how: impl Into<String>) {
        let mut how = how.into();
        if how.len() > 1_500 {
            let cut = (0..=1_500).rev().find(|at| how.is_char_boundary(*at)).unwrap_or_default();
            how.truncate(cut);
        }
        self.0.push(Broken { promise, whose: whose.to_string(), how });
    }
}

/// Returns every broken promise.
#[must_use]
pub fn broken(evidence: &Evidence) -> Vec<Broken> {
    let mut complaints = Complaints::default();
    for check in [
        journal::check,
        decisions::check,
        once::check,
        endings::check,
        organizations::check,
        numbers::check,
        return_of_callers::check,
        awaited::check,
        ringing::check,
        silence::check,
        heard::check,
        own_sound::check,
        killed::check,
        spoken::check,
        stand::check,
        barge_in::check,
        holds::check,
        switch::check,
        ordered::check,
        phones::check,
        followers::check,
        live_views::check,
        webhooks::check,
        recordings::check,
        recording_files::check,
        mails::check,
        cache::check,
        networks::check,
        texts::check,
        suppressed::check,
        bookings::check,
        leads::check,
        records::check,
        figures::check,
        supervision::check,
        take_overs::check,
        consults::check,
    ] {
        check(evidence, &mut complaints);
    }
    complaints.0
}
