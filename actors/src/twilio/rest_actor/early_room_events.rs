//! Reports about a room before its person was called: the caller may be there first. Pure.

use std::collections::VecDeque;

use cordboard_schema::wire::twilio::ConferenceEvent;
use uuid::Uuid;

/// The most reports that are kept. A caller is in the room for only milliseconds before the person is called; older reports are
/// about people who are gone.
const EARLY_MAX: usize = 256;

/// Early reports, oldest first.
#[derive(Debug, Default)]
pub(super) struct EarlyRoomEvents(VecDeque<(Uuid, ConferenceEvent)>);

impl EarlyRoomEvents {
    /// Keeps a report about the room of a person who was not called yet.
    pub(super) fn keep(&mut self, person: Uuid, event: ConferenceEvent) {
        if self.0.len() == EARLY_MAX {
            self.0.pop_front();
        }
        self.0.push_back((person, event));
    }

    /// Takes the reports about this person's room, in order of arrival.
    pub(super) fn take(&mut self, person: Uuid) -> Vec<ConferenceEvent> {
        let (theirs, others) = std::mem::take(&mut self.0).into_iter().partition(|(name, _)| *name == person);
        self.0 = others;
        let theirs: VecDeque<(Uuid, ConferenceEvent)> = theirs;
        theirs.into_iter().map(|(_, event)| event).collect()
    }
}
