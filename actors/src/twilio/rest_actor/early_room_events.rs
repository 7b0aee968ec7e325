//! What is told of a room before the person is called whose it is: the caller may be there first. Pure.

use std::collections::VecDeque;

use cordboard_schema::wire::twilio::ConferenceEvent;
use uuid::Uuid;

/// The most that is kept. A caller is in the room for milliseconds before the person is called; older ones are of people who
/// are gone.
const EARLY_MAX: usize = 256;

/// What was told early, oldest first.
#[derive(Debug, Default)]
pub(super) struct EarlyRoomEvents(VecDeque<(Uuid, ConferenceEvent)>);

impl EarlyRoomEvents {
    /// Keeps what is told of the room of somebody who is not called yet.
    pub(super) fn keep(&mut self, person: Uuid, event: ConferenceEvent) {
        if self.0.len() == EARLY_MAX {
            self.0.pop_front();
        }
        self.0.push_back((person, event));
    }

    /// What was told of this person's room, in the order in which it came.
    pub(super) fn take(&mut self, person: Uuid) -> Vec<ConferenceEvent> {
        let (theirs, others) = std::mem::take(&mut self.0).into_iter().partition(|(name, _)| *name == person);
        self.0 = others;
        let theirs: VecDeque<(Uuid, ConferenceEvent)> = theirs;
        theirs.into_iter().map(|(_, event)| event).collect()
    }
}
