//! Commands to a call from outside, and the reasons why they are refused.

use std::collections::BTreeMap;

use cordboard_schema::agent::AgentRequest;
use cordboard_schema::digit::Digit;
use cordboard_schema::ids::UserId;
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::switch::Capability;

/// A command to a call from a program or a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Have the assistant say this text.
    Say(String),
    /// Play these digits to the caller.
    SendDtmf(Vec<Digit>),
    /// Put the caller on hold.
    Hold,
    /// Take the caller off hold.
    Unhold,
    /// Park the caller so that anyone can fetch them.
    Park,
    /// Set these variables of the caller's channel, by name.
    SetVariables(BTreeMap<String, String>),
    /// Send the caller to a named extension without checking it first.
    Transfer(String),
    /// Ring a named extension and join the person who answers with the caller.
    Handoff(String),
    /// A request of an agent in the call.
    OfAgent {
        /// The agent.
        user_id: UserId,
        /// The request.
        request: AgentRequest,
    },
    /// A request of a supervisor.
    OfSupervisor {
        /// The supervisor.
        user_id: UserId,
        /// The request.
        request: SupervisorRequest,
    },
}

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    /// No live call has that id.
    #[error("no live call has that id")]
    NoSuchCall,
    /// The call has too many messages waiting.
    #[error("the call is too busy at the moment: try again")]
    Busy,
    /// Caller and assistant are not in conversation.
    #[error("the call is not in conversation: try again when it is")]
    NotConversing,
    /// The agent is not in the call, or their audio has not joined yet.
    #[error("you are not in that call, or your audio has not joined yet")]
    NotInCall,
    /// The switch can't be reached, or this kind of line can't do it.
    #[error("this call can't do that at the moment: it has no capability {0:?}")]
    Incapable(Capability),
    /// The caller is already on hold.
    #[error("the caller is on hold already")]
    AlreadyHeld,
    /// The caller is not on hold.
    #[error("the caller is not on hold")]
    NotHeld,
    /// No extension has that name.
    #[error("there is no extension of that name")]
    NoSuchTarget,
    /// A hand-off is already under way.
    #[error("somebody is being asked to take over already: wait for their answer")]
    HandoffUnderWay,
    /// An agent is already consulting a colleague about the caller.
    #[error("a colleague is being asked about the caller: join, complete or cancel that first")]
    ConsultUnderWay,
    /// No colleague is being consulted about the caller, or another agent is consulting them.
    #[error("you are not consulting a colleague about this caller")]
    NoConsult,
    /// The colleague's audio has not joined yet.
    #[error("the colleague has not joined yet: wait until they have")]
    ColleagueNotThere,
    /// Another agent is also talking with the caller.
    #[error("another agent is in this call as well: hang up to leave the caller to them")]
    OthersInCall,
    /// The person who asks to supervise the call is one of its agents.
    #[error("you are in that call as an agent: leave it first")]
    AgentOfCall,
    /// The call has no agent who could hear a whisper.
    #[error("this call has no agent to whisper to: give the assistant a hint in writing")]
    NoAgentToHear,
    /// The call already has the maximum number of supervisors.
    #[error("this call already has as many supervisors as it can have: try again when one has left")]
    TooManySupervisors,
    /// The dial policy allows no more dialling for this call.
    #[error(
        "this call has dialled as often as the dial policy admits: an owner can raise its `per_call_max`"
    )]
    DialLimit,
    /// The assistant can only play recordings.
    #[error("the assistant on this call can't say any text: it has recordings only")]
    CannotSpeakText,
}
