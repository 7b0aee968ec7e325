//! The things that the end of a call waits for, and its caller's next step: a region of its own. What the call does about it is in `ending.rs`,
//! `teardown.rs` and `transfers.rs`.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::EffectId;
use cordboard_schema::time::UnixMs;

use super::transfers::Transfer;

/// How long an ended call waits for late reports, in ms. The transcript of the last words takes about a second.
const AFTERMATH_MS_MAX: u64 = 2_000;
/// How long a dialplan's request for the next step waits until the end of the leg is seen here, in ms.
const NEXT_ANSWER_MS_MAX: u64 = 1_000;
/// How long the switch may take to report that the channel is gone, in ms.
const TEARDOWN_MS_MAX: u64 = 2_000;
/// How long a switch may take to check a place, in ms. It usually takes a few ms, and gives up by itself after 2 s.
const PLACE_CHECK_MS_MAX: u64 = 3_000;

/// The end of the call, and what it waits for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Closing {
    /// Deadline for the rest of its transcript.
    aftermath: Option<UnixMs>,
    /// Deadline for the switch to end the channel.
    teardown_until: Option<UnixMs>,
    /// The place at which the dialplan goes on once the call is over.
    next: NextStep,
    /// A dialplan has asked while the leg still seemed alive: when it must have an answer.
    next_due_by: Option<UnixMs>,
    /// The check of a place that the caller is to be sent to. Boxed, because each call is copied at each of its steps.
    place_check: Option<Box<PlaceCheck>>,
    /// The switch ends the caller's call by itself, once it has carried out our answer.
    ends_by_document: bool,
}

/// A transfer whose place is being checked.
#[derive(Clone, Debug, PartialEq)]
struct PlaceCheck {
    effect: EffectId,
    transfer: Transfer,
    until: UnixMs,
}

impl Closing {
    /// Sets where the dialplan goes on after the call.
    pub(super) fn set_next(&mut self, next: NextStep) {
        self.next = next;
    }

    /// Returns the dialplan's next step.
    pub(super) fn next(&self) -> &NextStep {
        &self.next
    }

    /// Starts waiting for the rest of the transcript, unless the call already waits.
    pub(super) fn await_transcript(&mut self, now: UnixMs) {
        self.aftermath.get_or_insert(now + AFTERMATH_MS_MAX);
    }

    /// The transcript is complete, or its missing parts won't be reported any more.
    pub(super) fn transcript_is_over(&mut self) {
        self.aftermath = None;
    }

    pub(super) fn transcript_awaited_until(&self) -> Option<UnixMs> {
        self.aftermath
    }

    /// The switch was ordered to end the channel or to send its caller on.
    pub(super) fn teardown_begins(&mut self, now: UnixMs) {
        self.teardown_until = Some(now + TEARDOWN_MS_MAX);
    }

    /// The switch has done so, or is no longer awaited.
    pub(super) fn teardown_is_over(&mut self) {
        self.teardown_until = None;
    }

    pub(super) fn is_tearing_down(&self) -> bool {
        self.teardown_until.is_some()
    }

    pub(super) fn teardown_until(&self) -> Option<UnixMs> {
        self.teardown_until
    }

    /// A dialplan asks for the next step before it is known. The first request sets the deadline.
    pub(super) fn await_next(&mut self, now: UnixMs) {
        self.next_due_by.get_or_insert(now + NEXT_ANSWER_MS_MAX);
    }

    /// The request is answered now. Returns whether one was waiting.
    pub(super) fn take_awaited_next(&mut self) -> bool {
        self.next_due_by.take().is_some()
    }

    pub(super) fn next_due_by(&self) -> Option<UnixMs> {
        self.next_due_by
    }

    /// The process died, and with it the connection of a waiting dialplan.
    pub(super) fn process_died(&mut self) {
        self.next_due_by = None;
    }

    /// The switch checks the place of this transfer.
    pub(super) fn begin_place_check(&mut self, effect: EffectId, transfer: Transfer, now: UnixMs) {
        self.place_check = Some(Box::new(PlaceCheck { effect, transfer, until: now + PLACE_CHECK_MS_MAX }));
    }

    /// The check is done. Returns its transfer if it is the one that waits.
    pub(super) fn take_place_check(&mut self, effect: EffectId) -> Option<Transfer> {
        self.place_check
            .take_if(|place_check| place_check.effect == effect)
            .map(|place_check| place_check.transfer)
    }

    /// Stops waiting for the check. Returns which transfer it was for.
    pub(super) fn cancel_place_check(&mut self) -> Option<(EffectId, Transfer)> {
        self.place_check.take().map(|place_check| (place_check.effect, place_check.transfer))
    }

    /// Returns the deadline of the current check, and its number.
    pub(super) fn place_check_until(&self) -> Option<(UnixMs, EffectId)> {
        self.place_check.as_ref().map(|place_check| (place_check.until, place_check.effect))
    }

    /// The switch was told to end the caller's call, or has ended it.
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
    fn the_first_question_and_missing_line_set_the_deadlines() {
        let mut closing = Closing::default();
        for at in [UnixMs(10), UnixMs(20)] {
            closing.await_next(at);
            closing.await_transcript(at);
        }
        assert_eq!(closing.next_due_by(), Some(UnixMs(10) + NEXT_ANSWER_MS_MAX));
        assert_eq!(closing.transcript_awaited_until(), Some(UnixMs(10) + AFTERMATH_MS_MAX));
        assert!(closing.take_awaited_next() && !closing.take_awaited_next(), "it is answered once");
    }
}
