//! Events of a call: mostly plausible ones, as its parties would cause them, and sometimes anything at all.

use cordboard_call::machine::Machine;
use cordboard_schema::agent::{AgentRequest, PhoneNow};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{EffectId, ItemId, LegId, OutsideId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, DialProgress};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::{
    ActionOutcome, AnswerState, ChannelSeen, ControlId, ControlLink, ExtensionChecked, ExtensionState,
    HandoffFailure, SwitchKind,
};
use cordboard_schema::tool::ToolOutcome;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{events, people_events};
use crate::at_desks;
use crate::rehearsal::Rehearsal;

/// One event, in terms that fit any call.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// Time passes, and the machine handles its deadlines.
    Wait(u64),
    /// Time passes, and a busy thread reports it late.
    Hang(u64),
    Arrive,
    /// The newest connection joins.
    Join,
    Leave(LegEnd),
    Ready,
    Fail(ProviderFailure),
    /// The assistant's next utterance, as a whole.
    Say(Option<Line>),
    /// The oldest utterance without a report is played.
    Play(u64, PlayedEnd),
    Key(char),
    Tool(&'static str, u8),
    /// The oldest tool ends.
    Done(u64, ToolOutcome),
    Restart,
    /// The process dies. This many ms later another one has the call from its journal.
    Die(u64),
    /// The next control connection arrives.
    Control(AnswerState),
    /// The newest control connection is lost.
    LoseControl,
    /// The outcome of a request, counted back from the newest.
    Act(usize, ActionOutcome),
    /// The result of checking an extension, counted back in the same way.
    Check(usize, Option<ExtensionState>),
    /// The result of checking a place, counted back in the same way.
    Look(usize, Option<bool>, Option<ExtensionState>),
    /// The profile for the newest hand-off is cached, or not.
    Cache(ProfileOutcome),
    Accept,
    Unreach(HandoffFailure),
    /// An agent accepts the newest hand-off at their desk.
    Take(UserId),
    /// Their audio arrives.
    AgentArrives(UserId),
    /// The newest hand-off is offered to an agent who talks on their phone.
    OfferByPhone(UserId),
    /// Progress of one of the newest phones that were rung.
    Phone(usize, PhoneNow),
    /// Its audio arrives.
    PhoneArrives(usize),
    /// One of the newest legs ends.
    LeaveAny(u64, LegEnd),
    /// No agent takes the newest hand-off.
    Pass(HandoffFailure, Option<Overflow>),
    Reported(Fact),
}

