//! Everyone in the call except its caller and its assistant, or about to join: agents, external parties, supervisors, and a person whom the
//! caller's switch joins with them. A region of its own. The audio of every role arrives, joins, is lost and comes back in the same way,
//! and the mix is derived from that (`mix.rs`). What the call does about a role is in the role's file.
//!
//! ```text
//! invited ──audio arrives──> arriving ──joins───> here ──lost──> away ──back──> arriving
//!    │ phone may ring            │                  │              │ awaited no longer
//!    └───────────────────────────┴──────────────────┴──────────────┴──> leaves, once, by `participant_leaves`
//! ```

mod presence;

use cordboard_schema::call::LegEnd;
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode};
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine};
use crate::effect::AgentStatus;
pub(super) use presence::Presence;

/// How long a participant's lost audio is awaited, in ms. Reloading a page takes 2 s.
pub(super) const RETURN_MS: u64 = 15_000;

/// The identity of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// An agent who has accepted the call, or whose phone rings for it.
    Agent(UserId),
    /// Another person on a phone, by the consultation or hand-off that rings it.
    External(EffectId),
    /// A supervisor.
    Supervisor(UserId),
    /// A person whom the caller's switch joins with them, one at a time.
    PersonAtSwitch,
}

impl Who {
    /// Returns the agent, if it is one.
    pub(super) fn agent(self) -> Option<UserId> {
        match self {
            Self::Agent(user) => Some(user),
            Self::External(_) | Self::Supervisor(_) | Self::PersonAtSwitch => None,
        }
    }
}

/// A person in the call, or about to join it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Participant {
    pub(super) role: Role,
    /// Whether they are connected, and since when they take part.
    pub(super) presence: Presence,
    /// A phone that we ring for them, or that they talk on.
    pub(super) phone: Option<RungPhone>,
}

/// The role in which a person takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Agent(Agent),
    External(ExternalParty),
    Supervisor(Supervisor),
    /// The hand-off that led to them; `None` if the switch joined them with the caller by itself.
    PersonAtSwitch(Option<EffectId>),
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) user_id: UserId,
    /// The hand-off or consultation that they have accepted; `None` while only their phone rings.
    pub(super) accepted: Option<EffectId>,
    pub(super) is_muted: bool,
    /// The state that their desk was last shown.
    pub(super) shown: Option<Box<AgentStatus>>,
}

/// A person on a phone who is not an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExternalParty {
    /// The consultation or hand-off that asks them, which is also the number of their ringing.
    pub(super) asked_by: EffectId,
    /// Their name in the list of extensions, or their number.
    pub(super) name: String,
}

/// A supervisor, who listens to the call but does not have the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Supervisor {
    pub(super) user_id: UserId,
    pub(super) mode: SupervisionMode,
    /// Whether the call's agents are not shown that they listen.
    pub(super) silent: bool,
    /// Whether the caller is to be told that someone listens.
    pub(super) tell_caller: bool,
}

/// A phone that we ring for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RungPhone {
    pub(super) ringing: EffectId,
    /// The hand-off that it rings for.
    pub(super) handoff: EffectId,
    pub(super) is_lifted: bool,
    /// It was lifted, but its agent does not have the call yet: until when that is awaited.
    pub(super) until: Option<UnixMs>,
}

impl Participant {
    pub(super) fn who(&self) -> Who {
        match &self.role {
            Role::Agent(agent) => Who::Agent(agent.user_id),
            Role::External(party) => Who::External(party.asked_by),
            Role::Supervisor(supervisor) => Who::Supervisor(supervisor.user_id),
            Role::PersonAtSwitch(_) => Who::PersonAtSwitch,
        }
    }

    /// Returns the hand-off or consultation that brought them into the call.
    fn came_by(&self) -> Option<EffectId> {
        match &self.role {
            Role::Agent(agent) => agent.accepted,
            Role::External(party) => Some(party.asked_by),
            Role::Supervisor(_) | Role::PersonAtSwitch(_) => None,
        }
    }

