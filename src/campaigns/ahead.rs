//! Calls that are dialled ahead of the agents of a queue: the state of each, what a campaign has learned from its calls, and how many more may be
//! dialled. `cordboard_campaigns::predictive` decides that.
//!
//! ```text
//! Rings ──answered──> Waits ──an agent has them──> Served
//!    │ nobody answers     │ nobody is free
//!    └────────────────────┴──────────────────────> Over
//! ```

use cordboard_actors::messages::AgentsOfQueue;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::CampaignSettings;
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::predictive::{Floor, Pacing};
use cordboard_campaigns::rules::Mode;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CallId, CampaignId, OrganizationId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::{Known, OpenAttempt, Started, now};
use crate::store::EarlierCalls;

/// State of an attempt's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flight {
    /// It has not been answered, as far as is known.
    Rings {
        /// Since when it rings.
        since: UnixMs,
    },
    /// A person has answered, and no agent has them.
    Waits,
    /// A person had answered before this process started. An agent has them, or nobody will.
    Known,
    /// An agent has had them.
    Served,
    /// It had another outcome.
    Over,
}

impl Flight {
    /// The state for a process that does not know the call's outcome yet.
    pub(super) const fn uncounted(self) -> Self {
        match self {
            Self::Served | Self::Over => Self::Known,
            Self::Rings { .. } | Self::Waits | Self::Known => self,
        }
    }

    /// Returns the state after a decision of the call.
    pub(super) fn after(self, decision: &Decision) -> Self {
        match (self, decision) {
            (Self::Rings { .. }, Decision::Answered) => Self::Waits,
            (Self::Waits, Decision::AgentJoined { .. }) => Self::Served,
            (Self::Waits, Decision::HandoffAbandoned { failure, .. })
                if *failure != HandoffFailure::CallerLeft =>
            {
                Self::Over
            }
            (Self::Waits, Decision::OutboundFailed { .. }) => Self::Over,
            _ => self,
        }
    }

    /// Returns the state of a call whose phone begins to ring at this moment.
    pub(super) const fn ringing_from(self, at: UnixMs) -> Self {
        match self {
            Self::Rings { .. } => Self::Rings { since: at },
            Self::Waits | Self::Known | Self::Served | Self::Over => self,
        }
    }

    /// Returns the state after the calendar was set ahead.
    pub(super) fn later(self, ms: u64) -> Self {
        match self {
            Self::Rings { since } => Self::Rings { since: since + ms },
            Self::Waits | Self::Known | Self::Served | Self::Over => self,
        }
    }

    /// Returns the state after the calendar was set back.
    pub(super) fn earlier(self, ms: u64) -> Self {
        match self {
            Self::Rings { since } => Self::Rings { since: since - ms },
            Self::Waits | Self::Known | Self::Served | Self::Over => self,
        }
    }
}

/// A campaign's knowledge about its calls.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    pacing: Pacing,
    cap_permille: u16,
    /// The time in ms that its queue gives agents for a wrap-up.
    wrap_up_ms: u64,
}

impl Ahead {
    /// Makes the knowledge of a campaign that has made these calls before.
    pub(super) fn new(settings: &CampaignSettings, earlier: &EarlierCalls) -> Self {
        let cap_permille = settings.rules.abandoned_permille_max;
        let mut pacing = Pacing::new(cap_permille);
        for (at, is_abandoned) in &earlier.live {
            match is_abandoned {
                true => pacing.abandoned(*at),
                false => pacing.taken(*at),
            }
        }
        earlier.answered.iter().for_each(|is_answered| pacing.was_resolved(*is_answered));
        Self { pacing, cap_permille, wrap_up_ms: 0 }
    }

    /// Whether the owner's cap is unchanged.
    pub(super) fn holds(&self, settings: &CampaignSettings) -> bool {
        self.cap_permille == settings.rules.abandoned_permille_max
    }