impl Happening {
    pub(crate) fn befall(&self, call: &mut Rehearsal) {
        let newest_leg = LegId(call.machine.next_leg().0 - 1);
        let fact = match self.clone() {
            Self::Wait(ms) => {
                call.pass_until(call.now + ms);
                return;
            }
            Self::Hang(ms) => {
                call.now = call.now + ms;
                return;
            }
            Self::Arrive => {
                call.arrive();
                return;
            }
            Self::Join => {
                Fact::LegJoined { leg: newest_leg, leg_kind: LegKind::Audiosocket, rate: SampleRate::HZ_8000 }
            }
            Self::Leave(how) => Fact::LegLeft { leg: call.machine.caller().unwrap_or(newest_leg), how },
            Self::Ready => Fact::AssistantReady {
                leg: call.assistant(),
                provider: "builtin".to_owned(),
                speaks_text: call.now.0 % 2 == 0,
            },
            Self::Fail(failure) => {
                Fact::AssistantFailed { leg: call.assistant(), failure, reason: "gone".to_owned() }
            }
            Self::Say(line) => {
                let item = ItemId(call.machine.newest_item().0 + 1);
                call.tell(Fact::ItemStarted { leg: call.assistant(), item, line });
                Fact::ItemComplete { item, text: "One two three four.".to_owned(), audio_ms: 2_000 }
            }
            Self::Play(heard_ms, end) => {
                Fact::PlayedUntil { item: call.machine.newest_item(), heard_ms, end }
            }
            Self::Key(key) => Fact::Dtmf {
                leg: Some(call.machine.caller().unwrap_or(newest_leg)),
                digit: key.try_into().unwrap(),
                duration_ms: None,
            },
            Self::Tool(name, request) => Fact::ToolCall {
                tool_call: format!("c{request}"),
                name: name.to_owned(),
                arguments: arguments(name),
            },
            Self::Done(effect, outcome) => {
                Fact::ToolDone { effect: EffectId(effect), outcome, written: None }
            }
            Self::Restart => Fact::ServerRestarted { recorded_ms: None, away_ms: None },
            Self::Die(_) if call.machine.has_ended() => return,
            Self::Die(dead_ms) => {
                call.machine = Machine::fold(&call.entries).unwrap();
                call.now = call.now + dead_ms;
                Fact::ServerRestarted { recorded_ms: None, away_ms: None }
            }
            Self::Control(answer_state) => Fact::ControlAttached {
                link: ControlLink::Outbound { control: call.machine.next_control() },
                channel: channel(call.machine.next_control(), answer_state),
            },
            Self::LoseControl => Fact::ControlLost {
                link: ControlLink::Outbound { control: ControlId(call.machine.next_control().0 - 1) },
                reason: "reset".to_owned(),
            },
            Self::Act(back, outcome) => Fact::ActionDone { effect: asked(call, back), outcome },
            Self::Check(back, state) => {
                Fact::ExtensionChecked { effect: asked(call, back), checked: state.map(checked) }
            }
            Self::Look(back, exists, state) => {
                Fact::PlaceChecked { effect: asked(call, back), exists, extension: state.map(checked) }
            }
            Self::Cache(outcome) => Fact::ProfileCached {
                handoff: Some(newest_handoff(call)),
                outcome,
                brief: Some("A caller.".to_owned()),
            },
            Self::Accept => Fact::HandoffAccepted { handoff: newest_handoff(call) },
            Self::Unreach(failure) => Fact::HandoffFailed { handoff: newest_handoff(call), failure },
            Self::Take(user_id) => {
                let handoff = newest_handoff(call);
                Fact::DeskAccepted { handoff, user_id, extension: None, queue_id: None }
            }
            Self::AgentArrives(user) => at_desks::arrives(user, call.machine.next_leg()),
            Self::OfferByPhone(user_id) => {
                let (handoff, extension) = (newest_handoff(call), "operator".to_owned());
                Fact::PhoneOffered { handoff, user_id, extension, ring_ms: 20_000 }
            }
            Self::Phone(back, now) => Fact::PhoneTold { ringing: rung(call, back), now },
            Self::PhoneArrives(back) => {
                Fact::PhoneLegArrived { leg: call.machine.next_leg(), ringing: rung(call, back) }
            }
            Self::LeaveAny(back, how) => Fact::LegLeft { leg: LegId(newest_leg.0.saturating_sub(back)), how },
            Self::Pass(failure, overflow) => {
                let queue_id = overflow.is_some().then_some(at_desks::SUPPORT);
                Fact::DeskFailed { handoff: newest_handoff(call), failure, overflow, queue_id }
            }
            Self::Reported(fact) => fact,
        };
        call.tell(of_its_switch(fact, call.switch()));
    }
}

/// Returns arguments with which a model calls this tool.
fn arguments(tool: &str) -> Value {
    match tool {
        "transfer_call" | "check_extension" => json!({ "target": "operator" }),
        "request_handoff" => json!({ "target": "operator", "reason": "a bill" }),
        _ => json!({}),
    }
}

/// Returns the channel of a control connection. Half of those that come back after a transfer report that the place does not exist.
fn channel(control: ControlId, answer_state: AnswerState) -> ChannelSeen {
    ChannelSeen {
        answer_state,
        is_held: control.0.is_multiple_of(3).then(|| control.0.is_multiple_of(2)),
        unrouted: control.0.is_multiple_of(2).then(|| "2001".to_owned()),
        unrouted_for: control.0.is_multiple_of(4).then_some(HandoffFailure::Busy),
        ..ChannelSeen::default()
    }
}

fn checked(state: ExtensionState) -> ExtensionChecked {
    ExtensionChecked { state, found_by: "sofia_contact".to_owned() }
}

