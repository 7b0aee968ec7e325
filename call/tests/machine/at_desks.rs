//! Agents at their desks, and the words that scripts use for their events.
//!
//! | step | what |
//! | --- | --- |
//! | `offered E`, `taken E`, `passed E busy`, `undesked E no_answer [extension NAME]` | what the router reports about a hand-off |
//! | `queued E`, `queued E busy` | the caller enters the queue that gives up callers; from another queue |
//! | `agent audio`, `agent holds`, `agent back NOTE`, ... | the audio of the first agent arrives; their requests |
//! | `phoned E NAME [bo]`, `unphoned E` | the first agent, or a colleague, talks on their phone and is offered the call; no longer |
//! | `lifted R`, `engaged R busy`, `handset R` | a phone that is rung is answered; is not reached; its audio arrives |
//! | `taken E bo`, `bo audio`, `bo hangs` | the same for a colleague |
//! | `sam listens`, `sam audio`, `sam bound listen`, ... | a supervisor's requests, and their audio; `lee` is another supervisor |

use cordboard_schema::agent::{AgentRequest, PhoneNow};
use cordboard_schema::call::LegKind;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId, OutsideId, QueueId, UserId};
use cordboard_schema::queue::Overflow;
use cordboard_schema::supervision::{SupervisionMode, SupervisorRequest};
use cordboard_schema::switch::HandoffFailure;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// The first agent.
pub(crate) const ADA: UserId = UserId(Uuid::from_u128(1));

/// A colleague of hers.
pub(crate) const BO: UserId = UserId(Uuid::from_u128(2));

/// A supervisor of both agents, who takes no calls. Nobody else has this id.
pub(crate) const SAM: UserId = UserId(Uuid::from_u128(13));

/// Another supervisor.
pub(crate) const LEE: UserId = UserId(Uuid::from_u128(14));

/// All supervisors in these tests.
pub(crate) const SUPERVISORS: [UserId; 2] = [SAM, LEE];

/// The queue that gives up callers.
pub(crate) const SUPPORT: QueueId = QueueId(Uuid::from_u128(11));

/// Parses a step into its fact. `next` is the number of the next leg.
pub(crate) fn fact(word: &str, rest: &str, next: LegId) -> Option<Fact> {
    let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
    let handoff = || EffectId(first.parse().unwrap());
    Some(match word {
        "offered" => Fact::DeskRinging { handoff: handoff() },
        "taken" => {
            let user_id = named_user(tail);
            Fact::DeskAccepted { handoff: handoff(), user_id, extension: None, queue_id: None }
        }
        "passed" => Fact::OfferPassed { handoff: handoff(), user_id: ADA, failure: named(tail) },
        "undesked" => {
            let (failure, overflow) = tail.split_once(' ').unwrap_or((tail, ""));
            let overflow = match overflow.split_once(' ').unwrap_or((overflow, "")) {
                ("", _) => None,
                ("message", _) => Some(Overflow::Message),
                ("callback", _) => Some(Overflow::Callback),
                (_, name) => Some(Overflow::Extension { name: name.to_owned() }),
            };
            let (failure, queue_id) = (named::<HandoffFailure>(failure), Some(SUPPORT));
            Fact::DeskFailed { handoff: handoff(), failure, overflow, queue_id }
        }
        "queued" => {
            let overflowed = (!tail.is_empty()).then(|| named::<HandoffFailure>(tail));
            Fact::QueueEntered { handoff: handoff(), queue_id: SUPPORT, overflowed }
        }
        "placed" => Fact::QueuePlaced { handoff: handoff(), position: tail.parse().unwrap(), wait_s: 60 },
        "phoned" => {
            let (extension, who) = tail.split_once(' ').unwrap_or((tail, ""));
            let (user_id, extension) = (named_user(who), extension.to_owned());
            Fact::PhoneOffered { handoff: handoff(), user_id, extension, ring_ms: 20_000 }
        }
        "unphoned" => Fact::PhoneOfferGone { handoff: handoff(), user_id: ADA },
        "lifted" => Fact::PhoneTold { ringing: handoff(), now: PhoneNow::Answered },
        "put_down" => Fact::PhoneTold { ringing: handoff(), now: PhoneNow::PutDown },
        "engaged" => {
            let now = PhoneNow::Failed { failure: named(tail), cause: None };
            Fact::PhoneTold { ringing: handoff(), now }
        }
        "handset" => Fact::PhoneLegArrived { leg: next, ringing: handoff() },
        "agent" if first == "audio" => arrives(ADA, next),
        "agent" => Fact::AgentAsked { user_id: ADA, wish: agent_request(first, tail) },
        "sam" if first == "audio" => arrives(SAM, next),
        "sam" => Fact::SupervisorAsked { user_id: SAM, wish: supervisor_request(first, tail) },
        "lee" if first == "audio" => arrives(LEE, next),
        "lee" => Fact::SupervisorAsked { user_id: LEE, wish: supervisor_request(first, tail) },
        "bo" if first == "audio" => arrives(BO, next),
        "bo" => Fact::AgentAsked { user_id: BO, wish: agent_request(first, tail) },
        _ => return None,
    })
}

