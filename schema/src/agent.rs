//! Agents: users who take calls at a desk.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::call::HangupCause;
use crate::digit::Digits;
use crate::ids::{CallId, OrganizationId, UserId};
use crate::supervision::Supervising;
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};

/// A user who takes calls at a desk. Every user may take calls; these are their settings for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// The organization that they belong to.
    pub organization_id: OrganizationId,
    /// The user.
    pub user_id: UserId,
    /// Display name; the user's name.
    pub name: String,
    /// Name of the extension at which they are reached; unique among agents. A request for that extension is a request for the
    /// agent.
    pub extension: Option<String>,
    /// Device on which they talk.
    pub audio: AgentAudio,
    /// Skills of the agent. A queue that requires skills offers its calls to agents who have all of them.
    pub skills: BTreeSet<String>,
    /// Number of calls that they may have at once, including offered calls. They talk with one caller and keep the others on
    /// hold.
    pub calls_max: u8,
}

impl Agent {
    /// Returns the settings of a user who has not chosen how to take calls.
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
    /// The browser in which their desk is open.
    #[default]
    Browser,
    /// The phone at their extension, which rings while the desk shows the call.
    Phone,
}

/// Whether an agent wants calls, as the agent has set it. It is independent of their current [`Activity`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// None of their desks is open.
    #[default]
    Offline,
    /// They take calls.
    Available,
    /// They take no calls.
    Away {
        /// Reason for the absence: a word of the organization's list, or our own `missed_call`.
        reason: Option<String>,
    },
}

/// Reason of an agent who is set to away because they did not answer a call.
pub const MISSED_A_CALL: &str = "missed_call";

/// Current activity of an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AgentActivity))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// No call.
    #[default]
    Idle,
    /// A call is offered to them, and to no other agent.
    Reserved,
    /// They talk with a caller, or have one on hold.
    OnCall,
    /// They do the wrap-up of a call.
    WrapUp,
}

/// An agent's request that a supervisor look at one of their calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpRequest {
    /// The call.
    pub call_id: CallId,
    /// The reason, in their words; it may be empty.
    pub note: String,
    /// When they asked.
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
    /// When they began to talk with the caller; none before that.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub talks_since: Option<UnixMs>,
    /// When the caller was put on hold; none if the caller is not on hold.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub held_since: Option<UnixMs>,
    /// Whether the agent is muted: nobody hears them.
    pub is_muted: bool,
    /// Device on which the agent talks in this call.
    pub audio: AgentAudio,
    /// The other agents who talk with the caller.
    pub others: Vec<UserId>,
    /// Other people who talk with the caller on a phone: their names in the list of extensions, or their numbers.
    pub outsiders: Vec<String>,
    /// A consultation with a colleague about the caller, who hears music meanwhile.
    pub consult: Option<Consult>,
    /// Result of the last consultation that has ended.
    pub last_consult: Option<ConsultEnd>,
    /// The person whom the agent is calling, until they answer.
    pub dialling: Option<AgentDialling>,
    /// The other agent of a call between two of them, in which there is no caller.
    pub colleague: Option<UserId>,
    /// The supervisors who listen to the call.
    pub supervisors: Vec<Supervising>,
}

/// A party that an agent is calling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentDialling {
    /// The number, or the name of the extension.
    pub to: String,
    /// When the agent began the call.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
    /// When the phone began to ring; none if no switch has reported it.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub rings_since: Option<UnixMs>,
}

/// A call that an agent starts at their desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BegunAtDesk {
    /// The agent.
    pub by: UserId,
    /// Extension of the colleague whom they call; none if a switch dials the party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colleague: Option<String>,
}

impl AgentCall {
    /// Returns the state of a call that an agent has just accepted.
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

    /// Returns the state of a call that the agent starts.
    pub fn begun(call_id: CallId, to: String, since: UnixMs) -> Self {
        let dialling = Some(AgentDialling { to, since, rings_since: None });
        Self { state: AgentCallState::Dialling, dialling, ..Self::accepted(call_id) }
    }
}

/// An agent's consultation with a colleague about the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = DeskConsult))]
pub struct Consult {
    /// The agent who asks.
    pub by: UserId,
    /// The party that was requested: the name of a colleague, a queue or another person with a phone in the list of extensions;
    /// or a number.
    pub target: String,
    /// The colleague, once the two talk; none if the person is not an agent.
    pub with: Option<UserId>,
    /// Whether the two talk.
    pub is_there: bool,
}

/// Result of a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum ConsultEnd {
    /// Agent, colleague and caller talk together from now on.
    Joined,
    /// The agent has left the caller to the colleague.
    Completed,
    /// It was cancelled: agent and caller talk again.
    Cancelled,
    /// Nobody answered the request.
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
    /// They are calling a party that has not answered.
    Dialling,
    /// They have accepted the call, and their audio has not arrived: the caller still waits.
    Connecting,
    /// The assistant briefs them on the caller, who still waits.
    Briefed,
    /// They hear each other.
    Talking,
    /// The caller hears music.
    Held,
    /// A colleague asks the agent about the caller, who hears music.
    Consulted,
    /// The agent's audio was lost and may come back: the caller hears music.
    AudioLost,
    /// The caller's connection was lost and may come back.
    CallerLost,
}

/// A request by an agent about one of their calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum AgentRequest {
    /// End the call.
    HangUp,
    /// Put the caller on hold: the caller hears music, and nobody hears the caller.
    Hold,
    /// Take the caller back from hold.
    Unhold,
    /// Mute the agent.
    Mute,
    /// Unmute the agent.
    Unmute,
    /// Play digits to the caller's side.
    SendDtmf {
        /// In order.
        digits: Digits,
    },
    /// Hand the caller back to the assistant.
    HandBack {
        /// Note for the assistant.
        note: String,
    },
    /// Transfer the caller to another party, and leave.
    Transfer {
        /// A colleague's extension, a queue, or another extension of the list.
        target: String,
        /// Note for the person who takes over.
        note: String,
    },
    /// Consult a colleague about the caller, who hears music meanwhile.
    Consult {
        /// The colleague's extension, a queue, another extension of the list, or a number that the dial policy allows.
        target: String,
        /// Note for the colleague.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Join all three in one conversation.
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
    /// The phone rings.
    Rings,
    /// It was answered.
    Answered,
    /// The person who has it hung up, before or after an answer.
    PutDown,
    /// It could not be reached, or is gone again.
    Failed {
        /// The reason.
        failure: HandoffFailure,
        /// The cause, in the switch's own word.
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
    /// They have transferred the caller to another party.
    PassedOn,
    /// They have left the caller to the other agents of the call.
    Left,
    /// They were consulted by a colleague, and the consultation is over.
    ConsultOver,
    /// Their audio was lost and did not come back, or never arrived.
    AudioLost,
    /// They have accepted, and hung up before their audio was there.
    HungUp,
    /// The caller has left before the agent was joined, their audio did not come back, or another person has the caller.
    CallerGone,
    /// The call has ended.
    CallEnded,
    /// A supervisor has taken over the caller.
    TakenOver,
}
