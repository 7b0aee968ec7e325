//! Callers who were refused. A dialplan announces a caller and connects them: a caller who is refused both times counts once.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::OutsideId;

use super::newest::Newest;

/// The most names that are remembered. A dialplan connects within seconds of its announcement.
const NAMES_MAX: usize = 256;

/// Recent refusals by party, and their total number.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    newest: Newest<OutsideId, NAMES_MAX>,
    callers: u64,
}

impl Refusals {
    /// Notes a refusal. Returns whether it is the first for this caller.
    pub(super) fn note(&mut self, outside_id: &OutsideId) -> bool {
        if self.newest.contains(outside_id) {
            return false;
        }
        self.newest.push(outside_id.clone());
        self.callers += 1;
        true
    }

    /// Whether this caller was refused recently.
    pub(super) fn has(&self, outside_id: &OutsideId) -> bool {
        self.newest.contains(outside_id)
    }

    /// Callers refused since the start.
    pub(super) fn callers(&self) -> u64 {
        self.callers
    }
}

/// Callers for whom there was no profile, and where they go instead. The newest are remembered.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    newest: Newest<(OutsideId, NextStep), NAMES_MAX>,
    callers: u64,
}

impl Unanswered {
    /// Notes a caller, once.
    pub(super) fn note(&mut self, outside_id: OutsideId, next: NextStep) {
        if self.next_of(&outside_id).is_some() {
            return;
        }
        self.newest.push((outside_id, next));
        self.callers += 1;
    }

    /// Forgets a caller who is answered after all: the end of that call has its own next step.
    pub(super) fn forget(&mut self, outside_id: &OutsideId) {
        self.newest.retain(|(name, _)| name != outside_id);
    }

    /// The next step of this caller, if it is one of them.
    pub(super) fn next_of(&self, outside_id: &OutsideId) -> Option<&NextStep> {
        self.newest.iter().find(|(name, _)| name == outside_id).map(|(_, next)| next)
    }

    /// Number of callers since the start.
    pub(super) fn callers(&self) -> u64 {
        self.callers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_caller_counts_once_and_the_oldest_is_forgotten() {
        let id = |number: usize| OutsideId::audiosocket(Uuid::from_u128(number as u128));
        let mut refusals = Refusals::default();
        assert!(refusals.note(&id(0)));
        assert!(!refusals.note(&id(0)));
        assert_eq!(refusals.callers(), 1);
        for number in 1..=NAMES_MAX {
            assert!(refusals.note(&id(number)));
        }
        assert!(!refusals.note(&id(1)));
        assert!(refusals.note(&id(0)));
        assert_eq!(refusals.newest.len(), NAMES_MAX);
    }

    #[test]
    fn an_earlier_refusal_does_not_move_an_answered_caller() {
        let [one, other] = [1, 2].map(|number| OutsideId::audiosocket(Uuid::from_u128(number)));
        let mut unanswered = Unanswered::default();
        for name in [&one, &one, &other] {
            unanswered.note(name.clone(), NextStep::Hangup);
        }
        unanswered.forget(&one);
        assert_eq!((unanswered.next_of(&one), unanswered.next_of(&other)), (None, Some(&NextStep::Hangup)));
        assert_eq!(unanswered.callers(), 2);
    }
}
