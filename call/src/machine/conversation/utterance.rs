//! One utterance of the assistant.

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::heard_part;
use crate::machine::participants::Who;

/// One utterance of the assistant, until it is both complete and played.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::machine) struct Utterance {
    pub(in crate::machine) item: ItemId,
    pub(in crate::machine) line: Option<Line>,
    pub(super) begun_at: UnixMs,
    /// Its text and length in ms, once its speaker has reported them.
    pub(super) complete: Option<(String, u64)>,
    /// When that was reported.
    pub(super) complete_at: Option<UnixMs>,
    /// How many ms were heard and how it ended, once the ear has reported it.
    pub(in crate::machine) played: Option<(u64, PlayedEnd)>,
    /// Its speaker is gone. An ear reports by this time or never how much was heard.
    pub(in crate::machine) heard_by: Option<UnixMs>,
    /// Cut short by the caller, not by us.
    pub(in crate::machine) barged_in: bool,
    /// The person it is whispered to, if it is not for the caller.
    pub(in crate::machine) whispered_to: Option<Who>,
}

/// Reports of an assistant within this time, in ms, belong to the same moment.
pub(super) const SAME_MOMENT_MS: u64 = 50;

impl Utterance {
    pub(super) fn begun(item: ItemId, whispered_to: Option<Who>, begun_at: UnixMs) -> Self {
        Self {
            item,
            line: None,
            begun_at,
            complete: None,
            complete_at: None,
            played: None,
            heard_by: None,
            barged_in: false,
            whispered_to,
        }
    }

    /// Whether it is completely reported.
    pub(super) fn is_known(&self) -> bool {
        self.complete.is_some() && self.played.is_some()
    }

    /// Returns the words that were heard, for how many ms, and how it ended, once it is completely reported.
    pub(super) fn heard(&self) -> Option<(&str, u64, PlayedEnd)> {
        let ((text, audio_ms), (heard_ms, end)) = (self.complete.as_ref()?, self.played?);
        Some((heard_part(text, heard_ms, *audio_ms, end), heard_ms, end))
    }

    /// Its speaker is gone. If the whole utterance is already on its way to the caller's ear, the ear has still to report how much was
    /// heard. In all other cases no report will come: it was never finished, has no sound, was reported already, or was whispered to a
    /// person.
    pub(super) fn lost_its_speaker(&mut self, heard_by: UnixMs) {
        let is_in_an_ear = self.played.is_none() && self.whispered_to.is_none();
        match self.complete {
            Some((_, audio_ms)) if audio_ms > 0 && is_in_an_ear => {
                self.heard_by = self.heard_by.or(Some(heard_by));
            }
            _ => self.settle(0),
        }
    }

    /// Its speaker is ordered to stop, and may still report its text. An ear reports how much was heard if any sound was on its way to the
    /// caller. No ear knows of words without sound. A whisper is settled when another assistant begins.
    pub(super) fn is_stopped(&mut self, heard_by: UnixMs) {
        if self.played.is_none() && self.whispered_to.is_none() {
            self.heard_by = self.heard_by.or(Some(heard_by));
        }
    }

    /// Returns until when an ear may report it, if its speaker is gone and no ear has reported it yet.
    pub(super) fn awaited_until(&self) -> Option<UnixMs> {
        self.heard_by.filter(|_| self.played.is_none())
    }

    /// Settles it: no further report will come. At most `heard_ms` of it were played.
    pub(super) fn settle(&mut self, heard_ms: u64) {
        let (_, audio_ms) = self.complete.get_or_insert((String::new(), 0));
        let end =
            if heard_ms >= *audio_ms && *audio_ms > 0 { PlayedEnd::Finished } else { PlayedEnd::Cleared };
        self.played.get_or_insert((heard_ms.min(*audio_ms), end));
    }

    /// Whether it asks for a moment's patience, or is a sound without words.
    pub(in crate::machine) fn is_comfort(&self) -> bool {
        let has_no_words = self.complete.as_ref().is_some_and(|(text, _)| text.trim().is_empty());
        self.line == Some(Line::OneMoment) || (self.line.is_none() && has_no_words)
    }

    /// Whether it is an answer to the caller, not just a word that passes the time, and they have not cut it short.
    pub(in crate::machine) fn answers(&self) -> bool {
        self.whispered_to.is_none() && !self.barged_in && !self.is_comfort()
    }

    /// Whether the assistant chose the words itself and the caller has not interrupted them.
    pub(super) fn is_own_words(&self) -> bool {
        let said_something = self.complete.as_ref().is_none_or(|(text, _)| !text.trim().is_empty());
        self.line.is_none() && self.whispered_to.is_none() && !self.barged_in && said_something
    }
}