    /// Returns the agent, if it is one who has accepted.
    pub(super) fn as_agent(&self) -> Option<&Agent> {
        match &self.role {
            Role::Agent(agent) if agent.accepted.is_some() => Some(agent),
            _ => None,
        }
    }

    /// Returns the agent whose phone rings, if it is one who has not accepted.
    pub(super) fn as_invited(&self) -> Option<&Agent> {
        match &self.role {
            Role::Agent(agent) if agent.accepted.is_none() => Some(agent),
            _ => None,
        }
    }

    pub(super) fn as_external(&self) -> Option<&ExternalParty> {
        match &self.role {
            Role::External(party) => Some(party),
            _ => None,
        }
    }

    pub(super) fn as_supervisor(&self) -> Option<&Supervisor> {
        match &self.role {
            Role::Supervisor(supervisor) => Some(supervisor),
            _ => None,
        }
    }

    /// Whether we ring a phone for them by this ringing, or they talk on it.
    pub(super) fn has_phone(&self, ringing: EffectId) -> bool {
        self.phone.is_some_and(|phone| phone.ringing == ringing)
    }

    /// Whether they talk with the caller.
    pub(super) fn talks(&self) -> bool {
        self.as_supervisor().is_none() && self.presence.since().is_some()
    }

    /// Returns the leg by which they hear.
    pub(super) fn ear(&self) -> Option<LegId> {
        self.presence.here()
    }

    /// Returns the leg by which they speak, unless they are muted.
    pub(super) fn mouth(&self) -> Option<LegId> {
        let is_muted = self.as_agent().is_some_and(|agent| agent.is_muted);
        self.ear().filter(|_| !is_muted)
    }
}

/// Everyone in the call except its caller and its assistant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Participants {
    /// Participants of the same role are in the order in which they came.
    all: Vec<Participant>,
}

impl Participants {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Participant> {
        self.all.iter_mut()
    }

    pub(super) fn find(&self, who: Who) -> Option<&Participant> {
        self.all.iter().find(|one| one.who() == who)
    }

    pub(super) fn find_mut(&mut self, who: Who) -> Option<&mut Participant> {
        self.all.iter_mut().find(|one| one.who() == who)
    }

    /// Returns the participant who has this leg.
    pub(super) fn by_leg_mut(&mut self, leg: LegId) -> Option<&mut Participant> {
        self.all.iter_mut().find(|one| one.presence.leg() == Some(leg))
    }

    /// Returns the agent whose phone rings, or was lifted, by this ringing.
    pub(super) fn agent_by_ringing_mut(&mut self, ringing: EffectId) -> Option<&mut Participant> {
        self.all.iter_mut().find(|one| matches!(one.role, Role::Agent(_)) && one.has_phone(ringing))
    }

    /// Returns the agents who have accepted the call.
    pub(super) fn agents(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter().filter(|one| one.as_agent().is_some())
    }

    /// Returns this agent, if they have accepted the call.
    pub(super) fn agent(&self, user: UserId) -> Option<&Participant> {
        self.find(Who::Agent(user)).filter(|one| one.as_agent().is_some())
    }

    pub(super) fn agent_mut(&mut self, user: UserId) -> Option<&mut Participant> {
        self.find_mut(Who::Agent(user)).filter(|one| one.as_agent().is_some())
    }

    pub(super) fn external_parties(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter().filter(|one| one.as_external().is_some())
    }

    pub(super) fn supervisors(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter().filter(|one| one.as_supervisor().is_some())
    }

    pub(super) fn supervisor_mut(&mut self, user: UserId) -> Option<&mut Supervisor> {
        match &mut self.find_mut(Who::Supervisor(user))?.role {
            Role::Supervisor(supervisor) => Some(supervisor),
            Role::Agent(_) | Role::External(_) | Role::PersonAtSwitch(_) => None,
        }
    }