/// Returns the user of this name; the first agent if no name is given.
fn named_user(name: &str) -> UserId {
    match name {
        "bo" => BO,
        "sam" => SAM,
        _ => ADA,
    }
}

/// Audio of an agent arrives.
pub(crate) fn arrives(user: UserId, leg: LegId) -> Fact {
    let outside_id = OutsideId::web(Uuid::from_u128(u128::from(leg.0)));
    Fact::LegArrived { leg, leg_kind: LegKind::Web, outside_id, confirmed: true, agent: Some(user) }
}

fn agent_request(word: &str, rest: &str) -> AgentRequest {
    match word {
        "hangs" => AgentRequest::HangUp,
        "holds" => AgentRequest::Hold,
        "unholds" => AgentRequest::Unhold,
        "mutes" => AgentRequest::Mute,
        "unmutes" => AgentRequest::Unmute,
        "presses" => AgentRequest::SendDtmf { digits: rest.parse().unwrap() },
        "back" => AgentRequest::HandBack { note: rest.to_owned() },
        "passes" => {
            let (target, note) = rest.split_once(' ').unwrap_or((rest, ""));
            AgentRequest::Transfer { target: target.to_owned(), note: note.to_owned() }
        }
        "asks" => AgentRequest::Consult { target: rest.to_owned(), note: String::new() },
        "joins" => AgentRequest::JoinConsult,
        "completes" => AgentRequest::CompleteConsult,
        "cancels" => AgentRequest::CancelConsult,
        "talks" => AgentRequest::TalkNow,
        _ => panic!("no such request: {word}"),
    }
}

fn supervisor_request(word: &str, rest: &str) -> SupervisorRequest {
    match word {
        "listens" => supervise(SupervisionMode::Listen),
        "whispers" => supervise(SupervisionMode::Whisper),
        "barges" => supervise(SupervisionMode::Barge),
        "takes" => SupervisorRequest::TakeOver,
        "hints" => SupervisorRequest::Hint { text: rest.to_owned() },
        "leaves" => SupervisorRequest::Leave,
        // The words after it are the modes that are left to them.
        "bound" => SupervisorRequest::Bound {
            modes: rest.split_whitespace().filter(|way| *way != "silently").map(named).collect(),
            silent: rest.contains("silently"),
            tell_caller: false,
        },
        // As the policy has it.
        "hides" => SupervisorRequest::Supervise { mode: named(rest), silent: true, tell_caller: false },
        "tells" => SupervisorRequest::Supervise { mode: named(rest), silent: false, tell_caller: true },
        _ => panic!("no such request: {word}"),
    }
}

fn supervise(mode: SupervisionMode) -> SupervisorRequest {
    SupervisorRequest::Supervise { mode, silent: false, tell_caller: false }
}

fn named<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(Value::String(name.to_owned())).unwrap()
}
