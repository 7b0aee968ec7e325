//! Any event of people who are asked to take over: of their phones, and of agents at their desks.

use cordboard_schema::agent::{AgentEnd, AgentRequest, ConsultEnd, PhoneNow};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{ItemId, QueueId, UserId};
use cordboard_schema::queue::Overflow;
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode, SupervisorRequest};
use cordboard_schema::switch::HandoffFailure;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::events::{effect, handoff_failure, leg, ms, text};
use crate::at_desks;

/// One of a few agents, so that facts refer to the same one.
pub(crate) fn user() -> impl Strategy<Value = UserId> {
    (1..4_u128).prop_map(|number| UserId(Uuid::from_u128(number)))
}

/// Any request of an agent.
pub(crate) fn agent_request() -> impl Strategy<Value = AgentRequest> {
    let plain = [
        AgentRequest::HangUp,
        AgentRequest::Hold,
        AgentRequest::Unhold,
        AgentRequest::Mute,
        AgentRequest::Unmute,
    ];
    let consult = [
        AgentRequest::JoinConsult,
        AgentRequest::CompleteConsult,
        AgentRequest::CancelConsult,
        AgentRequest::TalkNow,
    ];
    let target = || "operator".to_owned();
    prop_oneof![
        5 => select(plain.to_vec()),
        5 => Just(AgentRequest::Consult { target: target(), note: String::new() }),
        3 => Just(AgentRequest::Consult { target: "+493012345".to_owned(), note: String::new() }),
        3 => select(consult.to_vec()),
        1 => text().prop_map(move |note| AgentRequest::Transfer { target: target(), note }),
        1 => text().prop_map(|note| AgentRequest::HandBack { note }),
        1 => select(vec!["1", "12#"]).prop_map(|keys| AgentRequest::SendDtmf { digits: keys.parse().unwrap() }),
    ]
}

fn queue() -> impl Strategy<Value = QueueId> {
    (1..3_u128).prop_map(|number| QueueId(Uuid::from_u128(number)))
}

pub(crate) fn overflow() -> impl Strategy<Value = Option<Overflow>> {
    let name = "sales".to_owned();
    let queue = Overflow::Queue { name: name.clone() };
    select(vec![
        None,
        Some(Overflow::Message),
        Some(Overflow::Callback),
        Some(queue),
        Some(Overflow::Extension { name }),
    ])
}

pub(super) fn facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        effect().prop_map(|handoff| Fact::HandoffRinging { handoff }),
        effect().prop_map(|handoff| Fact::HandoffAccepted { handoff }),
        effect().prop_map(|handoff| Fact::DeskRinging { handoff }),
        (effect(), user(), handoff_failure()).prop_map(|(handoff, user_id, failure)| Fact::OfferPassed {
            handoff,
            user_id,
            failure
        }),
        (effect(), user(), prop::option::of(queue())).prop_map(|(handoff, user_id, queue_id)| {
            Fact::DeskAccepted { handoff, user_id, extension: None, queue_id }
        }),
        (effect(), handoff_failure(), overflow(), prop::option::of(queue())).prop_map(
            |(handoff, failure, overflow, queue_id)| Fact::DeskFailed {
                handoff,
                failure,
                overflow,
                queue_id
            }
        ),
        (effect(), queue(), prop::option::of(handoff_failure()))
            .prop_map(|(handoff, queue_id, overflowed)| Fact::QueueEntered { handoff, queue_id, overflowed }),
        (effect(), 1..9_u32, 30..900_u32).prop_map(|(handoff, position, wait_s)| Fact::QueuePlaced {
            handoff,
            position,
            wait_s
        }),
        (user(), agent_request()).prop_map(|(user_id, wish)| Fact::AgentAsked { user_id, wish }),
        (supervisor(), supervisor_request())
            .prop_map(|(user_id, wish)| Fact::SupervisorAsked { user_id, wish }),
        (effect(), user()).prop_map(|(handoff, user_id)| {
            let extension = "operator".to_owned();
            Fact::PhoneOffered { handoff, user_id, extension, ring_ms: 20_000 }
        }),
        (effect(), user()).prop_map(|(handoff, user_id)| Fact::PhoneOfferGone { handoff, user_id }),
        (effect(), phone()).prop_map(|(ringing, now)| Fact::PhoneTold { ringing, now }),
        (effect(), leg()).prop_map(|(ringing, leg)| Fact::PhoneLegArrived { leg, ringing }),
    ]
}

/// The progress of a phone.
pub(super) fn phone() -> impl Strategy<Value = PhoneNow> {
    let failed = |failure| PhoneNow::Failed { failure, cause: None };
    prop_oneof![
        2 => Just(PhoneNow::Rings),
        3 => Just(PhoneNow::Answered),
        2 => Just(PhoneNow::PutDown),
        1 => select(vec![failed(HandoffFailure::Busy), failed(HandoffFailure::Declined)]),
    ]
}

/// One of the supervisors, mostly the same one, so that their requests match their audio.
pub(super) fn supervisor() -> impl Strategy<Value = UserId> {
    prop_oneof![3 => Just(at_desks::SAM), 1 => Just(at_desks::LEE)]
}

