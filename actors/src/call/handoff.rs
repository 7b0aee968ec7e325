//! A hand-off from the assistant to a person, as a pure machine: for every switch and every target.
//!
//! ```text
//!              checked, and the announcement heard      answered            joined             parted
//! Briefing ──────────────────────────────────────> Ringing ──> Accepted ──────────> Bridged ──────────> Left
//!     │  busy, unregistered, unknown,                 │ busy, declined,  │ gone again, not joined
//!     │  no answer to the check in 2 s                │ nobody in time   │ within 5 s
//!     └───────────────────────────────────────────────┴──────────────────┴──> Failed (typed)
//! ```
//! It is asked for once and ends once: bridged, or failed with one reason. What does not fit a stage changes nothing, and
//! every stage but `Bridged` has a deadline of its own. The call's machine does what the steps say (`machine/people.rs`).

use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ExtensionChecked, HandoffFailure};
use cordboard_schema::time::UnixMs;

use crate::messages::Phone;

/// How long the switch may take to say whether a phone can be reached. A table of registrations takes it milliseconds.
const CHECK_MS_MAX: u64 = 2_000;
/// How long the assistant may go on announcing before the phone rings all the same.
const ANNOUNCEMENT_MS_MAX: u64 = 10_000;
/// How long the switch may take beyond the ringing time to say what became of it.
const RING_GRACE_MS: u64 = 5_000;
/// How long joining may take. It takes a FreeSWITCH 60 ms.
const JOIN_MS_MAX: u64 = 5_000;

/// One hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// Its number, which the switch says with everything that becomes of it.
    pub id: EffectId,
    /// The phone that rings.
    pub phone: Phone,
    /// How long it rings, in ms.
    pub ring_ms: u64,
    stage: Stage,
}

/// Where a hand-off stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The caller is told, and the phone looked at.
    Briefing {
        /// The switch says that somebody can be reached.
        is_checked: bool,
        /// The announcement was heard out.
        is_announced: bool,
        /// When what is missing is waited for no longer.
        until: UnixMs,
    },
    /// The phone rings, or is about to.
    Ringing {
        /// When it is given up although the switch said nothing.
        until: UnixMs,
    },
    /// A person has answered and waits to be joined.
    Accepted {
        /// When that is given up.
        until: UnixMs,
    },
    /// Person and caller talk.
    Bridged,
    /// The person has left after that.
    Left,
    /// It ended without a person.
    Failed(HandoffFailure),
}

