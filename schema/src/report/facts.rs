//! A call's share of the figures.

use super::{CallTally, Conversation, Cut, Sums};
use crate::call::{CallState, Direction, HangupCause};
use crate::call_agent::AgentOutcome;

/// Maximum number of characters of a group's key; longer keys are shortened. A field's value with the field's name and the
/// profile's id fits.
pub const KEY_CHARS_MAX: usize = 128;

/// Countable facts of a call.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of the table `calls`")]
pub struct CallFacts {
    pub direction: Direction,
    pub state: CallState,
    pub is_answered: bool,
    pub hangup_cause: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub profile_id: String,
    pub provider: Option<String>,
    pub talk_ms: Option<u64>,
    pub cost_micros: u64,
    pub tally: CallTally,
    pub agents: Vec<AgentFacts>,
    /// The campaign that made it.
    pub campaign_id: Option<String>,
    /// Whether its caller called again within [`RESOLUTION_DAYS`](crate::limits::RESOLUTION_DAYS); none if that is not known yet,
    /// or can't be known.
    pub called_again: Option<bool>,
    /// Names of its topics.
    pub topics: Vec<String>,
    /// Names of its profile's fields with their values: choices, and yes or no.
    pub extracted: Vec<(String, String)>,
}

/// Countable facts of an agent in a call.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of the table `call_agents`")]
pub struct AgentFacts {
    pub user_id: String,
    pub outcome: AgentOutcome,
    pub has_joined: bool,
    pub talked_ms: u64,
    pub queue_id: Option<String>,
    /// Time of their wrap-up after the call, in ms; none if they wrote none.
    pub wrap_up_ms: Option<u64>,
}

impl AgentFacts {
    /// Whether they have talked with the caller, and don't talk now. The length of a talk is known at its end: until then it would
    /// lower the averages.
    fn has_talked(&self) -> bool {
        self.has_joined && self.outcome != AgentOutcome::Talking
    }

    fn handling(&self) -> (u64, u64) {
        match self.has_talked() {
            true => (self.talked_ms.saturating_add(self.wrap_up_ms.unwrap_or(0)), 1),
            false => (0, 0),
        }
    }
}

/// A call's share of the figures of a group of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The property by which they are grouped.
    pub cut: Cut,
    /// The value of the property: an id, a number, a name; empty for all calls.
    pub key: String,
    /// The sums that it adds.
    pub sums: Sums,
}

impl CallFacts {
    /// Returns the call's shares; none if it is between colleagues.
    pub fn shares(&self) -> Vec<Share> {
        if self.direction == Direction::Internal {
            return Vec::new();
        }
        let sums = self.sums();
        let ours = if self.direction == Direction::Inbound { &self.to } else { &self.from };
        let mut shares = Vec::new();
        let mut share = |cut, key: &str, sums: &Sums| {
            let key: String = key.chars().take(KEY_CHARS_MAX).collect();
            shares.push(Share { cut, key, sums: sums.clone() });
        };
        share(Cut::All, "", &sums);
        if let Some(number) = ours.as_deref().filter(|number| !number.is_empty()) {
            share(Cut::Number, number, &sums);
        }
        share(Cut::Profile, &self.profile_id, &sums);
        share(Cut::Version, &format!("{}/{}", self.profile_id, self.tally.version), &sums);
        if let Some(provider) = &self.provider {
            share(Cut::Provider, provider, &sums);
        }
        if let Some(campaign) = &self.campaign_id {
            share(Cut::Campaign, campaign, &sums);
        }
        for topic in &self.topics {
            share(Cut::Topic, topic, &sums);
        }
        for (field, value) in &self.extracted {
            share(Cut::Extraction, &format!("{}/{field}={value}", self.profile_id), &sums);
        }
        for queue in self.queues() {
            share(Cut::Queue, &queue, &self.sums_of_queue(&queue, &sums));
        }
        for agent in &self.agents {
            share(Cut::Agent, &agent.user_id, &self.sums_of_agent(agent, &sums));
        }
        shares
    }

