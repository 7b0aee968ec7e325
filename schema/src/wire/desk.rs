//! The desk socket `/ws/desk`: an agent's screen. Each message is one JSON object. Commands and their answers are as on the
//! control socket ([`super::control`]); events have the same envelope.
//!
//! ```text
//! server   {"seq":1,"at":"2026-11-22T01:20:00.000Z","kind":"snapshot","version":2,"me":"0198…","agents":[…],…}
//! desk     {"id":"7","command":"set_presence","presence":{"intent":"away","reason":"Lunch"}}
//! server   {"id":"7","ok":true,"result":{}}
//!          {"seq":2,"at":"…","kind":"changed","agents":[…],"queues":[]}
//! ```
//! The first event of a socket is a `snapshot`, with the number 1; each further one has the next number. A desk that detects a
//! gap requests a `snapshot`, from whose number the others continue.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::control::CommandId;
use crate::agent::{Activity, AgentAudio, AgentCall, HelpRequest, Intent};
use crate::digit::Digits;
use crate::ids::{CallId, CallbackId, OfferId, QueueId, UserId};
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};
use crate::wrap_up::{Disposition, PresenceReason};

/// The version of the protocol.
pub const DESK_VERSION: u32 = 2;

/// A command of a desk, as it is on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskRequest {
    /// Id that the answer repeats.
    pub id: CommandId,
    /// The command.
    #[serde(flatten)]
    pub command: DeskCommand,
}