/// Returns a fact as a switch of this kind reports it. Asterisk has one link for all calls, and its audio comes by its dialplan. Twilio's
/// audio comes by its documents.
fn of_its_switch(fact: Fact, switch: SwitchKind) -> Fact {
    match (fact, switch) {
        (Fact::ControlAttached { link, channel }, _) => {
            let link = if switch == SwitchKind::Freeswitch { link } else { ControlLink::Inbound };
            Fact::ControlAttached { link, channel: ChannelSeen { switch, ..channel } }
        }
        (Fact::ControlLost { reason, .. }, SwitchKind::Asterisk | SwitchKind::Twilio) => {
            Fact::ControlLost { link: ControlLink::Inbound, reason }
        }
        (fact @ Fact::LegArrived { agent: Some(_), .. }, _) => fact,
        (Fact::LegArrived { leg, outside_id, confirmed, .. }, SwitchKind::Asterisk) => {
            Fact::LegArrived { leg, leg_kind: LegKind::Audiosocket, outside_id, confirmed, agent: None }
        }
        (Fact::LegArrived { leg, outside_id, confirmed, .. }, SwitchKind::Twilio) => {
            Fact::LegArrived { leg, leg_kind: LegKind::Twilio, outside_id, confirmed, agent: None }
        }
        // Only Twilio serves callers by documents.
        (Fact::DocumentAsked { .. }, SwitchKind::Freeswitch | SwitchKind::Asterisk) => {
            Fact::NextAsked { lacks: true }
        }
        (fact, _) => fact,
    }
}

fn asked(call: &Rehearsal, back: usize) -> EffectId {
    call.promises.channel.asked.iter().rev().nth(back).copied().unwrap_or(EffectId(1))
}

fn rung(call: &Rehearsal, back: usize) -> EffectId {
    call.promises.agents.rung.iter().rev().nth(back).copied().unwrap_or(EffectId(999))
}

fn newest_handoff(call: &Rehearsal) -> EffectId {
    // Before there is a hand-off, an unknown number is used.
    call.promises.handoffs.last().copied().unwrap_or(EffectId(999))
}

/// Events of a channel.
fn of_a_channel() -> impl Strategy<Value = Happening> {
    let answers = prop::sample::select(vec![AnswerState::Ringing, AnswerState::Early, AnswerState::Answered]);
    let outcomes = prop_oneof![
        4 => Just(ActionOutcome::Done),
        2 => Just(ActionOutcome::Failed { reason: "no".to_owned() }),
        1 => Just(ActionOutcome::Unknown),
    ];
    let states = prop::sample::select(vec![
        Some(ExtensionState::Registered),
        Some(ExtensionState::Registered),
        Some(ExtensionState::InCall),
        None,
    ]);
    let inbound = |answer_state| Fact::ControlAttached {
        link: ControlLink::Inbound,
        channel: ChannelSeen { answer_state, ..ChannelSeen::default() },
    };
    let lost = Fact::ControlLost { link: ControlLink::Inbound, reason: "reset".to_owned() };
    let bare = prop::sample::select(vec![
        Fact::ChannelAnswered,
        Fact::Bridged { other: "b".to_owned() },
        Fact::Unbridged,
        Fact::ChannelGone,
        Fact::Held,
        Fact::Unheld,
        Fact::HoldAsked,
        Fact::UnholdAsked,
        Fact::ParkAsked,
        Fact::Parked { space: "701".to_owned() },
        Fact::VariablesAsked { variables: [("order".to_owned(), "4711".to_owned())].into_iter().collect() },
        Fact::HandoffAsked { target: "operator".to_owned() },
        Fact::TransferAsked { target: "operator".to_owned() },
        lost,
    ]);
    let keys = prop::sample::select(vec!['0', '1', '2', '7', '#', '*']);
    prop_oneof![
        4 => answers.clone().prop_map(Happening::Control),
        1 => Just(Happening::LoseControl),
        2 => answers.prop_map(move |state| Happening::Reported(inbound(state))),
        6 => (0..3_usize, outcomes).prop_map(|(back, outcome)| Happening::Act(back, outcome)),
        4 => (0..2_usize, states.clone()).prop_map(|(back, state)| Happening::Check(back, state)),
        4 => (0..2_usize, prop::option::of(any::<bool>()), states)
            .prop_map(|(back, exists, state)| Happening::Look(back, exists, state)),
        4 => events::profile_outcomes().prop_map(Happening::Cache),
        3 => Just(Happening::Accept),
        1 => Just(Happening::Unreach(HandoffFailure::Busy)),
        8 => bare.prop_map(Happening::Reported),
        2 => keys.prop_map(|key| Happening::Reported(Fact::Dtmf {
            leg: None,
            digit: key.try_into().unwrap(),
            duration_ms: Some(120),
        })),
    ]
}