    /// How many calls may be dialled now, if these calls to its queue are in flight, of any campaign.
    pub(super) fn dials(
        &mut self,
        agents: AgentsOfQueue,
        in_flight: &[Flight],
        is_alone: bool,
        now: UnixMs,
    ) -> u32 {
        let AgentsOfQueue { free, busy, wrap_up_ms } = agents;
        self.wrap_up_ms = wrap_up_ms;
        self.pacing.staffed(free + busy, now);
        let ringing_ms: Vec<u64> = in_flight
            .iter()
            .filter_map(|flight| match flight {
                Flight::Rings { since } => Some(now.ms_since(*since)),
                _ => None,
            })
            .collect();
        let waiting = in_flight.iter().filter(|flight| **flight == Flight::Waits).count();
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        if !is_alone {
            // The agents on which this campaign counts may get another one's calls. Then one call is made for each available agent.
            let ringing = u32::try_from(ringing_ms.len()).unwrap_or(u32::MAX);
            return free.saturating_sub(ringing).saturating_sub(waiting);
        }
        self.pacing.dials(&Floor { free, busy, ringing_ms: &ringing_ms, waiting }, now)
    }

    /// Handles a decision of a call, and returns the call's new state.
    pub(super) fn decided(&mut self, flight: Flight, decision: &Decision, at: UnixMs) -> Flight {
        match (flight, decision) {
            (Flight::Rings { since }, Decision::Answered) => {
                self.pacing.resolved(Some(at.ms_since(since)));
            }
            (Flight::Waits, Decision::AgentJoined { .. }) => self.pacing.taken(at),
            (Flight::Waits, Decision::HandoffAbandoned { failure, .. })
                if *failure != HandoffFailure::CallerLeft =>
            {
                self.pacing.abandoned(at);
            }
            (Flight::Waits, Decision::OutboundFailed { failure: HandoffFailure::NobodyFree }) => {
                self.pacing.abandoned(at);
            }
            (Flight::Served, Decision::AgentLeft { talked_ms: Some(talked_ms), .. }) => {
                self.pacing.handled(talked_ms + self.wrap_up_ms);
            }
            _ => {}
        }
        flight.after(decision)
    }

    /// Handles the end of a call that will report nothing more.
    pub(super) fn closed(&mut self, flight: Flight, outcome: Outcome, at: UnixMs) {
        let was_answered = matches!(outcome, Outcome::Talked | Outcome::Abandoned);
        if matches!(flight, Flight::Rings { .. }) && outcome.is_try() {
            self.pacing.was_resolved(was_answered);
        }
        match (flight, outcome) {
            (Flight::Served | Flight::Over, _) => {}
            (_, Outcome::Talked) => self.pacing.taken(at),
            (_, Outcome::Abandoned) => self.pacing.abandoned(at),
            _ => {}
        }
    }
}