/// A command of an agent at their desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeskCommand {
    /// Requests the complete current state.
    Snapshot {},
    /// Requests just an answer, to detect a connection that is dead without a notice.
    Ping {},
    /// Sets whether the agent takes calls. Being away has a reason from the organization's list, if it has one.
    SetPresence {
        /// The presence. An agent goes offline by closing all desks.
        presence: Intent,
    },
    /// Sets the presence that the agent gets once they have nothing to do any more.
    SetNextPresence {
        /// The presence; null cancels it.
        presence: Option<Intent>,
    },
    /// Accepts a call that is offered to the agent.
    Accept {
        /// The offer.
        offer_id: OfferId,
    },
    /// Declines a call that is offered to the agent.
    Decline {
        /// The offer.
        offer_id: OfferId,
    },
    /// Requests a token for the agent's audio on one of their calls, over `/ws/audio`. The answer has `token`, which is valid
    /// once within a minute, and `webrtc`: whether the audio may use WebRTC instead (`/api/v1/webrtc`). After a reload a desk
    /// requests a new token.
    Audio {
        /// The call.
        call_id: CallId,
    },
    /// Ends one of the agent's calls.
    HangUp {
        /// The call.
        call_id: CallId,
    },
    /// Puts the call's caller on hold with music.
    Hold {
        /// The call.
        call_id: CallId,
    },
    /// Takes the caller off hold.
    Unhold {
        /// The call.
        call_id: CallId,
    },
    /// Mutes the agent.
    Mute {
        /// The call.
        call_id: CallId,
    },
    /// Unmutes the agent.
    Unmute {
        /// The call.
        call_id: CallId,
    },
    /// Plays digits to the caller's side.
    SendDtmf {
        /// The call.
        call_id: CallId,
        /// Digits in order: `0` to `9`, `*`, `#`, `A` to `D`.
        digits: Digits,
    },
    /// Gives the caller back to the assistant.
    HandBack {
        /// The call.
        call_id: CallId,
        /// Note for the assistant, up to 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Passes the caller on to somebody, and leaves. The caller is with the assistant until that person takes over.
    Transfer {
        /// The call.
        call_id: CallId,
        /// A colleague's extension, a queue, or another extension of the list.
        target: String,
        /// Note for the person who takes over, up to 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Asks a colleague about the caller, who hears music meanwhile.
    Consult {
        /// The call.
        call_id: CallId,
        /// The colleague's extension, a queue, another extension of the list, or a number that the dial policy permits.
        target: String,
        /// Note for the colleague, up to 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Lets caller, agent and colleague talk together.
    JoinConsult {
        /// The call.
        call_id: CallId,
    },
    /// Leaves the caller to the colleague.
    CompleteConsult {
        /// The call.
        call_id: CallId,
    },
    /// Goes back to the caller, without the colleague.
    CancelConsult {
        /// The call.
        call_id: CallId,
    },
    /// Skips the rest of the assistant's briefing, and connects the agent with the caller now.
    TalkNow {
        /// The call.
        call_id: CallId,
    },
    /// Calls a number or an extension that the dial policy permits, or a caller who is waiting for a callback. The answer has the
    /// `call_id`. The agent's audio must come at once, by `audio`: nobody is dialled before that.
    Dial {
        /// The party.
        #[serde(default)]
        to: Option<String>,
        /// The callback, instead of `to`. The agent is responsible for it from then on.
        #[serde(default)]
        callback_id: Option<CallbackId>,
    },
    /// Calls a colleague at their desk. The answer has the `call_id`. The agent's audio must come as for `dial`.
    CallColleague {
        /// The colleague's extension.
        target: String,
    },
    /// Makes every desk show that the agent needs help in one of their calls, until the agent clears the request or leaves the
    /// call.
    NeedHelp {
        /// The call.
        call_id: CallId,
        /// The reason, up to 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Clears the agent's request for help.
    HelpOver {},
}

/// A message to a desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskMessage {
    /// Its number on this socket: 1, 2, 3 and so on.
    pub seq: u64,
    /// The time of the message.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The event.
    #[serde(flatten)]
    pub event: DeskEvent,
}

/// The event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeskEvent {
    /// The complete current state.
    Snapshot {
        /// The version of the protocol.
        version: u32,
        /// The agent whose desk it is.
        me: UserId,
        /// Every agent of the organization.
        agents: Vec<AgentNow>,
        /// Every queue.
        queues: Vec<DeskQueue>,
        /// The calls that are offered to the agent, the oldest offer first.
        offers: Vec<DeskOffer>,
        /// The agent's calls.
        calls: Vec<AgentCall>,
        /// The calls that still need the agent's wrap-up, the oldest first.
        wrap_ups: Vec<DeskWrapUp>,
        /// Reasons for which agents can be away, in order.
        presence_reasons: Vec<PresenceReason>,
        /// Dispositions of calls, in order.
        dispositions: Vec<Disposition>,
        /// Whether the cache that holds the customer profiles of all servers is reachable.
        profiles_available: bool,
    },
    /// Some agents and queues have changed; changes within 200 ms come together.
    Changed {
        /// The current state of the agents that have changed. An unknown agent is new.
        agents: Vec<AgentNow>,
        /// The current state of the queues that have changed.
        queues: Vec<DeskQueue>,
    },
    /// Agents or queues have changed: the complete lists.
    Floor {
        /// Every agent.
        agents: Vec<AgentNow>,
        /// Every queue.
        queues: Vec<DeskQueue>,
    },
    /// A call is offered to the agent.
    Offered {
        /// The offer.
        offer: DeskOffer,
    },
    /// A call is no longer offered to the agent.
    OfferGone {
        /// The offer.
        offer_id: OfferId,
        /// The reason.
        why: OfferGone,
        /// The agent who has taken the caller, if another one has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_by: Option<String>,
    },
    /// The person whom the agent called couldn't be reached.
    NotReached {
        /// The call.
        call_id: CallId,
        /// The party.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
    /// The agent's tasks have changed: the complete lists.
    Work {
        /// The agent's calls.
        calls: Vec<AgentCall>,
        /// The calls that still need the agent's wrap-up, the oldest first.
        wrap_ups: Vec<DeskWrapUp>,
    },
    /// The reachability of the cache that holds the customer profiles has changed. While it is unreachable, a server knows only
    /// the profiles that it has written itself.
    Profiles {
        /// Whether it is reachable now.
        available: bool,
    },
}

/// A call that needs an agent's wrap-up, at `/api/v1/wrap-ups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskWrapUp {
    /// The call.
    pub call_id: CallId,
    /// The queue through which the call came. The queue may require a disposition.
    pub queue_id: Option<QueueId>,
    /// Since when the wrap-up is due.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
}

/// The current state of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentNow {
    /// The user.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Their extension.
    pub extension: Option<String>,
    /// Device on which they talk.
    pub audio: AgentAudio,
    /// Skills of the agent.
    pub skills: BTreeSet<String>,
    /// The presence that they chose.
    pub presence: Intent,
    /// Since when they have this presence.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub presence_since: UnixMs,
    /// The presence that the agent gets once they have nothing to do any more.
    pub next_presence: Option<Intent>,
    /// Current activity.
    pub activity: Activity,
    /// Since when they have this activity.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub activity_since: UnixMs,
    /// Whether the agent can be offered a call. An agent who takes several calls at once can be free while on one.
    pub is_free: bool,
    /// The agent's request for help in a call.
    pub needs_help: Option<HelpRequest>,
}