    /// Returns the hand-off that led to the person at the switch, and whether they are joined with the caller there.
    pub(super) fn person(&self) -> Option<(Option<EffectId>, bool)> {
        self.all.iter().find_map(|one| match one.role {
            Role::PersonAtSwitch(handoff) => Some((handoff, one.presence.is_at_switch())),
            _ => None,
        })
    }

    /// The caller's switch will join a person with them.
    pub(super) fn await_person(&mut self, handoff: Option<EffectId>) {
        self.person_is_gone();
        self.add(Role::PersonAtSwitch(handoff));
    }

    /// The switch has joined them. A person whom it joined by itself was not awaited.
    pub(super) fn person_is_joined(&mut self) {
        if self.person().is_none() {
            self.await_person(None);
        }
        if let Some(one) = self.find_mut(Who::PersonAtSwitch) {
            one.presence.joins_at_switch();
        }
    }

    pub(super) fn person_is_gone(&mut self) {
        self.remove(Who::PersonAtSwitch);
    }

    /// Returns those who can be joined with the caller: agents who have accepted, then external parties.
    pub(super) fn talkers(&self) -> impl Iterator<Item = &Participant> {
        self.agents().chain(self.external_parties())
    }

    /// Returns all legs, including those that have not joined yet.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> + '_ {
        let invited = self.all.iter().filter(|one| one.as_invited().is_some());
        self.talkers().chain(invited).chain(self.supervisors()).filter_map(|one| one.presence.leg())
    }

    /// Returns the ears of those who can be joined with the caller.
    pub(super) fn ears(&self) -> impl Iterator<Item = LegId> + '_ {
        self.talkers().filter_map(Participant::ear)
    }

    /// Returns the ears of agents only. A third party on a phone is not an agent, and must not hear a whisper any more than the caller
    /// does.
    pub(super) fn agents_ears(&self) -> impl Iterator<Item = LegId> + '_ {
        self.agents().filter_map(Participant::ear)
    }

    /// Returns the mouths of those who may be heard.
    pub(super) fn mouths(&self) -> impl Iterator<Item = LegId> + '_ {
        self.talkers().filter_map(Participant::mouth)
    }

    /// Whether someone hears the caller, or would if the caller were not on hold.
    pub(super) fn anybody_there(&self) -> bool {
        self.talkers().any(|one| one.presence.is_unparted() && one.talks())
    }

    /// Returns until when agents whose audio is lost are awaited.
    pub(super) fn agents_awaited_until(&self) -> Option<UnixMs> {
        self.agents().filter_map(|one| one.presence.awaited_until()).min()
    }

    /// Returns until when a report is awaited about an external party whose line broke.
    pub(super) fn external_parties_awaited_until(&self) -> Option<UnixMs> {
        self.external_parties().filter_map(|one| one.presence.awaited_until()).min()
    }

    /// Returns until when supervisors whose audio is not connected are awaited.
    pub(super) fn supervisors_awaited_until(&self) -> Option<UnixMs> {
        self.supervisors().filter_map(|one| one.presence.awaited_until()).min()
    }

    /// Returns until when phones that were lifted are awaited.
    pub(super) fn phones_awaited_until(&self) -> Option<UnixMs> {
        self.all.iter().filter_map(|one| one.phone?.until).min()
    }

    /// Adds a person who takes part or will. An agent whose phone already rings stays the same participant.
    pub(super) fn add(&mut self, role: Role) -> &mut Participant {
        let before = match &role {
            Role::Agent(agent) => self.remove(Who::Agent(agent.user_id)),
            _ => None,
        };
        let (presence, phone) = before.map(|one| (one.presence, one.phone)).unwrap_or_default();
        self.all.push(Participant { role, presence, phone });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    pub(super) fn remove(&mut self, who: Who) -> Option<Participant> {
        let at = self.all.iter().position(|one| one.who() == who)?;
        Some(self.all.remove(at))
    }

    /// The process died, and with it all audio.
    pub(super) fn process_died(&mut self, away_ms: u64) {
        self.all.iter_mut().for_each(|one| one.presence.process_died(away_ms));
    }
}

