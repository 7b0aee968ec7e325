//! Tasks of each agent: their calls, and the wrap-ups that they have to write. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::agent::AgentCall;
use cordboard_schema::ids::{CallId, UserId};

use super::presence::{DueWrapUp, PresenceNow};

/// Tasks of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The calls that they have.
    pub calls: Vec<AgentCall>,
    /// Wrap-ups that they have to write, the oldest first.
    pub wrap_ups: Vec<DueWrapUp>,
}

/// Tasks of all agents of a floor, and what was last reported of them.
#[derive(Debug, Default)]
pub(super) struct WorkOfAll {
    calls: BTreeMap<UserId, BTreeMap<CallId, AgentCall>>,
    reported: BTreeMap<UserId, Work>,
    changed: BTreeSet<UserId>,
}

impl WorkOfAll {
    /// An agent has accepted a call; the call itself reports more.
    pub(super) fn accepted(&mut self, user: UserId, call_id: CallId) {
        let call = AgentCall::accepted(call_id);
        self.calls.entry(user).or_default().entry(call_id).or_insert(call);
        self.may_have_changed(user);
    }

    /// An agent has begun a call, which may itself have reported more by now.
    pub(super) fn begun(&mut self, user: UserId, call: AgentCall) {
        self.calls.entry(user).or_default().entry(call.call_id).or_insert(call);
        self.may_have_changed(user);
    }

    /// Notes an agent's call, as it is now.
    pub(super) fn call_is(&mut self, user: UserId, call: AgentCall) {
        self.calls.entry(user).or_default().insert(call.call_id, call);
        self.may_have_changed(user);
    }

    /// An agent is no longer in a call.
    pub(super) fn left(&mut self, user: UserId, call: CallId) {
        if let Some(calls) = self.calls.get_mut(&user) {
            calls.remove(&call);
        }
        self.may_have_changed(user);
    }

    /// Something about an agent has changed.
    pub(super) fn may_have_changed(&mut self, user: UserId) {
        self.changed.insert(user);
    }

    /// Takes the agents whose tasks may have changed since the last time.
    pub(super) fn take_changed(&mut self) -> BTreeSet<UserId> {
        std::mem::take(&mut self.changed)
    }

    /// Whether an agent has this call.
    pub(super) fn has(&self, user: UserId, call: CallId) -> bool {
        self.calls.get(&user).is_some_and(|calls| calls.contains_key(&call))
    }

    /// Agents who have this call.
    pub(super) fn agents_in(&self, call: CallId) -> impl Iterator<Item = UserId> + '_ {
        let have = self.calls.iter().filter(move |(_, calls)| calls.contains_key(&call));
        have.map(|(user, _)| *user)
    }

    /// Whether an agent has talked with the caller of this call, as reported by the call. For a call among colleagues
    /// there is no wrap-up.
    pub(super) fn has_talked(&self, user: UserId, call: CallId) -> bool {
        let call = self.calls.get(&user).and_then(|calls| calls.get(&call));
        call.is_some_and(|call| call.talks_since.is_some() && call.colleague.is_none())
    }

    /// Present tasks of an agent.
    pub(super) fn of(&self, agent: &PresenceNow) -> Work {
        let calls = self.calls.get(&agent.agent.user_id).into_iter().flat_map(BTreeMap::values);
        Work { calls: calls.cloned().collect(), wrap_ups: agent.wrap_ups.clone() }
    }

    /// The same, if it has changed.
    pub(super) fn news(&mut self, agent: &PresenceNow) -> Option<Work> {
        let (user, now) = (agent.agent.user_id, self.of(agent));
        let reported = self.reported.entry(user).or_default();
        if *reported == now {
            return None;
        }
        reported.clone_from(&now);
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::{Agent, AgentAudio};
    use cordboard_schema::ids::OrganizationId;
    use cordboard_schema::time::UnixMs;
    use uuid::Uuid;

    use super::super::presence::Presence;
    use super::*;

    const ADA: UserId = UserId(Uuid::from_u128(1));
    const CALL: CallId = CallId(Uuid::from_u128(7));

    fn ada() -> PresenceNow {
        let agent = Agent {
            organization_id: OrganizationId(Uuid::from_u128(99)),
            user_id: ADA,
            name: "Ada".to_owned(),
            extension: None,
            audio: AgentAudio::Browser,
            skills: BTreeSet::new(),
            calls_max: 1,
        };
        Presence::new(agent, UnixMs(0)).now()
    }

    #[test]
    fn an_agents_calls_are_reported_only_when_they_change() {
        let (mut work, agent) = (WorkOfAll::default(), ada());
        assert_eq!(work.news(&agent), None, "there is nothing to do");
        work.accepted(ADA, CALL);
        assert!(work.has(ADA, CALL));
        assert_eq!(work.take_changed(), BTreeSet::from([ADA]));
        assert_eq!(work.take_changed(), BTreeSet::new());
        let accepted = Work { calls: vec![AgentCall::accepted(CALL)], wrap_ups: Vec::new() };
        assert_eq!(work.of(&agent), accepted);
        assert_eq!(work.news(&agent), Some(accepted));
        assert_eq!(work.news(&agent), None, "they know");

        let muted = AgentCall { is_muted: true, ..AgentCall::accepted(CALL) };
        work.call_is(ADA, muted.clone());
        assert_eq!(work.take_changed(), BTreeSet::from([ADA]));
        assert_eq!(work.news(&agent).map(|work| work.calls), Some(vec![muted]));

        work.left(ADA, CALL);
        assert!(!work.has(ADA, CALL));
        assert_eq!(work.take_changed(), BTreeSet::from([ADA]));
        assert_eq!(work.news(&agent), Some(Work::default()));
    }

    #[test]
    fn a_calls_own_report_survives_a_late_beginning() {
        let (mut work, agent) = (WorkOfAll::default(), ada());
        let begun = AgentCall::begun(CALL, "2001".to_owned(), UnixMs(0));
        work.begun(ADA, begun.clone());
        assert_eq!(work.take_changed(), BTreeSet::from([ADA]));
        assert_eq!(work.of(&agent).calls, std::slice::from_ref(&begun));
        let muted = AgentCall { is_muted: true, ..begun.clone() };
        work.call_is(ADA, muted.clone());
        work.begun(ADA, begun);
        work.accepted(ADA, CALL);
        assert_eq!(work.of(&agent).calls, [muted]);
        work.take_changed();
        work.may_have_changed(ADA);
        assert_eq!(work.take_changed(), BTreeSet::from([ADA]));
    }
}