/// Events of a call that is offered at desks.
fn of_desks() -> impl Strategy<Value = Happening> {
    let failures = prop::sample::select(vec![HandoffFailure::Declined, HandoffFailure::Offline]);
    let asked = Fact::HandoffAsked { target: "operator".to_owned() };
    prop_oneof![
        4 => Just(Happening::Reported(asked)),
        4 => Just(Happening::Cache(ProfileOutcome::Cached)),
        3 => people_events::user().prop_map(Happening::OfferByPhone),
        4 => (0..2_usize, people_events::phone()).prop_map(|(back, now)| Happening::Phone(back, now)),
        4 => (0..2_usize).prop_map(Happening::PhoneArrives),
        5 => people_events::user().prop_map(Happening::Take),
        6 => people_events::user().prop_map(Happening::AgentArrives),
        6 => Just(Happening::Join),
        1 => (failures, people_events::overflow())
            .prop_map(|(failure, overflow)| Happening::Pass(failure, overflow)),
        2 => (0..4_u64, events::leg_ends()).prop_map(|(back, how)| Happening::LeaveAny(back, how)),
        5 => (people_events::user(), people_events::agent_request())
            .prop_map(|(user_id, wish)| Happening::Reported(Fact::AgentAsked { user_id, wish })),
        4 => (people_events::supervisor(), people_events::supervisor_request())
            .prop_map(|(user_id, wish)| Happening::Reported(Fact::SupervisorAsked { user_id, wish })),
        3 => people_events::supervisor().prop_map(Happening::AgentArrives),
    ]
}

/// Events of the party that we call.
fn of_a_dialling() -> impl Strategy<Value = Fact> {
    let rings = Fact::DialProgress { progress: DialProgress::Ringing };
    let early = Fact::DialProgress { progress: DialProgress::EarlyMedia };
    let failure = prop::sample::select(HandoffFailure::ALL.to_vec());
    let who = prop::sample::select(vec![AnsweredBy::Human, AnsweredBy::Machine, AnsweredBy::Unknown]);
    prop_oneof![
        6 => Just(Fact::AttemptRecorded),
        1 => Just(Fact::DialAccepted { outside_id: OutsideId::placed_at_twilio(Uuid::nil()) }),
        4 => Just(rings),
        1 => Just(early),
        6 => Just(Fact::DialAnswered),
        1 => failure.prop_map(|failure| Fact::DialFailed { failure, cause: None }),
        2 => (who, prop::sample::select(DetectedBy::ALL.to_vec()))
            .prop_map(|(who, by)| Fact::AnsweredBy { who, by }),
        2 => Just(Fact::VoicemailTone),
    ]
}

/// Up to sixty events. In many journeys processes die as well, at any time, and the caller is back after a while, or never.
pub(crate) fn journey() -> impl Strategy<Value = Vec<Happening>> {
    let deaths = prop::collection::vec((any::<prop::sample::Index>(), a_death()), 1..4);
    // A later death may come in the middle of the consequences of an earlier one.
    let with_deaths = (undisturbed(), deaths).prop_map(|(mut journey, deaths)| {
        for (at, death) in deaths {
            let at = at.index(journey.len() + 1);
            drop(journey.splice(at..at, death));
        }
        journey
    });
    prop_oneof![3 => undisturbed(), 2 => with_deaths]
}

