//! What the end of a call waits for, and where its caller goes then: a region of its own. What the call does about it is in `ending.rs`,
//! `teardown.rs` and `transfers.rs`.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::EffectId;
use cordboard_schema::time::UnixMs;

use super::transfers::Transfer;

/// How long it is waited for what is still told of a call that has ended: the words of what was said last take a second
/// or so.
const AFTERMATH_MS_MAX: u64 = 2_000;
/// How long a dialplan that asks what next waits for the leg's end to be seen here.
const NEXT_OWED_MS_MAX: u64 = 1_000;
/// How long the switch may take to say that the channel is gone.
const TEARDOWN_MS_MAX: u64 = 2_000;
/// How long a switch may take to look at a place; it takes some ms, and gives up by itself after 2 s.
const LOOK_MS_MAX: u64 = 3_000;

/// The end of the call, and what it waits for then.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Closing {
    /// How long the rest of its transcript is waited for.
    aftermath: Option<UnixMs>,
    /// How long the switch may take to end the channel.
    teardown_until: Option<UnixMs>,
    /// The dialplan goes on there once the call is over.
    next: NextStep,
    /// A dialplan asked while the leg still seemed alive: when it must have an answer.
    next_owed_by: Option<UnixMs>,
    /// A place that the caller is to be sent to is being looked at.
    looked_at: Option<PlaceCheck>,
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

    /// Where the dialplan goes on.
    pub(super) fn next(&self) -> &NextStep {
        &self.next
    }

    /// The rest of the transcript is waited for, from when that was first so.
    pub(super) fn await_transcript(&mut self, now: UnixMs) {
        self.aftermath.get_or_insert(now + AFTERMATH_MS_MAX);
    }

    /// It is written, or nobody tells any more what it lacks.
    pub(super) fn transcript_is_over(&mut self) {
        self.aftermath = None;
    }

    pub(super) fn transcript_awaited_until(&self) -> Option<UnixMs> {
        self.aftermath
    }

    /// The switch was told to end the channel, or to send its caller on.
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

    /// A dialplan asks what next, and can't be told yet: its first question counts.
    pub(super) fn owe_next(&mut self, now: UnixMs) {
        self.next_owed_by.get_or_insert(now + NEXT_OWED_MS_MAX);
    }

    /// It is answered now. Says whether one waits.
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
        self.looked_at = Some(PlaceCheck { effect, transfer, until: now + LOOK_MS_MAX });
    }

    /// It has looked. Says for which transfer, where it is the one that waits for that.
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
    fn the_first_question_and_the_first_line_that_lacks_set_the_time() {
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
