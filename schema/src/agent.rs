//! Agents: users who take calls at a desk.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::call::HangupCause;
use crate::digit::Digits;
use crate::ids::{CallId, OrganizationId, UserId};
use crate::supervision::Supervising;
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};

/// A user who takes calls at a desk. Every user may; these are their settings for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// The organization that they belong to.
    pub organization_id: OrganizationId,
    /// The user.
    pub user_id: UserId,
    /// Display name; the user's name.
    pub name: String,
    /// The name of the extension at which they are reached: no two agents
    /// have the same. A request for that extension is a request for them.
    pub extension: Option<String>,
    /// Device on which they talk.
    pub audio: AgentAudio,
    /// Skills of the agent. A queue that asks for skills offers its calls to those who have all of them.
    pub skills: BTreeSet<String>,
    /// Number of calls that they may have at once, offered calls included. They talk with one caller, and hold the others.
    pub calls_max: u8,
}

impl Agent {
    /// A user of whom nobody has said how they take calls.
    pub fn new(organization_id: OrganizationId, user_id: UserId, name: String) -> Self {
        let (extension, audio, skills) = (None, AgentAudio::default(), BTreeSet::new());
        Self { organization_id, user_id, name, extension, audio, skills, calls_max: 1 }
    }
}

/// Device on which an agent talks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentAudio {
    /// In the browser in which their desk is open.
    #[default]
    Browser,
    /// On the phone at their extension, which rings while the desk shows the call.
    Phone,
}

/// Whether an agent wants calls, as they say themselves. Their current [`Activity`] is separate: one stays as it is
/// while the other changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// No desk of theirs is open.
    #[default]
    Offline,
    /// They take calls.
    Available,
    /// They take none.
    Away {
        /// Why, in a word of the organization's list, or one of ours: `missed_call`.
        reason: Option<String>,
    },
}

/// The reason of an agent whom we took out of the calls because they did not answer one.
pub const MISSED_A_CALL: &str = "missed_call";

/// Current activity of an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AgentActivity))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing with a call.
    #[default]
    Idle,
    /// A call is offered to them, and to nobody else who could be given it.
    Reserved,
    /// They talk with a caller, or hold one.
    OnCall,
    /// They write down how it went.
    WrapUp,
}

/// An agent who asks a supervisor to look at a call of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpRequest {
    /// The call.
    pub call_id: CallId,
    /// The reason, in their words; it may be empty.
    pub note: String,
    /// Since when.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
}

/// A call that an agent has, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCall {
    /// The call.
    pub call_id: CallId,
    /// State of the agent in this call.
    pub state: AgentCallState,
    /// Since when they talk with the caller; none before they do.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub talks_since: Option<UnixMs>,
    /// Since when the caller is on hold.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub held_since: Option<UnixMs>,
    /// Nobody hears the agent.
    pub is_muted: bool,
    /// Device on which the agent talks in this call.
    pub audio: AgentAudio,
    /// The other agents who talk with the caller.
    pub others: Vec<UserId>,
    /// Others who talk with the caller on a phone: their names in the list, or their numbers.
    pub outsiders: Vec<String>,
    /// A colleague is asked about the caller, who hears music meanwhile.
    pub consult: Option<Consult>,
    /// Result of the last consultation that has ended.
    pub last_consult: Option<ConsultEnd>,
    /// The person whom the agent calls, until they answer.
    pub dialling: Option<AgentDialling>,
    /// The other agent of a call between two of them, in which there is no caller.
    pub colleague: Option<UserId>,
    /// The supervisors who hear the call.
    pub supervisors: Vec<Supervising>,
}

/// Somebody whom an agent calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentDialling {
    /// The number, or the name of the extension.
    pub to: String,
    /// Since when.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
    /// Since when it rings there, as far as anybody says.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub rings_since: Option<UnixMs>,
}

/// A call that an agent begins at their desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BegunAtDesk {
    /// The party.
    pub by: UserId,
    /// The extension of the colleague whom they call; none if a switch dials somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colleague: Option<String>,
}

