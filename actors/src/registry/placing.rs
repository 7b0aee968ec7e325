//! Calls that we make: whether, by whom and over which switch. The call itself decides everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_schema::agent::BegunAtDesk;
use cordboard_schema::call::{AtDesks, CallPolicy, Direction};
use cordboard_schema::caller_line::{ChannelMode, LineKind};
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId};
use cordboard_schema::limits::PLACED_CALLS_KEPT;
use cordboard_schema::outbound::{CheckedCall, Dialled, OnVoicemail, ToQueue};
use cordboard_schema::profile::{AgentProfile, PublishedProfile};
use cordboard_schema::profile_variables::{CallerSaid, lead_variables};
use cordboard_schema::time::UnixMs;

use super::RegistryActor;
use super::dialling::PartyPlace;
use super::newest::Newest;
use super::room::Newcomer;
use crate::call::actor::CallIdentity;
use crate::call::neighbours::Dialler;
use crate::messages::{CallColleague, PlaceCall, PlaceRefused, Placed, Refused};
use crate::world;

/// The calls that were made recently. The registry forgets a call that is over, and it must not be made again.
#[derive(Debug)]
pub(super) struct PlacedCalls {
    lately: Newest<PlacedCall, PLACED_CALLS_KEPT>,
    /// The UTC day of the count of dialled parties.
    pub(super) counted_on: UnixMs,
}

#[derive(Debug)]
struct PlacedCall {
    call_id: CallId,
    channel: OutsideId,
    /// Whether it is over, and its callee's channel was hung up.
    is_hung_up: bool,
}

impl PlacedCalls {
    /// For a registry that knows how many were dialled on this day.
    pub(super) fn new(counted_on: UnixMs) -> Self {
        Self { lately: Newest::default(), counted_on }
    }

    fn note(&mut self, call_id: CallId, channel: OutsideId) {
        self.lately.push(PlacedCall { call_id, channel, is_hung_up: false });
    }

    fn has(&self, call_id: CallId) -> bool {
        self.lately.iter().any(|placed| placed.call_id == call_id)
    }

    /// A call is over, and its channel is hung up. Does nothing for a call that was not made here.
    pub(super) fn hung_up(&mut self, call_id: CallId) {
        if let Some(placed) = self.lately.iter_mut().rev().find(|placed| placed.call_id == call_id) {
            placed.is_hung_up = true;
        }
    }

    /// Whether a channel is that of a call that we made and have hung up.
    pub(super) fn is_hung_up(&self, channel: &OutsideId) -> bool {
        self.lately.iter().any(|placed| placed.is_hung_up && placed.channel == *channel)
    }
}

impl RegistryActor {
    /// Makes a call, or returns why not.
    pub(super) fn place(
        &mut self,
        PlaceCall { organization_id, call_id, call, by, published }: PlaceCall,
    ) -> Result<Placed, PlaceRefused> {
        if self.calls.contains_key(&call_id) || self.placed.has(call_id) {
            return Ok(Placed::Known);
        }
        let profile = match published.filter(|given| given.profile.organization_id == organization_id) {
            Some(given) => self.of_lead(&given, &call.variables, &call.tools),
            None => {
                self.profile_of(organization_id, call.profile.as_deref(), (&call.variables, &call.tools))?
            }
        };
        let granted = self.said(organization_id).granted.clone();
        let switch = self.neighbours.starts.dialler(organization_id, &granted, call.switch.as_deref());
        let (policy, _) = self.reach(organization_id, switch.as_ref().map_or(PartyPlace::Here, held_by));
        let target = DialTarget::find(&call.to, &policy)?;
        let switch = switch?;
        let policy = self.policy_at(organization_id, held_by(&switch));
        let dialled = self.over_a_switch((&profile, organization_id, &granted), target, &call, switch)?;
        if policy.dial.per_call_max == 0 {
            return Err(PlaceRefused::DialLimit);
        }
        can_have_agents(&policy, &dialled)?;
        let newcomer = Newcomer::of(organization_id, &[]).answered_by(&profile);
        let room = self.room(if by.is_some() { newcomer.of_agent() } else { newcomer })?;
        let outside_id = dialled.kind.outside_id(dialled.channel);
        let announced = Announcement {
            from: dialled.from.as_ref().map(ToString::to_string),
            to: Some(dialled.target.to_string()),
            ..Announcement::default()
        };
        let identity = CallIdentity { organization_id, call_id };
        let fact = Fact::CallStarted {
            profile,
            policy,
            direction: Direction::Outbound,
            outside_ids: vec![outside_id.clone()],
            announced: Some(announced),
            dialled: Some(Arc::new(dialled)),
            begun: by.map(|by| BegunAtDesk { by, colleague: None }),
        };
        self.placed.note(call_id, outside_id.clone());
        self.has_dialled(organization_id);
        self.begin(identity, fact, Some(outside_id), room);
        Ok(Placed::New)
    }