    /// First call resolution: whether this call has resolved the caller's matter. It has if it was answered, no hand-off failed
    /// and the caller has not called again. None if that is not known, if the call is not over, or if we made it.
    pub fn is_resolved(&self) -> Option<bool> {
        let is_over = self.state == CallState::Ended;
        let counts = self.direction == Direction::Inbound && self.is_answered && is_over;
        let called_again = self.called_again.filter(|_| counts)?;
        Some(!called_again && self.tally.failures.is_empty())
    }

    /// Returns the conversation with the assistant. None if there was none, because nobody answered, or only people or a switch's
    /// documents talked with the caller; also for a call that is older than this figure.
    pub fn conversation(&self) -> Option<&Conversation> {
        let has_assistant = self.is_answered && self.provider.is_some();
        self.tally.conversation.as_ref().filter(|measured| has_assistant && measured.conversed_ms > 0)
    }

    /// Returns the queues in which the caller waited, and those whose agents joined the caller, by id. A queue that an agent has
    /// only asked for a colleague is not one of them.
    pub fn queues(&self) -> Vec<String> {
        let waits = &self.tally.queue_waits;
        let has_waited = |queue: &str| waits.of_queue(queue).is_none_or(|waited| waited.offered > 0);
        let mut queues: Vec<String> = self.tally.queues.iter().map(ToString::to_string).collect();
        queues.retain(|queue| has_waited(queue));
        for agent in &self.agents {
            queues.extend(agent.queue_id.clone().filter(|queue| agent.has_joined || has_waited(queue)));
        }
        queues.extend(self.tally.queue_talks.queues().map(|queue| queue.to_string()));
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    /// Returns the call's sums for the figures of all calls.
    pub fn sums(&self) -> Sums {
        let is_over = self.state == CallState::Ended;
        let is_inbound = self.direction == Direction::Inbound;
        let has_person = self.tally.bridged > 0 || self.agents.iter().any(|agent| agent.has_joined);
        let is_sent_on = self.hangup_cause.as_deref() == Some(HangupCause::transferred().0.as_str());
        let handling = self.agents.iter().map(AgentFacts::handling);
        let conversation = self.conversation();
        let resolved = self.is_resolved();
        Sums {
            calls: 1,
            inbound: u64::from(is_inbound),
            answered: u64::from(self.is_answered),
            contained: u64::from(self.is_answered && is_over && !has_person && !is_sent_on),
            handed_over: u64::from(has_person || is_sent_on),
            missed: u64::from(is_inbound && is_over && !self.is_answered),
            open: u64::from(!is_over),
            handoffs: self.tally.handoffs.into(),
            bridged: self.tally.bridged.into(),
            failures: self.tally.failures.iter().map(|(why, count)| (*why, (*count).into())).collect(),
            waits: self.tally.waits.clone(),
            replies: self.tally.replies.clone(),
            talk: self.talk_ms.map_or((0, 0), |ms| (ms, 1)),
            handling: handling.fold((0, 0), |(ms, times), (more, once)| (ms + more, times + once)),
            cost_micros: self.cost_micros,
            outcomes: match (is_over, &self.hangup_cause) {
                (false, _) => Default::default(),
                (true, Some(cause)) => [(cause.clone(), 1)].into(),
                (true, None) => [(HangupCause::UNKNOWN.to_owned(), 1)].into(),
            },
            leads: self.tally.leads.into(),
            bookings: self.tally.bookings.into(),
            conversed: conversation.map_or((0, 0), |measured| (measured.conversed_ms, 1)),
            silent_ms: conversation.map_or(0, |measured| measured.silent_ms),
            interruptions: conversation.map_or(0, |measured| measured.interruptions),
            settled: u64::from(resolved.is_some()),
            resolved: u64::from(resolved == Some(true)),
        }
    }

    /// Returns the sums for a queue. Answered and missed count what its agents did, and handling is only theirs. Its hand-offs
    /// are those by which the caller entered the queue. For a call that is older than that count, they are all hand-offs of the
    /// call.
    fn sums_of_queue(&self, queue: &str, sums: &Sums) -> Sums {
        let mine = || self.agents.iter().filter(|agent| agent.queue_id.as_deref() == Some(queue));
        let waited = self.tally.queue_waits.of_queue(queue);
        // By its row, an agent to whom a colleague has passed the caller back is no longer the queue's.
        let has_bridged = waited.as_ref().is_some_and(|waited| waited.bridged > 0);
        let handling = self.agents.iter().map(|agent| self.handling_for(agent, queue));
        let handling = handling.fold((0, 0), |(ms, times), (more, once)| (ms + more, times + once));
        let is_answered = has_bridged || handling.1 > 0 || mine().any(|agent| agent.has_joined);
        let of_queue = Sums {
            answered: u64::from(is_answered),
            contained: 0,
            handed_over: u64::from(is_answered),
            missed: u64::from(!is_answered && self.state == CallState::Ended),
            handling,
            ..sums.clone()
        };
        match waited {
            Some(waited) => Sums {
                handoffs: waited.offered.into(),
                bridged: waited.bridged.into(),
                failures: waited.failures.into_iter().map(|(why, count)| (why, count.into())).collect(),
                waits: waited.waits,
                ..of_queue
            },
            None => of_queue,
        }
    }

    /// Returns how long an agent was busy for a queue, in ms, and how often. For a call that is older than the tally's talks, all of
    /// it is for the queue in the agent's row.
    fn handling_for(&self, agent: &AgentFacts, queue: &str) -> (u64, u64) {
        match self.tally.queue_talks.of_agent(&agent.user_id) {
            Some(talks) => talks.handling(queue, agent.wrap_up_ms),
            None if agent.queue_id.as_deref() == Some(queue) => agent.handling(),
            None => (0, 0),
        }
    }

    /// Returns the sums for an agent, which count what the agent did.
    fn sums_of_agent(&self, agent: &AgentFacts, sums: &Sums) -> Sums {
        let has_missed = matches!(agent.outcome, AgentOutcome::Missed | AgentOutcome::Declined);
        Sums {
            answered: u64::from(agent.has_joined),
            contained: 0,
            handed_over: u64::from(agent.has_joined),
            missed: u64::from(has_missed),
            talk: if agent.has_talked() { (agent.talked_ms, 1) } else { (0, 0) },
            handling: agent.handling(),
            ..sums.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::agent::AgentEnd;
    use crate::event::{Decision, Event, Fact};
    use crate::ids::{EffectId, LegId, QueueId, UserId};
    use crate::report::{ReportFigures, Spread};
    use crate::switch::HandoffFailure;
    use crate::time::UnixMs;

    fn answered() -> CallFacts {
        CallFacts {
            direction: Direction::Inbound,
            state: CallState::Ended,
            is_answered: true,
            hangup_cause: Some("normal_clearing".to_owned()),
            from: Some("+4930".to_owned()),
            to: Some("100".to_owned()),
            profile_id: "p".to_owned(),
            provider: Some("builtin".to_owned()),
            talk_ms: Some(60_000),
            cost_micros: 5,
            tally: CallTally { version: 3, ..CallTally::default() },
            agents: Vec::new(),
            campaign_id: None,
            called_again: None,
            topics: Vec::new(),
            extracted: Vec::new(),
        }
    }

    fn agent(user: &str, outcome: AgentOutcome, has_joined: bool) -> AgentFacts {
        AgentFacts {
            user_id: user.to_owned(),
            outcome,
            has_joined,
            talked_ms: if has_joined { 20_000 } else { 0 },
            queue_id: has_joined.then(|| "q".to_owned()),
            wrap_up_ms: has_joined.then_some(5_000),
        }
    }

    fn of(call: &CallFacts, cut: Cut, key: &str) -> Sums {
        let mut found = call.shares().into_iter().filter(|share| share.cut == cut && share.key == key);
        let sums = found.next().unwrap_or_else(|| panic!("no {cut:?} {key}")).sums;
        assert!(found.next().is_none());
        sums
    }

    #[test]
    fn only_calls_with_just_the_assistant_are_contained() {
        let call = answered();
        for (cut, key) in [
            (Cut::All, ""),
            (Cut::Number, "100"),
            (Cut::Profile, "p"),
            (Cut::Version, "p/3"),
            (Cut::Provider, "builtin"),
        ] {
            assert_eq!(of(&call, cut, key).contained, 1, "{cut:?}");
        }
        let sent_on = CallFacts { hangup_cause: Some("call_transferred".to_owned()), ..answered() };
        assert_eq!((of(&sent_on, Cut::All, "").contained, of(&sent_on, Cut::All, "").handed_over), (0, 1));
        let live = CallFacts { state: CallState::Live, hangup_cause: None, talk_ms: None, ..answered() };
        let live = of(&live, Cut::All, "");
        assert_eq!((live.contained, live.open, live.answered, live.outcomes.len()), (0, 1, 1, 0));
        let missed = CallFacts { is_answered: false, talk_ms: None, ..answered() };
        assert_eq!((of(&missed, Cut::All, "").missed, of(&missed, Cut::All, "").contained), (1, 0));
        assert!(CallFacts { direction: Direction::Internal, ..answered() }.shares().is_empty());
        let outbound = CallFacts { direction: Direction::Outbound, ..answered() };
        assert_eq!(of(&outbound, Cut::Number, "+4930").inbound, 0);
    }

    #[test]
    fn a_call_is_resolved_if_nobody_called_again() {
        let settled = |call: CallFacts| {
            let sums = of(&call, Cut::All, "");
            (sums.settled, sums.resolved)
        };
        let again = |called_again| CallFacts { called_again, ..answered() };
        let failed = CallTally { failures: [(HandoffFailure::Busy, 1)].into(), ..CallTally::default() };
        for (call, expected) in [
            (again(Some(false)), (1, 1)),
            (again(Some(true)), (1, 0)),
            (again(None), (0, 0)),
            (CallFacts { tally: failed, ..again(Some(false)) }, (1, 0)),
            (CallFacts { is_answered: false, ..again(Some(false)) }, (0, 0)),
            (CallFacts { direction: Direction::Outbound, ..again(Some(false)) }, (0, 0)),
            (CallFacts { state: CallState::Live, ..again(Some(false)) }, (0, 0)),
        ] {
            assert_eq!(settled(call.clone()), expected, "{call:?}");
        }
    }

    #[test]
    fn conversations_count_only_if_measured_and_for_their_campaign() {
        let mut conversation = Conversation::default();
        (conversation.conversed_ms, conversation.silent_ms, conversation.interruptions) = (9, 4, 2);
        let tally = CallTally { conversation: Some(conversation), ..CallTally::default() };
        let call = CallFacts { tally, campaign_id: Some("c".to_owned()), ..answered() };
        let sums = of(&call, Cut::Campaign, "c");
        assert_eq!((sums.conversed, sums.silent_ms, sums.interruptions), ((9, 1), 4, 2));
        assert_eq!(of(&answered(), Cut::All, "").conversed, (0, 0), "a call that is older than this figure");
        let called_by_agent =
            CallTally { conversation: Some(Conversation::default()), ..CallTally::default() };
        for without in [
            CallFacts { is_answered: false, ..call.clone() },
            // Twilio's documents have talked, whose silence nobody hears.
            CallFacts { provider: None, ..call.clone() },
            CallFacts { tally: called_by_agent, ..call },
        ] {
            assert_eq!(of(&without, Cut::All, "").conversed, (0, 0), "{without:?}");
        }
    }

    #[test]
    fn a_call_counts_for_each_of_its_topics_and_values() {
        let call = CallFacts {
            topics: vec!["delivery".to_owned(), "invoice".to_owned()],
            extracted: vec![("reason".to_owned(), "complaint".to_owned())],
            ..answered()
        };
        for (cut, key) in
            [(Cut::Topic, "delivery"), (Cut::Topic, "invoice"), (Cut::Extraction, "p/reason=complaint")]
        {
            assert_eq!(of(&call, cut, key), of(&call, Cut::All, ""), "{key}");
        }
    }

    #[test]
    fn agents_and_queues_have_what_they_did() {
        let agents =
            vec![agent("ada", AgentOutcome::Talked, true), agent("eve", AgentOutcome::Missed, false)];
        let call = CallFacts { agents, ..answered() };
        let all = of(&call, Cut::All, "");
        assert_eq!(
            (all.contained, all.handed_over, all.handling, all.talk),
            (0, 1, (25_000, 1), (60_000, 1))
        );
        let ada = of(&call, Cut::Agent, "ada");
        assert_eq!((ada.answered, ada.missed, ada.talk, ada.handling), (1, 0, (20_000, 1), (25_000, 1)));
        let eve = of(&call, Cut::Agent, "eve");
        assert_eq!((eve.calls, eve.answered, eve.missed, eve.talk), (1, 0, 1, (0, 0)));
        assert_eq!(
            (of(&call, Cut::Queue, "q").answered, of(&call, Cut::Queue, "q").handling),
            (1, (25_000, 1))
        );
    }

    #[test]
    fn a_queue_has_the_handoffs_that_led_to_it() {
        let (queue_id, elsewhere, handoff) = (QueueId(Uuid::from_u128(8)), EffectId(1), EffectId(2));
        let asked = |handoff| {
            let (target, reason) = ("help".to_owned(), String::new());
            Event::from(Decision::AgentRequested { handoff, target, reason })
        };
        let over = |handoff, failure| Event::from(Decision::HandoffAbandoned { handoff, failure });
        let events = [
            asked(elsewhere),
            over(elsewhere, HandoffFailure::Busy),
            asked(handoff),
            Fact::QueueEntered { handoff, queue_id, overflowed: None }.into(),
            over(handoff, HandoffFailure::CallerLeft),
        ];
        let mut tally = CallTally::default();
        events.iter().for_each(|event| tally.apply(event, UnixMs(0)));
        let call = CallFacts { tally, ..answered() };
        let queue = of(&call, Cut::Queue, &queue_id.to_string());
        assert_eq!((queue.calls, queue.answered, queue.missed), (1, 0, 1));
        assert_eq!((queue.handoffs, queue.bridged), (1, 0));
        assert_eq!(queue.failures, [(HandoffFailure::CallerLeft, 1)].into());
        assert_eq!(of(&call, Cut::All, "").handoffs, 2);
    }

    #[test]
    fn a_talk_in_progress_shortens_no_average() {
        let agents = |outcome| {
            let talks = AgentFacts { talked_ms: 0, wrap_up_ms: None, ..agent("ada", outcome, true) };
            CallFacts {
                state: CallState::Live,
                hangup_cause: None,
                talk_ms: None,
                agents: vec![talks],
                ..answered()
            }
        };
        for (outcome, times) in [(AgentOutcome::Talking, 0), (AgentOutcome::Talked, 1)] {
            let call = agents(outcome);
            let ada = of(&call, Cut::Agent, "ada");
            assert_eq!((ada.answered, ada.talk, ada.handling), (1, (0, times), (0, times)));
            assert_eq!(of(&call, Cut::All, "").handling, (0, times));
        }
    }

    #[test]
    fn a_queue_counts_only_its_own_callers() {
        let (sales, help, handoff) = (QueueId(Uuid::from_u128(8)), QueueId(Uuid::from_u128(9)), EffectId(2));
        let ada = UserId(Uuid::from_u128(1));
        let accepted = |handoff, queue_id| {
            Event::from(Fact::DeskAccepted { handoff, user_id: ada, extension: None, queue_id })
        };
        let events = [
            Event::from(Decision::AgentRequested {
                handoff,
                target: "sales".to_owned(),
                reason: String::new(),
            }),
            Fact::QueueEntered { handoff, queue_id: sales, overflowed: None }.into(),
            accepted(handoff, Some(sales)),
            Decision::AgentJoined { handoff, user_id: ada, leg: LegId(3) }.into(),
            // She asks another queue for a colleague.
            Fact::QueueEntered { handoff: EffectId(3), queue_id: help, overflowed: None }.into(),
            accepted(EffectId(3), Some(help)),
        ];
        let mut tally = CallTally::default();
        events.iter().for_each(|event| tally.apply(event, UnixMs(0)));
        // A colleague has passed the caller back to her, which no queue did.
        let ada = AgentFacts { queue_id: None, ..agent("ada", AgentOutcome::Talked, true) };
        let bob = |outcome, has_joined| AgentFacts {
            queue_id: Some(help.to_string()),
            ..agent("bob", outcome, has_joined)
        };
        let consulted = bob(AgentOutcome::Consulted, false);
        let call = CallFacts { tally: tally.clone(), agents: vec![ada.clone(), consulted], ..answered() };
        assert_eq!(call.queues(), [sales.to_string()]);
        let of_sales = of(&call, Cut::Queue, &sales.to_string());
        assert_eq!((of_sales.answered, of_sales.handed_over, of_sales.missed), (1, 1, 0));
        let call = CallFacts { tally, agents: vec![ada, bob(AgentOutcome::Talked, true)], ..answered() };
        let of_help = of(&call, Cut::Queue, &help.to_string());
        assert_eq!(
            (of_help.answered, of_help.missed, of_help.handoffs),
            (1, 0, 0),
            "he has joined the caller"
        );
    }

    #[test]
    fn each_queue_has_the_handling_of_its_own_offers() {
        let (sales, help, handoff) = (QueueId(Uuid::from_u128(8)), QueueId(Uuid::from_u128(9)), EffectId(2));
        let user_id = UserId(Uuid::from_u128(1));
        let talk = |queue_id, ms| {
            let how = AgentEnd::HandedBack;
            [
                Event::from(Fact::DeskAccepted { handoff, user_id, extension: None, queue_id }),
                Decision::AgentJoined { handoff, user_id, leg: LegId(3) }.into(),
                Decision::AgentLeft { user_id, talked_ms: Some(ms), how }.into(),
            ]
        };
        let row = |queue_id: Option<QueueId>, talked_ms| AgentFacts {
            queue_id: queue_id.map(|queue| queue.to_string()),
            talked_ms,
            ..agent(&user_id.to_string(), AgentOutcome::Talked, true)
        };
        let handling = |call: &CallFacts, queue: QueueId| of(call, Cut::Queue, &queue.to_string()).handling;
        let mut tally = CallTally::default();
        let mut tell = |events: [Event; 3]| {
            events.iter().for_each(|event| tally.apply(event, UnixMs(0)));
            tally.clone()
        };
        tell(talk(Some(sales), 60_000));
        // A colleague passes the caller back to her.
        let passed_back = tell(talk(None, 4_000));
        let call = CallFacts { tally: passed_back, agents: vec![row(None, 64_000)], ..answered() };
        assert_eq!((handling(&call, sales), of(&call, Cut::All, "").handling), ((65_000, 1), (69_000, 1)));
        let second = tell(talk(Some(help), 3_000));
        let call = CallFacts { tally: second, agents: vec![row(Some(help), 67_000)], ..answered() };
        assert_eq!((handling(&call, sales), handling(&call, help)), ((60_000, 1), (8_000, 1)));
        assert_eq!(call.queues(), [sales, help].map(|queue| queue.to_string()));
        let older = CallFacts { agents: vec![row(Some(help), 67_000)], ..answered() };
        assert_eq!(handling(&older, help), (72_000, 1), "the tally of an older call knows no talks");
    }

    /// Returns the names of the figures that are not zero.
    fn figure_names(sums: &Sums) -> BTreeSet<String> {
        let shown = serde_json::to_value(ReportFigures::from(sums)).unwrap();
        let figures = shown.as_object().unwrap().iter();
        let nothing =
            |value: &serde_json::Value| value.is_null() || *value == 0 || *value == serde_json::json!({});
        figures.filter(|(_, value)| !nothing(value)).map(|(name, _)| name.clone()).collect()
    }

    /// Returns calls that have, together, all properties by which calls are grouped, and every figure.
    fn all_kinds() -> [CallFacts; 5] {
        let (mut conversation, mut waits, mut replies) =
            (Conversation::default(), Spread::default(), Spread::default());
        (conversation.conversed_ms, conversation.silent_ms, conversation.interruptions) = (9_000, 4_000, 2);
        waits.note(8_000);
        replies.note(1_000);
        let tally = CallTally {
            version: 3,
            handoffs: 2,
            bridged: 1,
            failures: [(HandoffFailure::Busy, 1)].into(),
            waits,
            replies,
            conversation: Some(conversation),
            ..CallTally::default()
        };
        let call = CallFacts {
            campaign_id: Some("c".to_owned()),
            topics: vec!["delivery".to_owned()],
            extracted: vec![("reason".to_owned(), "complaint".to_owned())],
            ..answered()
        };
        let ada = || vec![agent("ada", AgentOutcome::Talked, true)];
        let passed =
            AgentFacts { queue_id: Some("q".to_owned()), ..agent("ada", AgentOutcome::Missed, false) };
        let useful = CallTally { version: 3, leads: 1, bookings: 1, ..CallTally::default() };
        [
            CallFacts { tally, agents: ada(), called_again: Some(true), ..call.clone() },
            CallFacts { tally: useful, agents: ada(), called_again: Some(false), ..call.clone() },
            CallFacts { is_answered: false, talk_ms: None, agents: vec![passed], ..call.clone() },
            CallFacts { state: CallState::Live, hangup_cause: None, agents: ada(), ..call.clone() },
            call,
        ]
    }

    #[test]
    fn each_grouping_has_each_figure() {
        let calls = all_kinds();
        let by = |cut: Cut, key: &str| {
            let shares = calls.iter().flat_map(CallFacts::shares);
            shares.filter(|share| share.cut == cut && share.key == key).fold(
                Sums::default(),
                |mut all, share| {
                    all.add(&share.sums);
                    all
                },
            )
        };
        let all = by(Cut::All, "");
        let shown = serde_json::to_value(ReportFigures::default()).unwrap();
        let every: BTreeSet<String> = shown.as_object().unwrap().keys().cloned().collect();
        assert_eq!(figure_names(&all), every);
        let keys = [
            (Cut::All, ""),
            (Cut::Number, "100"),
            (Cut::Profile, "p"),
            (Cut::Version, "p/3"),
            (Cut::Queue, "q"),
            (Cut::Agent, "ada"),
            (Cut::Provider, "builtin"),
            (Cut::Campaign, "c"),
            (Cut::Topic, "delivery"),
            (Cut::Extraction, "p/reason=complaint"),
        ];
        assert_eq!(keys.map(|(cut, _)| cut), Cut::ALL);
        for (cut, key) in keys {
            if matches!(cut, Cut::Queue | Cut::Agent) {
                // They have inbound calls, none of which the assistant contained.
                let mut theirs = every.clone();
                theirs.remove("contained");
                assert_eq!(figure_names(&by(cut, key)), theirs, "{cut:?}");
            } else {
                assert_eq!(by(cut, key), all, "{cut:?}");
            }
        }
    }
}
