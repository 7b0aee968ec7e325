//! The beginning of a stored call, as its assistant knew it.

use std::collections::BTreeMap;

use crate::custom_tool::OfferedTool;
use crate::event::{Announcement, Event, Fact, JournalEntry};
use crate::profile_variables::{CallerSaid, lead_variables};
use crate::voice_chain::DataRegion;

/// The facts that were known when a call began.
#[derive(Clone, Debug)]
pub struct Beginning<'a> {
    /// Region in which the words had to stay.
    pub must_stay_in: Option<DataRegion>,
    /// The words that the assistant was told about the call, if we made it.
    pub errand: Option<String>,
    /// The custom tools: those of the profile, and those of the list that the call was made from.
    pub tools: &'a [OfferedTool],
    announced: Option<&'a Announcement>,
    /// Facts about the called person, if we made the call.
    of_lead: Option<BTreeMap<String, String>>,
}

impl<'a> Beginning<'a> {
    /// Returns the beginning of the call with this journal; `None` if the journal does not contain it.
    pub fn of(journal: &'a [JournalEntry]) -> Option<Self> {
        let Event::Fact(Fact::CallStarted { profile, announced, dialled, begun, .. }) =
            &journal.first()?.event
        else {
            return None;
        };
        Some(Self {
            must_stay_in: profile.speech.must_stay_in,
            errand: dialled.as_ref().map(|dialled| dialled.errand(begun.is_some())),
            tools: &profile.custom_tools,
            announced: announced.as_ref(),
            of_lead: dialled.as_ref().map(|dialled| lead_variables(&dialled.variables)),
        })
    }

    /// Returns what the profile's variables were filled with; `None` if nothing was known.
    pub fn caller(&self) -> Option<CallerSaid<'_>> {
        match &self.of_lead {
            // The number that the called phone shows is ours, and nobody's who calls.
            Some(of_lead) => Some(CallerSaid { variables: Some(of_lead), ..CallerSaid::default() }),
            None => self.announced.map(CallerSaid::from),
        }
    }
}