impl Machine {
    /// A participant leaves the call; `reports` announces it. Ends their audio and their phone; nothing else does that.
    pub(super) fn participant_leaves(
        &mut self,
        who: Who,
        reports: impl IntoIterator<Item = Effect>,
        fx: &mut Effects,
    ) {
        let Some(one) = self.participants.remove(who) else { return };
        if let Some(handoff) = one.came_by() {
            self.whisper_broken(handoff, fx);
        }
        fx.extend(reports);
        // An agent whose phone only rang was heard by nobody.
        if one.as_invited().is_none() {
            self.rewire(fx);
        }
        fx.extend(one.presence.leg().map(Effect::ReleaseLeg));
        fx.extend(one.phone.map(|phone| Effect::StopPhone { ringing: phone.ringing }));
    }

    /// The audio of a participant has arrived, and replaces their earlier audio.
    pub(super) fn participant_arrived(&mut self, who: Who, leg: LegId, fx: &mut Effects) {
        let Some(one) = self.participants.find_mut(who) else { return fx.push(Effect::RefuseLeg(leg)) };
        let before = one.presence.arrives(leg);
        if let Some(handoff) = one.came_by() {
            self.whisper_broken(handoff, fx);
        }
        self.rewire(fx);
        fx.extend(before.map(Effect::ReleaseLeg));
    }

    /// Handles the joining of a participant's leg. Returns whether it was one.
    pub(super) fn participant_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(one) = self.participants.by_leg_mut(leg) else { return false };
        let stood_before = one.presence.here().is_some();
        one.presence.audio_joined();
        let (who, is_invited) = (one.who(), one.as_invited().is_some());
        match who {
            // They don't have the call yet.
            Who::Agent(_) if is_invited => return true,
            Who::Agent(user) => self.agent_is_here(user, leg, now, fx),
            Who::External(_) if stood_before => return true,
            Who::External(asked_by) => self.external_party_is_here(asked_by, leg, now, fx),
            Who::Supervisor(user) => self.supervisor_is_here(user, leg, now, fx),
            Who::PersonAtSwitch => {}
        }
        self.rewire(fx);
        true
    }

    /// Audio of a user has arrived who supervises the call or is one of its agents.
    pub(super) fn audio_of_user_arrived(&mut self, leg: LegId, user: UserId, fx: &mut Effects) {
        if !self.is_supervised_by(user) {
            return self.agent_leg_arrived(leg, user, fx);
        }
        self.participant_arrived(Who::Supervisor(user), leg, fx);
        fx.push(Effect::StartLeg(leg));
    }

    /// Handles the loss of a participant's leg. Returns whether it was one. Agents and supervisors may come back.
    pub(super) fn participant_lost(
        &mut self,
        leg: LegId,
        how: LegEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(one) = self.participants.by_leg_mut(leg) else { return false };
        match one.who() {
            Who::Supervisor(user) if how == LegEnd::SignedOut => {
                one.presence.is_lost();
                self.supervisor_leaves(user, SupervisionEnd::NotAllowed, now, fx);
            }
            Who::Supervisor(_) => {
                one.presence.is_away(now + RETURN_MS);
                self.rewire(fx);
            }
            Who::External(asked_by)
                if how == LegEnd::Broken && self.external_party_broken(asked_by, now, fx) => {}
            Who::External(asked_by) => self.external_party_left(asked_by, now, fx),
            Who::Agent(user) if self.phone_leg_left(user, how, now, fx) => {}
            Who::Agent(user) => self.agent_is_away(user, now, fx),
            Who::PersonAtSwitch => {}
        }
        true
    }
}