impl Known {
    /// Returns the calls in flight to a queue, of any campaign, and whether this is the only campaign that runs or has calls to the queue.
    pub(super) fn in_flight(
        &self,
        organization_id: OrganizationId,
        queue: &str,
        id: CampaignId,
    ) -> (Vec<Flight>, bool) {
        let calls_for = |started: &Started| {
            started.campaign.organization_id == organization_id
                && started.campaign.settings.agents_queue() == Some(queue)
        };
        // A previewed call has its agent already, who does not count as available.
        let dials_for =
            |started: &Started| started.campaign.settings.rules.mode != Mode::Preview && calls_for(started);
        let of_queue = |call_id: &CallId, attempt: &OpenAttempt| match self.queues.get(call_id) {
            // Its callee is for these agents, even if its campaign has ended.
            Some(own) => attempt.organization_id == organization_id && own == queue,
            None => {
                attempt.campaign_id == id || self.started.get(&attempt.campaign_id).is_some_and(dials_for)
            }
        };
        let in_flight: Vec<&OpenAttempt> = self
            .open
            .iter()
            .filter(|&(call_id, attempt)| of_queue(call_id, attempt))
            .map(|(_, attempt)| attempt)
            .collect();
        // They take an agent on whom this campaign counts.
        let takes_agent = |flight: Flight| matches!(flight, Flight::Rings { .. } | Flight::Waits);
        let mut others = self.started.iter().filter(|(other, _)| **other != id);
        let calls = |id: &CampaignId, started: &Started| {
            started.campaign.state == CampaignState::Running || self.open_of(*id) > 0
        };
        let is_shared =
            in_flight.iter().any(|attempt| attempt.campaign_id != id && takes_agent(attempt.flight))
                || others.any(|(id, started)| calls_for(started) && calls(id, started));
        let now = now();
        (in_flight.into_iter().map(|attempt| attempt.flight_at(now)).collect(), !is_shared)
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::AgentEnd;
    use cordboard_schema::event::Fact;
    use cordboard_schema::ids::{EffectId, LegId, UserId};
    use cordboard_schema::outbound::DialProgress;
    use uuid::Uuid;

    use super::super::note_dialling;
    use super::*;

    const NOW: UnixMs = UnixMs(1_772_409_600_000);
    const RINGS: Flight = Flight::Rings { since: NOW };

    fn two_free() -> AgentsOfQueue {
        AgentsOfQueue { free: 2, busy: 0, wrap_up_ms: 30_000 }
    }

    fn agent_joined() -> Decision {
        Decision::AgentJoined { handoff: EffectId(1), user_id: UserId(Uuid::nil()), leg: LegId(4) }
    }

    fn left(talked_ms: u64) -> Decision {
        let user_id = UserId(Uuid::nil());
        Decision::AgentLeft { user_id, talked_ms: Some(talked_ms), how: AgentEnd::CallEnded }
    }

    fn abandoned(failure: HandoffFailure) -> Decision {
        Decision::HandoffAbandoned { handoff: EffectId(1), failure }
    }

    /// Calls of the last hour: how many ended with a talk, and how many were not answered.
    fn earlier(talked: u32, unanswered: u32) -> EarlierCalls {
        let live = (0..talked).map(|nth| (NOW - u64::from(talked - nth) * 1_000, false)).collect();
        let answered = (0..talked).map(|_| true).chain((0..unanswered).map(|_| false)).collect();
        EarlierCalls { live, answered }
    }

    #[test]
    fn a_restarted_campaign_knows_its_abandoned_calls() {
        let settings = CampaignSettings::default();
        let mut fresh = Ahead::new(&settings, &EarlierCalls::default());
        assert_eq!(fresh.dials(two_free(), &[], true, NOW), 2, "one for each agent");
        let mut learned = Ahead::new(&settings, &earlier(150, 300));
        assert!(learned.dials(two_free(), &[], true, NOW) > 2, "few answer");
        assert_eq!(learned.dials(two_free(), &[], false, NOW), 2, "another campaign has the agents, too");
        assert_eq!(learned.dials(two_free(), &[RINGS, Flight::Waits], false, NOW), 0);
        let mut used_up = earlier(150, 300);
        used_up.live.extend([(NOW, true); 5]);
        let mut used_up = Ahead::new(&settings, &used_up);
        assert_eq!(used_up.dials(two_free(), &[], true, NOW), 2, "the cap is used up");
        assert_eq!(used_up.pacing.rate(NOW).abandoned, 5);
    }

    /// Decisions of a call, its outcome, its state after the decisions, and the counts of live and abandoned calls.
    type Row<'a> = (&'a [Decision], Outcome, Flight, (u32, u32));