    /// Begins a call between two agents, or returns why not. No switch is involved, and nothing is dialled.
    pub(super) fn call_colleague(&mut self, asked: CallColleague) -> Result<(), PlaceRefused> {
        let CallColleague { organization_id, call_id, by, name, colleague } = asked;
        let profile = self.profile_of(organization_id, None, (&BTreeMap::new(), &[]))?;
        let room = self.room(Newcomer::of(organization_id, &[]).of_agent())?;
        let announced = Announcement::by_name(Some(name), colleague.clone());
        let fact = Fact::CallStarted {
            profile,
            policy: self.policy_of(organization_id),
            direction: Direction::Internal,
            outside_ids: Vec::new(),
            announced: Some(announced),
            dialled: None,
            begun: Some(BegunAtDesk { by, colleague: Some(colleague) }),
        };
        self.begin(CallIdentity { organization_id, call_id }, fact, None, room);
        Ok(())
    }

    fn profile_of(
        &self,
        organization_id: OrganizationId,
        name: Option<&str>,
        (variables, tools): (&BTreeMap<String, String>, &[OfferedTool]),
    ) -> Result<Arc<AgentProfile>, PlaceRefused> {
        let published = match name {
            Some(name) => self.profile_named(organization_id, name).ok_or(PlaceRefused::NoSuchProfile)?,
            None => self.profile(organization_id).ok_or(Refused::NoProfile)?,
        };
        Ok(self.of_lead(published, variables, tools))
    }

    fn of_lead(
        &self,
        published: &PublishedProfile,
        variables: &BTreeMap<String, String>,
        tools: &[OfferedTool],
    ) -> Arc<AgentProfile> {
        let of_lead = lead_variables(variables);
        let caller = CallerSaid { variables: Some(&of_lead), ..CallerSaid::default() };
        self.for_call(published, caller, tools)
    }

    fn over_a_switch(
        &self,
        (profile, organization_id, granted): (&AgentProfile, OrganizationId, &Granted),
        target: DialTarget,
        call: &CheckedCall,
        switch: Dialler,
    ) -> Result<Dialled, PlaceRefused> {
        let starts = &self.neighbours.starts;
        if let Dialable::Number { .. } = target.who() {
            if !switch.is_trunk_granted {
                return Err(PlaceRefused::TrunkNotGranted { switch: switch.name });
            }
            if let Some(setting) = switch.missing_trunk_setting {
                return Err(PlaceRefused::NoTrunk { switch: switch.name, setting });
            }
        }
        // An account at Twilio shows only its own numbers; for an organization's own account Twilio checks that.
        if let Some(from) = call.from.as_ref().filter(|_| switch.account.is_none()) {
            let said = self.dialling.get(&organization_id);
            let is_own = said.is_some_and(|said| said.own_numbers.contains(from.as_str()));
            if !is_own && !granted.caller_id(from) {
                return Err(PlaceRefused::CallerIdNotGranted { from: from.clone() });
            }
        }
        let has_message =
            matches!(call.voicemail, OnVoicemail::LeaveMessage { .. }) || call.on_answer.is_some();
        if has_message && !starts.speaks_text(profile) {
            return Err(PlaceRefused::CannotSpeakText);
        }
        if !switch.is_connected {
            return Err(PlaceRefused::SwitchAway { switch: switch.name });
        }
        Ok(Dialled {
            target,
            from: call.from.clone(),
            answer_timeout_ms: call.answer_timeout_ms,
            voicemail: call.voicemail.clone(),
            mailbox_detection: call.mailbox_detection,
            heeds_opt_out: call.heeds_opt_out,
            on_answer: call.on_answer.clone(),
            kind: switch.kind,
            switch: switch.name,
            channel: world::random_id(),
            variables: call.variables.clone(),
        })
    }
}

/// Whether agents can talk with the callee, if they are to.
fn can_have_agents(policy: &CallPolicy, dialled: &Dialled) -> Result<(), PlaceRefused> {
    let Some(ToQueue { queue, .. }) = &dialled.on_answer else { return Ok(()) };
    if !matches!(policy.at_desks(queue), Some((_, AtDesks::Queue))) {
        return Err(PlaceRefused::NoSuchQueue { queue: queue.clone() });
    }
    let is_silent = dialled.kind.line() == LineKind::Channel && policy.channel_mode() == ChannelMode::Esl;
    if is_silent { Err(PlaceRefused::NoSound { switch: dialled.switch.clone() }) } else { Ok(()) }
}

/// The switch that has the party that a call calls.
fn held_by(switch: &Dialler) -> PartyPlace<'_> {
    match &switch.account {
        Some(account) => PartyPlace::Account(account),
        None => PartyPlace::Configured(Some(&switch.name)),
    }
}