/// The death of a process, and the caller's way back, if they come back.
fn a_death() -> impl Strategy<Value = Vec<Happening>> {
    let back = (0..40_000_u64, any::<bool>(), 0..8_000_u64);
    (0..60_000_u64, prop::option::weighted(0.7, back)).prop_map(|(dead_ms, back)| {
        let mut happenings = vec![Happening::Die(dead_ms)];
        if let Some((away_ms, has_link, later_ms)) = back {
            happenings.push(Happening::Wait(away_ms));
            happenings.extend(has_link.then_some(Happening::Control(AnswerState::Answered)));
            happenings.extend([Happening::Arrive, Happening::Join, Happening::Ready]);
            happenings.push(Happening::Wait(later_ms));
        }
        happenings
    })
}

/// Up to sixty events. Some journeys begin with an agent who talks with the caller, perhaps once a notice was heard, often together with a
/// colleague whom they consult, and continue with events of such calls.
fn undisturbed() -> impl Strategy<Value = Vec<Happening>> {
    let with_agent = prop_oneof![5 => of_desks(), 1 => happenings()];
    let later = prop::collection::vec(with_agent, 0..50);
    let with_agents = (any::<bool>(), any::<bool>(), later).prop_map(|(hears, asks, later)| {
        let notice = if hears { a_notice_is_heard() } else { Vec::new() };
        let colleague = if asks { a_colleague_is_asked() } else { Vec::new() };
        an_agent_talks().into_iter().chain(notice).chain(colleague).chain(later).collect()
    });
    let with_begun =
        prop_oneof![5 => of_desks(), 3 => of_a_dialling().prop_map(Happening::Reported), 3 => happenings()];
    let later = prop::collection::vec(with_begun, 0..40);
    let begun = (0..=an_agent_calls().len(), later)
        .prop_map(|(so_far, later)| an_agent_calls().into_iter().take(so_far).chain(later).collect());
    prop_oneof![2 => prop::collection::vec(happenings(), 0..60), 1 => with_agents, 1 => begun]
}

/// Events that connect an agent who has begun the call with the party that they call, over a switch or at a colleague's desk.
fn an_agent_calls() -> Vec<Happening> {
    let (handoff, user_id) = (EffectId(1), at_desks::BO);
    vec![
        Happening::AgentArrives(at_desks::ADA),
        Happening::Join,
        Happening::Reported(Fact::AttemptRecorded),
        Happening::Reported(Fact::DialAnswered),
        Happening::Arrive,
        Happening::Join,
        Happening::Reported(Fact::DeskAccepted { handoff, user_id, extension: None, queue_id: None }),
        Happening::AgentArrives(at_desks::BO),
        Happening::Join,
    ]
}

/// Events that connect an agent with the caller, in a call that can have agents.
fn an_agent_talks() -> Vec<Happening> {
    let agent = at_desks::ADA;
    vec![
        Happening::Arrive,
        Happening::Join,
        Happening::Ready,
        Happening::Reported(Fact::HandoffAsked { target: "operator".to_owned() }),
        Happening::Cache(ProfileOutcome::Cached),
        Happening::Take(agent),
        Happening::AgentArrives(agent),
        Happening::Join,
    ]
}

/// Events by which the caller hears a notice, if there is one.
fn a_notice_is_heard() -> Vec<Happening> {
    vec![Happening::Say(Some(Line::Notice)), Happening::Play(2_000, PlayedEnd::Finished)]
}

/// Events that connect a colleague with such an agent.
fn a_colleague_is_asked() -> Vec<Happening> {
    let wish = AgentRequest::Consult { target: "operator".to_owned(), note: String::new() };
    vec![
        Happening::Reported(Fact::AgentAsked { user_id: at_desks::ADA, wish }),
        Happening::Cache(ProfileOutcome::Cached),
        Happening::Take(at_desks::BO),
        Happening::AgentArrives(at_desks::BO),
        Happening::Join,
    ]
}

