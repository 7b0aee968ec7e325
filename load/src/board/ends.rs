//! How calls ended: what remained of a call after its hang-up, and for how long.

use super::{Board, CallNumber};
use crate::samples::Samples;

/// The ends of calls, each from its hang-up: the caller's FIN, or the event's bytes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Ends {
    /// To the last sound from the server; 0 if none arrived after it.
    pub(in super::super) sound_stopped: Samples,
    /// To the end of the provider's connection.
    pub(in super::super) provider_closed: Samples,
    /// To the later of both.
    pub(in super::super) both: Samples,
}

impl Board {
    /// Whether a call was hung up, and its connection to the provider is gone.
    pub(in super::super) fn is_over(&self, call: CallNumber) -> bool {
        let Some(state) = self.calls.get(usize::from(call.0)) else { return true };
        let talk = state.talk.and_then(|talk| self.talks.get(usize::from(talk.0)));
        state.hung_up_at.is_some() && talk.is_none_or(|talk| talk.closed_at.is_some())
    }

    /// The ends of calls that are completely gone. Each counts once.
    pub(in super::super) fn take_ends(&mut self) -> Ends {
        let mut ends = Ends::default();
        for call in &mut self.calls {
            let talk = call.talk.and_then(|talk| self.talks.get(usize::from(talk.0)));
            let closed_at = talk.and_then(|talk| talk.closed_at);
            let Some((closed_at, hung_up_at)) = closed_at.zip(call.hung_up_at) else { continue };
            call.talk = None;
            let closed = closed_at.saturating_duration_since(hung_up_at);
            let sound = call.sound_at.map(|at| at.saturating_duration_since(hung_up_at)).unwrap_or_default();
            ends.sound_stopped.record(sound);
            ends.provider_closed.record(closed);
            ends.both.record(closed.max(sound));
        }
        ends
    }
}