/// A request of a supervisor.
pub(super) fn supervisor_request() -> impl Strategy<Value = SupervisorRequest> {
    prop_oneof![
        4 => (mode(), any::<bool>(), any::<bool>())
            .prop_map(|(mode, silent, tell_caller)| SupervisorRequest::Supervise { mode, silent, tell_caller }),
        1 => (prop::collection::vec(mode(), 0..3), any::<bool>(), any::<bool>())
            .prop_map(|(modes, silent, tell_caller)| SupervisorRequest::Bound { modes, silent, tell_caller }),
        2 => Just(SupervisorRequest::TakeOver),
        1 => text().prop_map(|text| SupervisorRequest::Hint { text }),
        1 => Just(SupervisorRequest::Leave),
    ]
}

fn mode() -> impl Strategy<Value = SupervisionMode> {
    select(vec![SupervisionMode::Listen, SupervisionMode::Whisper, SupervisionMode::Barge])
}

fn supervision_end() -> impl Strategy<Value = SupervisionEnd> {
    select(vec![
        SupervisionEnd::Left,
        SupervisionEnd::TookOver,
        SupervisionEnd::AudioLost,
        SupervisionEnd::NotAllowed,
        SupervisionEnd::LeftToSwitch,
        SupervisionEnd::CallEnded,
        SupervisionEnd::ServerRestarted,
    ])
}

pub(super) fn decisions() -> impl Strategy<Value = Decision> {
    let ends = [
        AgentEnd::HandedBack,
        AgentEnd::PassedOn,
        AgentEnd::Left,
        AgentEnd::ConsultOver,
        AgentEnd::AudioLost,
        AgentEnd::HungUp,
        AgentEnd::CallerGone,
        AgentEnd::CallEnded,
        AgentEnd::TakenOver,
    ];
    let consult_ends = [
        ConsultEnd::Joined,
        ConsultEnd::Completed,
        ConsultEnd::Cancelled,
        ConsultEnd::ColleagueLeft,
        ConsultEnd::NotReached { failure: HandoffFailure::Busy },
    ];
    prop_oneof![
        (effect(), text(), text()).prop_map(|(handoff, target, reason)| Decision::HandoffRequested {
            handoff,
            target,
            reason
        }),
        (effect(), text(), text()).prop_map(|(handoff, target, reason)| Decision::AgentRequested {
            handoff,
            target,
            reason
        }),
        effect().prop_map(|handoff| Decision::HandoffBridged { handoff }),
        (effect(), queue()).prop_map(|(effect, queue_id)| Decision::CallbackNoted {
            effect,
            queue_id,
            phone: "+493012345678".parse().unwrap()
        }),
        (effect(), handoff_failure())
            .prop_map(|(handoff, failure)| Decision::HandoffAbandoned { handoff, failure }),
        effect().prop_map(|handoff| Decision::CallerReturned { handoff }),
        (effect(), user(), leg()).prop_map(|(handoff, user_id, leg)| Decision::AgentJoined {
            handoff,
            user_id,
            leg
        }),
        (user(), prop::option::of(ms()), select(ends.to_vec()))
            .prop_map(|(user_id, talked_ms, how)| Decision::AgentLeft { user_id, talked_ms, how }),
        (user(), leg(), mode()).prop_map(|(user_id, leg, mode)| Decision::SupervisorJoined {
            user_id,
            leg,
            mode
        }),
        (user(), mode()).prop_map(|(user_id, mode)| Decision::SupervisionChanged { user_id, mode }),
        (user(), prop::option::of(ms()), supervision_end())
            .prop_map(|(user_id, heard_ms, how)| Decision::SupervisorLeft { user_id, heard_ms, how }),
        (user(), text()).prop_map(|(user_id, note)| Decision::HandedBack { user_id, note }),
        (user(), text(), text()).prop_map(|(user_id, target, note)| Decision::PassedOn {
            user_id,
            target,
            note
        }),
        (effect(), user(), text()).prop_map(|(consult, user_id, target)| Decision::ConsultBegan {
            consult,
            user_id,
            target
        }),
        (effect(), user(), leg()).prop_map(|(consult, user_id, leg)| Decision::ColleagueJoined {
            consult,
            user_id,
            leg
        }),
        (prop::option::of(user()), (0_u64..9).prop_map(ItemId), text(), 0_u64..9_000).prop_map(
            |(user_id, item, text, heard_ms)| { Decision::Whispered { user_id, item, text, heard_ms } }
        ),
        (effect(), user(), text()).prop_map(|(ringing, user_id, target)| Decision::PhoneRung {
            ringing,
            user_id,
            target
        }),
        (effect(), text(), leg()).prop_map(|(consult, target, leg)| Decision::OutsiderAnswered {
            consult,
            target,
            leg
        }),
        (effect(), text()).prop_map(|(consult, target)| Decision::OutsiderJoined { consult, target }),
        (effect(), text(), prop::option::of(ms())).prop_map(|(consult, target, talked_ms)| {
            Decision::OutsiderLeft { consult, target, talked_ms }
        }),
        (effect(), select(consult_ends.to_vec()))
            .prop_map(|(consult, end)| Decision::ConsultEnded { consult, end }),
    ]
}
