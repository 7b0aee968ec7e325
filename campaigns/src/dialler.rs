//! A running campaign: how many contacts may be called at this moment.

use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::circuit::{Circuit, CircuitState};
use crate::pacing::Pacer;
use crate::rules::Rules;

/// The state that an owner has set for a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// It was never started.
    Draft,
    /// It calls, or waits for people who are added over its contact links.
    Running,
    /// It calls nobody until it is resumed. Running calls continue.
    Paused,
    /// It will never call again.
    Stopped,
    /// Each of its contacts is finished, and none of its contact links was open at that moment.
    Finished,
}

/// An action of an owner on a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start it, or start it again for added contacts.
    Start,
    /// Pause it.
    Pause,
    /// Resume it.
    Resume,
    /// Stop it for good.
    Stop,
}

impl CampaignState {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }

    /// Returns the state after an action; none if the action is impossible. Repeating an action gives the same state, so two owners who act at the
    /// same time cause no conflict.
    pub const fn after(self, act: Act) -> Option<Self> {
        match (self, act) {
            (Self::Draft | Self::Finished | Self::Running, Act::Start)
            | (Self::Paused | Self::Running, Act::Resume) => Some(Self::Running),
            (Self::Running | Self::Paused, Act::Pause) => Some(Self::Paused),
            (_, Act::Stop) => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// How many contacts may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// This many, now.
    Now(u32),
    /// None before this time.
    At(UnixMs),
    /// None before a call has ended.
    AfterACall,
    /// None: the campaign does not run.
    None,
}

/// The memory of a running campaign.
#[derive(Clone, Debug)]
pub struct Dialler {
    state: CampaignState,
    at_once_max: u32,
    pacer: Pacer,
    circuit: Circuit,
    open: u32,
}

impl Dialler {
    /// Makes a campaign with this many open attempts from before.
    pub fn new(state: CampaignState, rules: &Rules, open: u32) -> Self {
        Self {
            state,
            at_once_max: rules.at_once_max,
            pacer: Pacer::per_minute(rules.per_minute_max),
            circuit: Circuit::default(),
            open,
        }
    }

    /// Sets the owner's current state and rules.
    pub fn changed(&mut self, state: CampaignState, rules: &Rules) {
        self.state = state;
        self.at_once_max = rules.at_once_max;
        self.pacer.change(rules.per_minute_max);
    }

    /// Number of open attempts.
    pub const fn open(&self) -> u32 {
        self.open
    }

    /// State of the circuit.
    pub const fn circuit(&self, now: UnixMs) -> CircuitState {
        self.circuit.standing(now)
    }

    /// How many may be called at `now`, if `free` more assistants are available.
    pub fn room(&self, now: UnixMs, free: u32) -> Room {
        if self.state != CampaignState::Running {
            return Room::None;
        }
        let places = self.at_once_max.saturating_sub(self.open).min(free);
        let at_most = match self.circuit.standing(now) {
            CircuitState::Closed => places,
            CircuitState::Probe => places.min(1),
            CircuitState::OpenUntil(until) => return Room::At(until),
            CircuitState::Probing => return Room::AfterACall,
        };
        if at_most == 0 {
            return Room::AfterACall;
        }
        match self.pacer.room(now).min(at_most) {
            0 => Room::At(self.pacer.next(now)),
            count => Room::Now(count),
        }
    }

    /// Adjusts to a calendar that was set back by this many ms.
    pub fn set_back(&mut self, ms: u64) {
        self.pacer.set_back(ms);
        self.circuit.set_back(ms);
    }

    /// Notes a reserved attempt.
    pub fn reserved(&mut self, now: UnixMs) {
        self.open += 1;
        self.pacer.begun(now);
        self.circuit.begun();
    }

    /// Notes that an attempt was answered. Returns whether more may be called because of that: the lines were thought to be down.
    pub fn answered(&mut self) -> bool {
        self.circuit.answered()
    }

    /// Notes a closed attempt.
    pub fn closed(&mut self, outcome: Outcome, now: UnixMs) {
        self.open = self.open.saturating_sub(1);
        self.circuit.ended(outcome, now);
    }

    /// Notes a closed attempt of an earlier process. Its call may have failed only because that process died, so its failure says nothing about the
    /// lines.
    pub fn closed_of_before(&mut self, outcome: Outcome, now: UnixMs) {
        if outcome.is_failure() {
            self.open = self.open.saturating_sub(1);
        } else {
            self.closed(outcome, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn running(at_once_max: u32, per_minute_max: u32) -> Dialler {
        let rules = Rules { at_once_max, per_minute_max, ..Rules::default() };
        Dialler::new(CampaignState::Running, &rules, 0)
    }

    #[test]
    fn at_most_one_call_per_free_assistant() {
        let mut dialler = running(3, 6_000);
        assert_eq!(dialler.room(NOW, 9), Room::Now(1), "the first begins the pace");
        dialler.reserved(NOW);
        let then = NOW + 100;
        assert_eq!(dialler.room(then, 9), Room::Now(2));
        assert_eq!(dialler.room(then, 1), Room::Now(1));
        assert_eq!(dialler.room(then, 0), Room::AfterACall);
        (0..2).for_each(|_| dialler.reserved(then));
        assert_eq!(dialler.room(NOW + 1_000, 9), Room::AfterACall);
        dialler.closed(Outcome::Busy, NOW + 1_000);
        assert_eq!(dialler.room(NOW + 1_000, 9), Room::Now(1));
    }

    #[test]
    fn calls_begin_at_the_pace_that_was_set() {
        let mut dialler = running(100, 60);
        dialler.reserved(NOW);
        assert_eq!(dialler.room(NOW, 100), Room::At(NOW + 1_000));
        assert_eq!(dialler.room(NOW + 1_000, 100), Room::Now(1));
    }

    #[test]
    fn calls_that_died_with_a_process_say_nothing_about_lines() {
        let rules = Rules { at_once_max: 6, per_minute_max: 6_000, ..Rules::default() };
        let died = || Dialler::new(CampaignState::Running, &rules, 6);
        let mut dialler = died();
        assert_eq!(dialler.room(NOW, 9), Room::AfterACall);
        (0..6).for_each(|_| dialler.closed_of_before(Outcome::Failed, NOW));
        assert_eq!((dialler.open(), dialler.room(NOW, 9)), (0, Room::Now(1)));
        let mut failing = died();
        (0..6).for_each(|_| failing.closed(Outcome::Failed, NOW));
        assert_eq!(failing.room(NOW, 9), Room::At(NOW + 60_000), "its own calls show that lines fail");
    }

    #[test]
    fn a_paused_campaign_stops_calling_at_once() {
        let rules = Rules::default();
        let mut dialler = running(3, 6_000);
        dialler.changed(CampaignState::Paused, &rules);
        assert_eq!(dialler.room(NOW, 9), Room::None);
        dialler.changed(CampaignState::Running, &rules);
        assert_eq!(dialler.room(NOW, 9), Room::Now(1));
    }

    #[test]
    fn owners_actions_change_the_state() {
        use CampaignState as S;
        let rows = [
            (S::Draft, [Some(S::Running), None, None, Some(S::Stopped)]),
            (S::Running, [Some(S::Running), Some(S::Paused), Some(S::Running), Some(S::Stopped)]),
            (S::Paused, [None, Some(S::Paused), Some(S::Running), Some(S::Stopped)]),
            (S::Stopped, [None, None, None, Some(S::Stopped)]),
            (S::Finished, [Some(S::Running), None, None, Some(S::Stopped)]),
        ];
        for (state, expected) in rows {
            let found = [Act::Start, Act::Pause, Act::Resume, Act::Stop].map(|act| state.after(act));
            assert_eq!(found, expected, "{state:?}");
        }
    }
}