    #[test]
    fn a_call_counts_once_however_it_is_reported() {
        let failed = |failure| Decision::OutboundFailed { failure };
        let rows: [Row<'_>; 7] = [
            (&[Decision::Answered, agent_joined(), left(60_000)], Outcome::Talked, Flight::Served, (1, 0)),
            (
                &[Decision::Answered, abandoned(HandoffFailure::Timeout), failed(HandoffFailure::NobodyFree)],
                Outcome::Abandoned,
                Flight::Over,
                (1, 1),
            ),
            // They left by themselves, before they reached an agent.
            (
                &[
                    Decision::Answered,
                    failed(HandoffFailure::NobodyFree),
                    abandoned(HandoffFailure::CallerLeft),
                ],
                Outcome::Abandoned,
                Flight::Over,
                (1, 1),
            ),
            // A mailbox that was recognized late.
            (
                &[
                    Decision::Answered,
                    abandoned(HandoffFailure::CallerLeft),
                    failed(HandoffFailure::Voicemail),
                ],
                Outcome::Machine,
                Flight::Over,
                (0, 0),
            ),
            (&[failed(HandoffFailure::Busy)], Outcome::Busy, RINGS, (0, 0)),
            // Only the end was reported.
            (&[], Outcome::Talked, RINGS, (1, 0)),
            (&[Decision::Answered], Outcome::Abandoned, Flight::Waits, (1, 1)),
        ];
        for (decisions, outcome, expected, (live, abandoned)) in rows {
            let mut ahead = Ahead::new(&CampaignSettings::default(), &EarlierCalls::default());
            let flight =
                decisions.iter().fold(RINGS, |flight, decision| ahead.decided(flight, decision, NOW));
            assert_eq!(flight, expected, "{decisions:?}");
            assert_eq!(
                decisions.iter().fold(RINGS, Flight::after),
                expected,
                "without lessons: {decisions:?}"
            );
            ahead.closed(flight, outcome, NOW);
            let rate = ahead.pacing.rate(NOW);
            assert_eq!((rate.live, rate.abandoned), (live, abandoned), "{decisions:?}");
        }
    }

    /// Otherwise a long queue would look like phones that nobody answers, and more would be called.
    #[test]
    fn a_phone_rings_from_its_first_report_after_a_queue() {
        let (owner, campaign) = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()));
        let mut attempt = OpenAttempt::ringing(owner, campaign, NOW, NOW);
        assert_eq!(attempt.flight_at(NOW + 90_000), RINGS);
        attempt.is_queued = true;
        assert_eq!(attempt.flight_at(NOW + 90_000), Flight::Rings { since: NOW + 90_000 });
        let ringing = Fact::DialProgress { progress: DialProgress::Ringing };
        note_dialling(&mut attempt, &ringing, NOW + 100_000);
        assert_eq!(attempt.flight_at(NOW + 105_000), Flight::Rings { since: NOW + 100_000 });
        // Further reports change nothing.
        note_dialling(&mut attempt, &ringing, NOW + 110_000);
        assert_eq!(attempt.flight, Flight::Rings { since: NOW + 100_000 });
    }

    #[test]
    fn calls_of_a_stopped_campaign_still_claim_its_queues_agents() {
        let owner = OrganizationId(Uuid::from_u128(1));
        let (stopped, runs) = (CampaignId(Uuid::from_u128(2)), CampaignId(Uuid::from_u128(3)));
        let call_id = CallId(Uuid::from_u128(4));
        let mut known = Known::default();
        known.open.insert(call_id, OpenAttempt::ringing(owner, stopped, NOW, NOW));
        known.queues.insert(call_id, "sales".to_owned());
        assert_eq!(known.in_flight(owner, "sales", runs), (vec![RINGS], false));
        assert_eq!(known.in_flight(owner, "support", runs), (Vec::new(), true));
        let stranger = OrganizationId(Uuid::from_u128(5));
        assert_eq!(known.in_flight(stranger, "sales", runs), (Vec::new(), true));
        // It has changed its queue since then. Its callee does not reach the agents of the new one.
        assert_eq!(known.in_flight(owner, "support", stopped), (Vec::new(), true));
        known.open.values_mut().for_each(|attempt| attempt.flight = Flight::Served);
        assert_eq!(
            known.in_flight(owner, "sales", runs),
            (vec![Flight::Served], true),
            "they have their agent"
        );
    }
}