/// What befalls a hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoffEvent<'a> {
    /// The caller has heard what is about to happen.
    AnnouncementHeard,
    /// The phone was looked at; nothing where the switch can't be asked.
    Checked(Option<&'a ExtensionChecked>),
    /// A person has answered.
    Accepted,
    /// The switch has joined them with the caller.
    Bridged,
    /// Nobody could be reached, or the person is gone again.
    Failed(HandoffFailure),
    /// The switch could not join them.
    NotJoined,
    /// The switch has parted them.
    Parted,
    /// The caller is gone, or goes another way.
    CallerLeft,
    /// Time has passed.
    Tick,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffStep {
    /// Look whether the phone can be reached.
    Check,
    /// Ring it.
    Ring,
    /// Join the person with the caller.
    Join,
    /// End the person's leg, or its ringing.
    StopRinging,
    /// They are joined.
    Bridged,
    /// It has ended without a person.
    Failed(HandoffFailure),
    /// The person has left; the caller is there.
    PersonLeft,
}

impl Handoff {
    /// One that is asked for now.
    pub fn begin(
        id: EffectId,
        phone: Phone,
        ring_ms: u64,
        announcement: Announcement,
        look: Look,
        now: UnixMs,
    ) -> (Self, Vec<HandoffStep>) {
        let is_announced = announcement == Announcement::Made;
        let (is_checked, until) = match look {
            Look::First => (false, now + CHECK_MS_MAX),
            Look::Needless => (true, now + ANNOUNCEMENT_MS_MAX),
        };
        let mut handoff =
            Self { id, phone, ring_ms, stage: Stage::Briefing { is_checked, is_announced, until } };
        let steps = match look {
            Look::First => vec![HandoffStep::Check],
            Look::Needless if is_announced => handoff.ring(now),
            Look::Needless => Vec::new(),
        };
        (handoff, steps)
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it ended without a person, or the person has left again.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Left | Stage::Failed(_))
    }

    /// When [`HandoffEvent::Tick`] is due.
    pub fn deadline(&self) -> Option<UnixMs> {
        match self.stage {
            Stage::Briefing { until, .. } | Stage::Ringing { until } | Stage::Accepted { until } => {
                Some(until)
            }
            Stage::Bridged | Stage::Left | Stage::Failed(_) => None,
        }
    }

    /// Takes in what befalls it. Total: what does not fit changes nothing.
    pub fn apply(&mut self, event: &HandoffEvent<'_>, now: UnixMs) -> Vec<HandoffStep> {
        use HandoffEvent as Event;
        match (self.stage, event) {
            (Stage::Bridged, Event::Parted) => {
                self.stage = Stage::Left;
                vec![HandoffStep::PersonLeft]
            }
            (Stage::Bridged | Stage::Left | Stage::Failed(_), _) => Vec::new(),
            (Stage::Briefing { .. }, Event::Failed(failure)) => self.fail(*failure),
            (Stage::Briefing { .. }, Event::CallerLeft) => self.fail(HandoffFailure::CallerLeft),
            (Stage::Briefing { .. }, event) => self.brief(event, now),
            // The person's leg is gone already.
            (Stage::Ringing { .. } | Stage::Accepted { .. }, Event::Failed(failure)) => self.fail(*failure),
            (Stage::Ringing { .. } | Stage::Accepted { .. }, Event::CallerLeft) => {
                self.give_up(HandoffFailure::CallerLeft)
            }
            (Stage::Ringing { until } | Stage::Accepted { until }, Event::Tick) if until <= now => {
                self.give_up(HandoffFailure::Timeout)
            }
            (Stage::Ringing { .. }, Event::Accepted) => {
                self.stage = Stage::Accepted { until: now + JOIN_MS_MAX };
                vec![HandoffStep::Join]
            }
            (Stage::Accepted { .. }, Event::NotJoined) => self.give_up(HandoffFailure::Congestion),
            (Stage::Accepted { .. }, Event::Bridged) => {
                self.stage = Stage::Bridged;
                vec![HandoffStep::Bridged]
            }
            (Stage::Ringing { .. } | Stage::Accepted { .. }, _) => Vec::new(),
        }
    }

    fn brief(&mut self, event: &HandoffEvent<'_>, now: UnixMs) -> Vec<HandoffStep> {
        let Stage::Briefing { mut is_checked, mut is_announced, mut until } = self.stage else {
            return Vec::new();
        };
        match event {
            HandoffEvent::AnnouncementHeard => is_announced = true,
            HandoffEvent::Checked(Some(checked)) => {
                if let Some(failure) = checked.state.failure() {
                    return self.fail(failure);
                }
                // The words may take longer than the look.
                (is_checked, until) = (true, now + ANNOUNCEMENT_MS_MAX);
            }
            // Ringing goes by way of the same switch.
            HandoffEvent::Checked(None) => return self.fail(HandoffFailure::Congestion),
            HandoffEvent::Tick if until <= now && is_checked => is_announced = true,
            HandoffEvent::Tick if until <= now => return self.fail(HandoffFailure::Timeout),
            _ => return Vec::new(),
        }
        self.stage = Stage::Briefing { is_checked, is_announced, until };
        if !is_checked || !is_announced {
            return Vec::new();
        }
        self.ring(now)
    }

    fn ring(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        self.stage = Stage::Ringing { until: now + self.ring_ms + RING_GRACE_MS };
        vec![HandoffStep::Ring]
    }

    fn fail(&mut self, failure: HandoffFailure) -> Vec<HandoffStep> {
        self.stage = Stage::Failed(failure);
        vec![HandoffStep::Failed(failure)]
    }

    /// The same, where a phone may still ring or a person wait.
    fn give_up(&mut self, failure: HandoffFailure) -> Vec<HandoffStep> {
        self.stage = Stage::Failed(failure);
        vec![HandoffStep::StopRinging, HandoffStep::Failed(failure)]
    }
}

/// Whether the caller has been told what is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// They are being told.
    UnderWay,
    /// They have been, or asked for it themselves.
    Made,
}

/// Whether the switch is asked for the phone before it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is.
    First,
    /// The switch knows nothing of phones that it has not rung.
    Needless,
}

#[cfg(test)]
mod tests {
    use cordboard_schema::switch::ExtensionState;
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn begun(announcement: Announcement) -> Handoff {
        let target = "internal,2001,1".parse().unwrap();
        let (handoff, steps) =
            Handoff::begin(EffectId(1), Phone::at(&target, None), 20_000, announcement, Look::First, NOW);
        assert_eq!(steps, [HandoffStep::Check]);
        handoff
    }

    fn checked(state: ExtensionState) -> ExtensionChecked {
        ExtensionChecked { state, found_by: "sofia_contact".to_owned() }
    }

    #[test]
    fn it_rings_when_the_caller_was_told_and_the_phone_is_there() {
        let free = checked(ExtensionState::Registered);
        let mut handoff = begun(Announcement::UnderWay);
        assert_eq!(handoff.apply(&HandoffEvent::Checked(Some(&free)), NOW), []);
        assert_eq!(handoff.apply(&HandoffEvent::AnnouncementHeard, NOW + 500), [HandoffStep::Ring]);
        assert_eq!(handoff.deadline(), Some(NOW + 25_500));
        assert_eq!(handoff.apply(&HandoffEvent::Accepted, NOW + 6_000), [HandoffStep::Join]);
        assert_eq!(handoff.apply(&HandoffEvent::Bridged, NOW + 6_060), [HandoffStep::Bridged]);
        assert_eq!(handoff.deadline(), None);
        assert_eq!(handoff.apply(&HandoffEvent::Parted, NOW + 60_000), [HandoffStep::PersonLeft]);
        assert!(handoff.is_over());
    }

