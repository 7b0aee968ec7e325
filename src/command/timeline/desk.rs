//! Agents at their desks, as lines of a call's timeline.

use cordboard_schema::agent::{AgentEnd, AgentRequest, ConsultEnd, PhoneNow};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode, SupervisorRequest};

use super::Ms;

/// Returns a line, or nothing if a later entry says it better.
pub(super) fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::DeskRinging { .. } => "the call is offered at a desk".to_owned(),
        Fact::OfferPassed { failure, .. } => format!("an agent did not take the call: {failure}"),
        Fact::DeskAccepted { .. } => "an agent has accepted the call".to_owned(),
        Fact::DeskFailed { failure, .. } => format!("no agent takes the call: {failure}"),
        Fact::QueueEntered { overflowed: None, .. } => "the caller enters a queue".to_owned(),
        Fact::QueueEntered { overflowed: Some(failure), .. } => {
            format!("the caller is passed on to another queue: {failure}")
        }
        Fact::QueuePlaced { position, wait_s, .. } => {
            format!("the caller is number {position} in the queue, with a wait of about {wait_s} s")
        }
        Fact::PhoneTold { now: PhoneNow::Rings, .. } => "the phone rings".to_owned(),
        Fact::PhoneTold { now: PhoneNow::Answered, .. } => "the phone is answered".to_owned(),
        Fact::PhoneTold { now: PhoneNow::PutDown, .. } => "the phone is hung up".to_owned(),
        Fact::PhoneTold { now: PhoneNow::Failed { failure, .. }, .. } => {
            format!("nobody talks on the phone: {failure}")
        }
        Fact::AgentAsked { wish, .. } => match wish {
            AgentRequest::HangUp => "the agent hangs up".to_owned(),
            AgentRequest::Mute => "the agent is muted".to_owned(),
            AgentRequest::Unmute => "the agent is heard again".to_owned(),
            AgentRequest::SendDtmf { .. } => "the agent sends keys to the caller".to_owned(),
            // The following lines say it.
            AgentRequest::Hold
            | AgentRequest::Unhold
            | AgentRequest::HandBack { .. }
            | AgentRequest::Transfer { .. }
            | AgentRequest::Consult { .. }
            | AgentRequest::JoinConsult
            | AgentRequest::CompleteConsult
            | AgentRequest::CancelConsult
            | AgentRequest::TalkNow => return None,
        },
        Fact::SupervisorAsked { wish: SupervisorRequest::Hint { text }, .. } => {
            format!("a supervisor instructs the assistant: {text}")
        }
        _ => return None,
    })
}

/// Does the same for a decision.
pub(super) fn decision(decision: &Decision) -> Option<String> {
    Some(match decision {
        Decision::AgentRequested { target, reason, .. } => {
            format!("{target} is asked to take over at a desk: {reason}")
        }
        Decision::CallbackNoted { phone, .. } => {
            format!("a callback to {phone} is noted")
        }
        Decision::AgentJoined { .. } => "the agent and the caller hear each other".to_owned(),
        Decision::AgentLeft { talked_ms, how, .. } => {
            let talked = match talked_ms {
                Some(talked_ms) => format!("has left after {}", Ms(*talked_ms)),
                None => "never talked with the caller".to_owned(),
            };
            let why = match how {
                AgentEnd::HandedBack => "the caller is given back",
                AgentEnd::PassedOn => "the caller is passed on",
                AgentEnd::Left => "the caller talks with another agent",
                AgentEnd::ConsultOver => "the consultation is over",
                AgentEnd::AudioLost => "their audio is gone",
                AgentEnd::HungUp => "they have hung up before their audio was there",
                AgentEnd::CallerGone => "the caller is gone",
                AgentEnd::CallEnded => "the call is over",
                AgentEnd::TakenOver => "a supervisor has the caller",
            };
            format!("the agent {talked}: {why}")
        }
        Decision::SupervisorJoined { mode, .. } => format!("a supervisor {}", does(*mode)),
        Decision::SupervisionChanged { mode, .. } => format!("the supervisor {}", does(*mode)),
        Decision::SupervisorLeft { heard_ms, how, .. } => {
            let heard = match heard_ms {
                Some(heard_ms) => format!("has left after {}", Ms(*heard_ms)),
                None => "never heard the call".to_owned(),
            };
            match how {
                SupervisionEnd::TookOver => "the supervisor takes the call over".to_owned(),
                SupervisionEnd::AudioLost => format!("the supervisor {heard}: their audio is gone"),
                SupervisionEnd::NotAllowed => {
                    format!("the supervisor {heard}: they no longer have the right")
                }
                SupervisionEnd::LeftToSwitch => {
                    format!("the supervisor {heard}: the caller's switch has the caller")
                }
                SupervisionEnd::ServerRestarted => {
                    format!("the supervisor {heard}: the server was restarted")
                }
                SupervisionEnd::Left | SupervisionEnd::CallEnded => format!("the supervisor {heard}"),
            }
        }
        Decision::PassedOn { target, note, .. } if note.is_empty() => {
            format!("the agent transfers the caller to {target}")
        }
        Decision::PassedOn { target, note, .. } => {
            format!("the agent transfers the caller to {target}: {note}")
        }
        Decision::ConsultBegan { target, .. } => format!("the agent asks {target} about the caller"),
        Decision::PhoneRung { target, .. } => format!("the agent's phone at {target} is rung"),
        Decision::OutsiderAnswered { target, .. } => format!("agent and {target} hear each other"),
        Decision::OutsiderJoined { target, .. } => format!("{target} and the caller hear each other"),
        Decision::OutsiderLeft { target, talked_ms: Some(talked_ms), .. } => {
            format!("{target} has left after {}", Ms(*talked_ms))
        }
        Decision::OutsiderLeft { target, talked_ms: None, .. } => format!("{target} has left"),
        Decision::ColleagueJoined { .. } => "agent and colleague hear each other".to_owned(),
        Decision::ConsultEnded { end, .. } => match end {
            ConsultEnd::Joined => "caller, agent and colleague hear each other".to_owned(),
            ConsultEnd::Completed => "the colleague has the caller".to_owned(),
            ConsultEnd::Cancelled => "the consultation is cancelled".to_owned(),
            ConsultEnd::NotReached { failure } => format!("no colleague was reached: {failure}"),
            ConsultEnd::ColleagueLeft => "the colleague has left".to_owned(),
        },
        Decision::Whispered { text, .. } => {
            format!("the assistant whispers to the person who takes over: {text}")
        }
        Decision::HandedBack { note, .. } if note.is_empty() => "the agent gives the caller back".to_owned(),
        Decision::HandedBack { note, .. } => format!("the agent gives the caller back: {note}"),
        _ => return None,
    })
}

/// Describes a supervisor's mode.
const fn does(mode: SupervisionMode) -> &'static str {
    match mode {
        SupervisionMode::Listen => "listens",
        SupervisionMode::Whisper => "whispers to the agent",
        SupervisionMode::Barge => "speaks with the caller",
    }
}