impl AgentCall {
    /// A call that an agent has accepted just now.
    pub const fn accepted(call_id: CallId) -> Self {
        Self {
            call_id,
            state: AgentCallState::Connecting,
            talks_since: None,
            held_since: None,
            is_muted: false,
            audio: AgentAudio::Browser,
            others: Vec::new(),
            outsiders: Vec::new(),
            consult: None,
            last_consult: None,
            dialling: None,
            colleague: None,
            supervisors: Vec::new(),
        }
    }

    /// A call that they begin themselves.
    pub fn begun(call_id: CallId, to: String, since: UnixMs) -> Self {
        let dialling = Some(AgentDialling { to, since, rings_since: None });
        Self { state: AgentCallState::Dialling, dialling, ..Self::accepted(call_id) }
    }
}

/// An agent who asks a colleague about the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = DeskConsult))]
pub struct Consult {
    /// The agent who asks.
    pub by: UserId,
    /// The party that was asked for, as the list names them: a colleague, a
    /// queue, or another person with a phone; or a number.
    pub target: String,
    /// The colleague, from when the two talk; nobody where it is no agent.
    pub with: Option<UserId>,
    /// Whether the two talk.
    pub is_there: bool,
}

/// Result of a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum ConsultEnd {
    /// All three talk from then on.
    Joined,
    /// The agent has left the caller to the colleague.
    Completed,
    /// It was given up: agent and caller talk again.
    Cancelled,
    /// Nobody took it.
    NotReached {
        /// The reason.
        failure: HandoffFailure,
    },
    /// The colleague has left again.
    ColleagueLeft,
}

/// State of an agent in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentCallState {
    /// They call somebody, who has not answered.
    Dialling,
    /// They have accepted it, and their audio is not there yet: the caller still waits.
    Connecting,
    /// The assistant briefs them on the caller, who still waits.
    Briefed,
    /// They hear each other.
    Talking,
    /// The caller hears music.
    Held,
    /// A colleague asks the agent about the caller, who hears music.
    Consulted,
    /// The agent's audio is gone and is waited for: the caller hears music.
    AudioLost,
    /// The caller's connection is gone and is waited for.
    CallerLost,
}

/// A request by an agent about a call that they have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum AgentRequest {
    /// End the call.
    HangUp,
    /// Have the caller hear music, and nobody hear the caller.
    Hold,
    /// Have them hear each other again.
    Unhold,
    /// Let nobody hear the agent.
    Mute,
    /// Let them be heard again.
    Unmute,
    /// Play digits to the caller's side.
    SendDtmf {
        /// In order.
        digits: Digits,
    },
    /// Give the caller back to the assistant.
    HandBack {
        /// Note for the assistant.
        note: String,
    },
    /// Pass the caller on to somebody, and leave.
    Transfer {
        /// A colleague's extension, a queue, or another extension of the list.
        target: String,
        /// Note for the person who takes over.
        note: String,
    },
    /// Ask a colleague about the caller, who hears music meanwhile.
    Consult {
        /// The colleague's extension, a queue, another extension of the list, or a number that the dial policy admits.
        target: String,
    },
    /// Have all three talk.
    JoinConsult,
    /// Leave the caller to the colleague.
    CompleteConsult,
    /// Talk with the caller again, without the colleague.
    CancelConsult,
    /// Skip the rest of the assistant's briefing, and talk with the caller.
    TalkNow,
}

/// Progress of a phone that is rung to join a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "phone", rename_all = "snake_case")]
pub enum PhoneNow {
    /// It rings.
    Rings,
    /// It was answered.
    Answered,
    /// It was hung up by who has it, behind an answer or before.
    PutDown,
    /// It could not be reached, or is gone again.
    Failed {
        /// The reason.
        failure: HandoffFailure,
        /// Why, in the switch's own word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<HangupCause>,
    },
}

/// How an agent's part in a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentEnd {
    /// They have given the caller back to the assistant.
    HandedBack,
    /// They have passed the caller on to somebody else.
    PassedOn,
    /// They have left the caller to the other agents of the call.
    Left,
    /// A colleague has asked them about the caller, and does so no more.
    ConsultOver,
    /// Their audio was lost and did not come back, or never came.
    AudioLost,
    /// The caller's audio did not come back, or somebody else has the caller.
    CallerGone,
    /// The call has ended.
    CallEnded,
    /// A supervisor has the caller in their place.
    TakenOver,
}
