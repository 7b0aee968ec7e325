//! Commands to a call from outside, and the reasons of a refusal.

use std::collections::BTreeMap;

use cordboard_schema::agent::AgentRequest;
use cordboard_schema::digit::Digit;
use cordboard_schema::ids::UserId;
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::switch::Capability;

/// A command of a program or a person to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Have the assistant say these words.
    Say(String),
    /// Play these digits to the caller's side.
    SendDtmf(Vec<Digit>),
    /// Put the caller on hold.
    Hold,
    /// Take the caller off hold.
    Unhold,
    /// Park the caller, for anybody to fetch them.
    Park,
    /// Give the caller's channel these variables, by name.
    SetVariables(BTreeMap<String, String>),
    /// Send the caller to a named extension, without asking there first.
    Transfer(String),
    /// Ring a named extension and join who answers with the caller.
    Handoff(String),
    /// An agent of the call wants something.
    OfAgent {
        /// The agent.
        user_id: UserId,
        /// The request.
        wish: AgentRequest,
    },
    /// A supervisor wants something.
    OfSupervisor {
        /// The supervisor.
        user_id: UserId,
        /// The request.
        wish: SupervisorRequest,
    },
}

/// Why a command is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    /// No live call has that id.
    #[error("no live call has that id")]
    NoSuchCall,
    /// Too much waits for the call.
    #[error("the call has too much to take in at the moment: try again")]
    Busy,
    /// Caller and assistant are not in conversation.
    #[error("the call is not in conversation")]
    NotConversing,
    /// The agent is not in the call, or not yet.
    #[error("you are not in that call, or your audio is not there yet")]
    NotInCall,
    /// The switch can't be reached, or the leg is of a kind that can't do it.
    #[error("this call can't do that as it stands: {0:?} is not among its capabilities")]
    Incapable(Capability),
    /// The caller is on hold already.
    #[error("the caller is on hold already")]
    AlreadyHeld,
    /// The caller is not on hold.
    #[error("the caller is not on hold")]
    NotHeld,
    /// There is no such name in the list.
    #[error("there is no extension of that name")]
    NoSuchTarget,
    /// A hand-off is under way already.
    #[error("somebody is being asked to take over already")]
    HandoffUnderWay,
    /// A colleague is asked about the caller.
    #[error("a colleague is being asked about the caller: join, complete or cancel that first")]
    ConsultUnderWay,
    /// No colleague is asked about the caller, or not by this agent.
    #[error("you are asking no colleague about this caller")]
    NoConsult,
    /// The colleague's audio is not there.
    #[error("the colleague is not there yet")]
    ColleagueNotThere,
    /// Another agent talks with the caller as well.
    #[error("another agent is in this call as well: hang up to leave the caller to them")]
    OthersInCall,
    /// The person who asks to supervise the call is an agent of it.
    #[error("you are in that call as an agent: leave it first")]
    AgentOfCall,
    /// Nobody can be whispered to.
    #[error("this call has no agent to whisper to: give the assistant a hint in writing")]
    NoAgentToHear,
    /// As many supervise the call as can.
    #[error("as many supervisors are in this call as can be")]
    TooManySupervisors,
    /// The dial policy admits no further dialling on this call.
    #[error("this call has dialled as often as the dial policy admits")]
    DialLimit,
    /// The assistant has only its recordings.
    #[error("the assistant on this call can't say any text: it has recordings only")]
    CannotSpeakText,
}