fn happenings() -> impl Strategy<Value = Happening> {
    let keys = prop::sample::select(vec!['0', '1', '7', '#', '*']);
    let tools = prop::sample::select(vec![
        "end_call",
        "take_message",
        "transfer_call",
        "format_disk",
        "hold_call",
        "unhold_call",
        "check_extension",
        "request_handoff",
        "request_handoff",
    ]);
    let recording = (0..10_000_u64).prop_map(|offset_ms| Fact::RecordingStarted { offset_ms });
    prop_oneof![
        4 => (0..15_000_u64).prop_map(Happening::Wait),
        1 => (0..200_000_u64).prop_map(Happening::Wait),
        1 => (0..60_000_u64).prop_map(Happening::Hang),
        4 => Just(Happening::Arrive),
        4 => Just(Happening::Join),
        1 => events::leg_ends().prop_map(Happening::Leave),
        4 => Just(Happening::Ready),
        2 => events::failure().prop_map(Happening::Fail),
        3 => prop::option::of(events::lines()).prop_map(Happening::Say),
        1 => Just(Happening::Say(Some(Line::Notice))),
        3 => (0..3_000_u64, events::played_ends()).prop_map(|(ms, end)| Happening::Play(ms, end)),
        3 => keys.prop_map(Happening::Key),
        2 => (tools, 0..20_u8).prop_map(|(name, request)| Happening::Tool(name, request)),
        2 => (0..6_u64, events::outcomes()).prop_map(|(effect, outcome)| Happening::Done(effect, outcome)),
        1 => Just(Happening::Restart),
        1 => Just(Happening::Reported(Fact::Reborn { during: None })),
        3 => Just(Happening::Reported(Fact::SpeechStarted)),
        3 => (0..9_000_u64).prop_map(|speech_ms| Happening::Reported(Fact::SpeechStopped { speech_ms })),
        1 => recording.prop_map(Happening::Reported),
        1 => any::<bool>().prop_map(|lacks| Happening::Reported(Fact::NextAsked { lacks })),
        3 => events::facts().prop_map(Happening::Reported),
        24 => of_a_channel(),
        14 => of_a_dialling().prop_map(Happening::Reported),
        12 => of_desks(),
    ]
}

/// Whether the fact names a leg, an utterance or a tool, or can be true only once.
pub(crate) fn is_told_once(fact: &Fact) -> bool {
    if let Fact::Usage { source, .. } = fact {
        // Usage that does not say what it is of can't be known again.
        return !source.is_empty();
    }
    matches!(
        fact,
        Fact::Announced { .. }
            | Fact::LegArrived { .. }
            | Fact::PhoneLegArrived { .. }
            | Fact::PhoneTold { .. }
            | Fact::PhoneOffered { .. }
            | Fact::LegJoined { .. }
            | Fact::LegLeft { .. }
            | Fact::AssistantReady { .. }
            | Fact::AssistantFailed { .. }
            | Fact::ItemStarted { .. }
            | Fact::ItemComplete { .. }
            | Fact::PlayedUntil { .. }
            | Fact::SpeechStopped { .. }
            | Fact::ToolCall { .. }
            | Fact::ToolDone { .. }
            | Fact::RecordingStarted { .. }
            | Fact::Hangup { .. }
            | Fact::ControlAttached { .. }
            | Fact::ControlLost { .. }
            | Fact::ChannelAnswered
            | Fact::ActionDone { .. }
            | Fact::ExtensionChecked { .. }
            | Fact::PlaceChecked { .. }
            | Fact::ProfileCached { .. }
            | Fact::HandoffAccepted { .. }
            | Fact::HandoffFailed { .. }
            | Fact::Bridged { .. }
            | Fact::Unbridged
            | Fact::ChannelGone
            | Fact::Held
            | Fact::Unheld
            | Fact::AttemptRecorded
            | Fact::DialAccepted { .. }
            | Fact::DialProgress { .. }
            | Fact::DialAnswered
            | Fact::DialFailed { .. }
            | Fact::AnsweredBy { .. }
            | Fact::VoicemailTone
            | Fact::ServerDraining
            | Fact::DrainExpired
            | Fact::ServerStopping
            | Fact::DeadlinePassed
    )
}