    #[test]
    fn where_nobody_can_look_it_rings_when_the_caller_was_told() {
        let phone = Phone::at(&"internal,2001,1".parse().unwrap(), None);
        let begin = |announcement| {
            Handoff::begin(EffectId(1), phone.clone(), 20_000, announcement, Look::Needless, NOW)
        };
        assert_eq!(begin(Announcement::Made).1, [HandoffStep::Ring]);
        let (mut handoff, steps) = begin(Announcement::UnderWay);
        assert_eq!(steps, []);
        assert_eq!(handoff.apply(&HandoffEvent::AnnouncementHeard, NOW + 500), [HandoffStep::Ring]);
    }

    #[test]
    fn a_phone_that_can_not_be_reached_is_not_rung() {
        let table = [
            (ExtensionState::InCall, HandoffFailure::Busy),
            (ExtensionState::Unregistered, HandoffFailure::Unregistered),
            (ExtensionState::Unknown, HandoffFailure::Unallocated),
        ];
        for (state, failure) in table {
            let mut handoff = begun(Announcement::Made);
            let steps = handoff.apply(&HandoffEvent::Checked(Some(&checked(state))), NOW);
            assert_eq!(steps, [HandoffStep::Failed(failure)]);
        }
    }

    #[test]
    fn a_stage_that_lasts_too_long_fails_by_itself() {
        let free = checked(ExtensionState::Registered);
        let gone_silent = [HandoffStep::StopRinging, HandoffStep::Failed(HandoffFailure::Timeout)];
        let mut unchecked = begun(Announcement::Made);
        assert_eq!(unchecked.apply(&HandoffEvent::Tick, NOW + 1_999), []);
        let steps = unchecked.apply(&HandoffEvent::Tick, NOW + 2_000);
        assert_eq!(steps, [HandoffStep::Failed(HandoffFailure::Timeout)]);
        let mut ringing = begun(Announcement::Made);
        assert_eq!(ringing.apply(&HandoffEvent::Checked(Some(&free)), NOW), [HandoffStep::Ring]);
        assert_eq!(ringing.clone().apply(&HandoffEvent::Tick, NOW + 25_000), gone_silent);
        assert_eq!(ringing.apply(&HandoffEvent::Accepted, NOW), [HandoffStep::Join]);
        assert_eq!(ringing.apply(&HandoffEvent::Tick, NOW + 5_000), gone_silent);
    }

    #[test]
    fn a_long_announcement_does_not_hold_the_ringing_up_for_ever() {
        let mut handoff = begun(Announcement::UnderWay);
        handoff.apply(&HandoffEvent::Checked(Some(&checked(ExtensionState::Registered))), NOW);
        assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 10_000), [HandoffStep::Ring]);
    }

    fn events() -> impl Strategy<Value = (u64, u8)> {
        (0..30_000_u64, 0..9_u8)
    }

    proptest! {
        #[test]
        fn it_ends_once_whatever_happens_in_whatever_order(events in prop::collection::vec(events(), 0..30)) {
            let free = checked(ExtensionState::Registered);
            let mut handoff = begun(Announcement::UnderWay);
            let (mut now, mut ends, mut rung, mut is_bridged) = (NOW, 0, 0, false);
            let mut take = |handoff: &mut Handoff, event: &HandoffEvent<'_>, now| {
                for step in handoff.apply(event, now) {
                    match step {
                        HandoffStep::Ring => rung += 1,
                        HandoffStep::Join => assert_eq!(rung, 1, "joined before it rang"),
                        HandoffStep::Failed(_) => ends += 1,
                        HandoffStep::Bridged => { ends += 1; is_bridged = true; }
                        HandoffStep::PersonLeft => assert!(is_bridged, "left before they came"),
                        HandoffStep::Check | HandoffStep::StopRinging => {}
                    }
                }
                assert!(ends <= 1 && rung <= 1, "ended or rung twice");
            };
            for (after_ms, which) in events {
                now = now + after_ms;
                let event = match which {
                    0 => HandoffEvent::AnnouncementHeard,
                    1 => HandoffEvent::Checked(Some(&free)),
                    2 => HandoffEvent::Checked(None),
                    3 => HandoffEvent::Accepted,
                    4 => HandoffEvent::Bridged,
                    5 => HandoffEvent::Failed(HandoffFailure::Busy),
                    6 => HandoffEvent::NotJoined,
                    7 => HandoffEvent::Parted,
                    _ => HandoffEvent::Tick,
                };
                take(&mut handoff, &event, now);
            }
            while let Some(deadline) = handoff.deadline() {
                now = now.max(deadline);
                take(&mut handoff, &HandoffEvent::Tick, now);
            }
            prop_assert!(handoff.is_over() || handoff.stage() == Stage::Bridged);
            prop_assert_eq!(ends, 1);
        }
    }
}
