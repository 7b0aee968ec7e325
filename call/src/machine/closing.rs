//! The events that the end of a call waits for, and its caller's next step: a region of its own. `ending.rs`, `teardown.rs` and
//! `transfers.rs` have the call's actions about it.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::EffectId;
use cordboard_schema::time::UnixMs;

use super::transfers::Transfer;

/// Time that an ended call waits for late reports, in ms: the transcript of the last words takes a second or so.
const AFTERMATH_MS_MAX: u64 = 2_000;
/// Time that a dialplan's question for the next step waits until the leg's end is seen here, in ms.
const NEXT_OWED_MS_MAX: u64 = 1_000;
/// Time that the switch may take to report that the channel is gone, in ms.
const TEARDOWN_MS_MAX: u64 = 2_000;
/// Time that a switch may take to look at a place, in ms; it takes some ms, and gives up by itself after 2 s.
const LOOK_MS_MAX: u64 = 3_000;

/// The end of the call, and the events that it waits for then.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Closing {
    /// Deadline for the rest of its transcript.
    aftermath: Option<UnixMs>,
    /// Deadline for the switch to end the channel.
    teardown_until: Option<UnixMs>,
    /// The dialplan goes on there once the call is over.
    next: NextStep,
    /// A dialplan asked while the leg still seemed alive: when it must have an answer.
    next_owed_by: Option<UnixMs>,
    /// A place that the caller is to be sent to is being looked at. In a box: each call is copied at each of its steps.
    looked_at: Option<Box<PlaceCheck>>,
    /// The switch ends the caller's call by itself, once it has done what it was answered.
    ends_by_document: bool,
}

/// A transfer whose place is being looked at.
#[derive(Clone, Debug, PartialEq)]
struct PlaceCheck {
    effect: EffectId,
    transfer: Transfer,
    until: UnixMs,
}

impl Closing {
    /// The call ends, and its dialplan goes on there.
    pub(super) fn goes_on_at(&mut self, next: NextStep) {
        self.next = next;
    }

    /// The dialplan's next step.
    pub(super) fn next(&self) -> &NextStep {
        &self.next
    }

    /// The rest of the transcript is waited for, from when that was first so.
    pub(super) fn await_transcript(&mut self, now: UnixMs) {
        self.aftermath.get_or_insert(now + AFTERMATH_MS_MAX);
    }

    /// It is written, or nobody reports its missing parts any more.
    pub(super) fn transcript_is_over(&mut self) {
        self.aftermath = None;
    }

    pub(super) fn transcript_awaited_until(&self) -> Option<UnixMs> {
        self.aftermath
    }

    /// The switch was ordered to end the channel, or to send its caller on.
    pub(super) fn teardown_begins(&mut self, now: UnixMs) {
        self.teardown_until = Some(now + TEARDOWN_MS_MAX);
    }

    /// It has, or is not waited for any longer.
    pub(super) fn teardown_is_over(&mut self) {
        self.teardown_until = None;
    }

    pub(super) fn is_tearing_down(&self) -> bool {
        self.teardown_until.is_some()
    }

    pub(super) fn teardown_until(&self) -> Option<UnixMs> {
        self.teardown_until
    }

    /// A dialplan asks for the next step, and can't get it yet: its first question counts.
    pub(super) fn owe_next(&mut self, now: UnixMs) {
        self.next_owed_by.get_or_insert(now + NEXT_OWED_MS_MAX);
    }

    /// It is answered now. Returns whether one waits.
    pub(super) fn answers_owed_next(&mut self) -> bool {
        self.next_owed_by.take().is_some()
    }

    pub(super) fn next_owed_by(&self) -> Option<UnixMs> {
        self.next_owed_by
    }

    /// The process died, and with it the connection of a dialplan that waits.
    pub(super) fn process_died(&mut self) {
        self.next_owed_by = None;
    }

    /// The switch looks at the place of this transfer.
    pub(super) fn look_at(&mut self, effect: EffectId, transfer: Transfer, now: UnixMs) {
        self.looked_at = Some(Box::new(PlaceCheck { effect, transfer, until: now + LOOK_MS_MAX }));
    }

    /// It has looked. Says for which transfer, if it is the one that waits for that.
    pub(super) fn has_looked(&mut self, effect: EffectId) -> Option<Transfer> {
        self.looked_at.take_if(|looked_at| looked_at.effect == effect).map(|looked_at| looked_at.transfer)
    }

    /// It is not waited for any more. Says for which transfer it was.
    pub(super) fn looks_no_more(&mut self) -> Option<(EffectId, Transfer)> {
        self.looked_at.take().map(|looked_at| (looked_at.effect, looked_at.transfer))
    }

    /// Until when a place is looked at, and under which number.
    pub(super) fn looks_until(&self) -> Option<(UnixMs, EffectId)> {
        self.looked_at.as_ref().map(|looked_at| (looked_at.until, looked_at.effect))
    }

    /// The switch was answered that it ends the caller's call, or has ended it.
    pub(super) fn ends_by_document(&mut self) {
        self.ends_by_document = true;
    }

    pub(super) fn is_ended_by_document(&self) -> bool {
        self.ends_by_document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_question_and_first_missing_line_set_the_time() {
        let mut closing = Closing::default();
        for at in [UnixMs(10), UnixMs(20)] {
            closing.owe_next(at);
            closing.await_transcript(at);
        }
        assert_eq!(closing.next_owed_by(), Some(UnixMs(10) + NEXT_OWED_MS_MAX));
        assert_eq!(closing.transcript_awaited_until(), Some(UnixMs(10) + AFTERMATH_MS_MAX));
        assert!(closing.answers_owed_next() && !closing.answers_owed_next(), "it is answered once");
    }
}