/// The current state of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskQueue {
    /// The queue.
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// Display title.
    pub title: String,
    /// Agents who take its calls.
    pub members: Vec<UserId>,
    /// Number of callers who wait.
    pub waiting: u32,
    /// Since when the first caller waits.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub longest_since: Option<UnixMs>,
    /// Time for the wrap-up, in s. Agents are reminded when it has passed.
    pub wrap_up_s: u32,
    /// Whether the wrap-up requires a disposition.
    pub wrap_up_required: bool,
}

/// A call that is offered to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskOffer {
    /// Its number, with which it is accepted.
    pub id: OfferId,
    /// The call.
    pub call_id: CallId,
    /// The queue in which the caller waits.
    pub queue_id: Option<QueueId>,
    /// The colleague who calls. In that case there is no caller and no profile to look up.
    pub by: Option<UserId>,
    /// Why the caller needs a person.
    pub reason: String,
    /// Since when the caller waits.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub waits_since: UnixMs,
    /// Since when the call is offered.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
    /// Until when the call is offered.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub until: UnixMs,
}

/// Why a call is no longer offered to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferGone {
    /// The agent has accepted it, at any of their desks.
    Accepted,
    /// The agent has declined it.
    Declined,
    /// Another agent has taken the caller.
    TakenBy,
    /// The agent didn't answer in time.
    Missed,
    /// The caller has left, or is handled in another way.
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::super::control::Request;
    use super::*;

    #[test]
    fn commands_are_read_as_documented() {
        let read = |text: &str| Request::<DeskCommand>::parse(text).map(|request| request.command);
        let away = Intent::Away { reason: Some("Lunch".to_owned()) };
        let text = r#"{"id":"7","command":"set_presence","presence":{"intent":"away","reason":"Lunch"}}"#;
        assert_eq!(read(text).unwrap(), DeskCommand::SetPresence { presence: away });
        let text = r#"{"id":"7","command":"set_next_presence","presence":null}"#;
        assert_eq!(read(text).unwrap(), DeskCommand::SetNextPresence { presence: None });
        let text = r#"{"id":"7","command":"accept","offer_id":3}"#;
        assert_eq!(read(text).unwrap(), DeskCommand::Accept { offer_id: OfferId(3) });
        for odd in [
            r#"{"id":"7","command":"accept"}"#,
            r#"{"id":"7","command":"accept","offer_id":-1}"#,
            r#"{"id":"7","command":"accept","offer_id":3,"twice":true}"#,
            r#"{"id":"7","command":"fly"}"#,
            r#"{"id":"7","command":"set_presence","presence":{"intent":"asleep"}}"#,
            r#"{"id":7,"command":"snapshot"}"#,
            r#"["accept"]"#,
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
