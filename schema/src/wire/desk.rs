//! The desk socket `/ws/desk`: an agent's screen. One JSON object a message; commands and their answers are as on the control
//! socket ([`super::control`]), events are in the same envelope.
//!
//! ```text
//! server   {"seq":1,"at":"2026-11-22T01:20:00.000Z","kind":"snapshot","version":2,"me":"0198…","agents":[…],…}
//! desk     {"id":"7","command":"set_presence","presence":{"intent":"away","reason":"Lunch"}}
//! server   {"id":"7","ok":true,"result":{}}
//!          {"seq":2,"at":"…","kind":"changed","agents":[…],"queues":[]}
//! ```
//! The first event of a socket is a `snapshot`, with the number 1; each further one has the next number. A desk that sees a gap
//! asks for a `snapshot`, whose number the others go on from.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::control::CommandId;
use crate::agent::{Activity, AgentAudio, AgentCall, HelpRequest, Intent};
use crate::digit::Digits;
use crate::ids::{CallId, CallbackId, OfferId, QueueId, UserId};
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};
use crate::wrap_up::{Disposition, PresenceReason};

/// The version of the protocol that is spoken here.
pub const DESK_VERSION: u32 = 2;

/// A command of a desk, as it is on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskRequest {
    /// Id by which its answer is matched.
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
    /// Everything as it is now.
    Snapshot {},
    /// Nothing but an answer: a line that is dead without a word brings none.
    Ping {},
    /// They take calls, or none. Being away has a reason of the organization's list, if it has one.
    SetPresence {
        /// The presence; being offline is closing every desk.
        presence: Intent,
    },
    /// They will, once they have nothing to do any more.
    SetNextPresence {
        /// The presence; null takes it back.
        presence: Option<Intent>,
    },
    /// They take a call that is offered to them.
    Accept {
        /// The offer.
        offer_id: OfferId,
    },
    /// They do not.
    Decline {
        /// The offer.
        offer_id: OfferId,
    },
    /// A token that brings their audio to a call that they have, over `/ws/audio`. The answer has `token`, which is valid
    /// once within a minute, and `webrtc`: whether the audio may come by WebRTC instead (`/api/v1/webrtc`). After a reload a
    /// desk asks for a new one.
    Audio {
        /// The call.
        call_id: CallId,
    },
    /// End a call that they have.
    HangUp {
        /// The call.
        call_id: CallId,
    },
    /// Have its caller hear music.
    Hold {
        /// The call.
        call_id: CallId,
    },
    /// Talk with them again.
    Unhold {
        /// The call.
        call_id: CallId,
    },
    /// Let nobody hear the agent.
    Mute {
        /// The call.
        call_id: CallId,
    },
    /// Be heard again.
    Unmute {
        /// The call.
        call_id: CallId,
    },
    /// Play digits to the caller's side.
    SendDtmf {
        /// The call.
        call_id: CallId,
        /// In order, of `0` to `9`, `*`, `#`, `A` to `D`.
        digits: Digits,
    },
    /// Give the caller back to the assistant.
    HandBack {
        /// The call.
        call_id: CallId,
        /// Note for the assistant, with 1,000 characters at most.
        #[serde(default)]
        note: String,
    },
    /// Pass its caller on to somebody, and leave. The assistant has the caller until they take over.
    Transfer {
        /// The call.
        call_id: CallId,
        /// A colleague's extension, a queue, or another extension of the list.
        target: String,
        /// Note for the person who takes over, with 1,000 characters at most.
        #[serde(default)]
        note: String,
    },
    /// Ask a colleague about its caller, who hears music meanwhile.
    Consult {
        /// The call.
        call_id: CallId,
        /// The colleague's extension, a queue, another extension of the list, or a number that the dial policy admits.
        target: String,
    },
    /// Have caller, agent and colleague talk.
    JoinConsult {
        /// The call.
        call_id: CallId,
    },
    /// Leave the caller to the colleague.
    CompleteConsult {
        /// The call.
        call_id: CallId,
    },
    /// Talk with the caller again, without the colleague.
    CancelConsult {
        /// The call.
        call_id: CallId,
    },
    /// Skip the rest of the assistant's briefing, and talk with the caller now.
    TalkNow {
        /// The call.
        call_id: CallId,
    },
    /// Call a number or an extension that the dial policy admits, or somebody who waits to be called back; answered with the
    /// `call_id`. Their audio, by `audio`, is to come at once: nobody is called before.
    Dial {
        /// The party.
        #[serde(default)]
        to: Option<String>,
        /// The callback, in the place of `to`. The agent sees to it from then on.
        #[serde(default)]
        callback_id: Option<CallbackId>,
    },
    /// Call a colleague at their desk; answered with the `call_id`. Their audio is to come as for `dial`.
    CallColleague {
        /// The colleague's extension.
        target: String,
    },
    /// Have every desk show that the agent needs help in a call that they have, until they say otherwise or leave it.
    NeedHelp {
        /// The call.
        call_id: CallId,
        /// The reason, with 1,000 characters at most.
        #[serde(default)]
        note: String,
    },
    /// They need none any more.
    HelpOver {},
}

/// A message to a desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskMessage {
    /// Its number on this socket: 1 and then one more each.
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
    /// Everything as it is now.
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
        /// The calls that they have.
        calls: Vec<AgentCall>,
        /// The calls of which they have to write down how they went, the oldest first.
        wrap_ups: Vec<DeskWrapUp>,
        /// Why agents can be away, in order.
        presence_reasons: Vec<PresenceReason>,
        /// Dispositions of calls, in order.
        dispositions: Vec<Disposition>,
        /// Whether the cache answers that has the customer profiles of all servers.
        profiles_available: bool,
    },
    /// Some agents and queues have changed; changes within 200 ms come together.
    Changed {
        /// The agents that have changed, as they are now. An unknown one is new.
        agents: Vec<AgentNow>,
        /// The queues that have.
        queues: Vec<DeskQueue>,
    },
    /// Agents or queues have changed: all of them as they are now.
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
    /// It is offered to them no more.
    OfferGone {
        /// The offer.
        offer_id: OfferId,
        /// The reason.
        why: OfferGone,
        /// The agent who has the caller, if another one has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_by: Option<String>,
    },
    /// The person whom the agent called was not reached.
    NotReached {
        /// The call.
        call_id: CallId,
        /// The party.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
    /// The agent's tasks have changed: all of them as they are now.
    Work {
        /// The calls that they have.
        calls: Vec<AgentCall>,
        /// The calls of which they have to write down how they went, the oldest first.
        wrap_ups: Vec<DeskWrapUp>,
    },
    /// Whether the cache answers that has the customer profiles has changed. While it does not, a server knows only those that
    /// it has written itself.
    Profiles {
        /// Whether it does now.
        available: bool,
    },
}

/// A call of which an agent has to write down how it went, at `/api/v1/wrap-ups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskWrapUp {
    /// The call.
    pub call_id: CallId,
    /// The queue that it came by. It may ask for a disposition.
    pub queue_id: Option<QueueId>,
    /// Since when.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
}

/// An agent as they are now.
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
    /// Skills.
    pub skills: BTreeSet<String>,
    /// The presence that they chose.
    pub presence: Intent,
    /// Since when they have this presence.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub presence_since: UnixMs,
    /// The presence that begins once they have nothing to do any more.
    pub next_presence: Option<Intent>,
    /// Current activity.
    pub activity: Activity,
    /// Since when they have this activity.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub activity_since: UnixMs,
    /// Whether they can be offered a call. An agent who takes several at once can be while they are on one.
    pub is_free: bool,
    /// They need help in a call.
    pub needs_help: Option<HelpRequest>,
}

/// A queue as it is now.
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
    /// Since when the first of them does.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub longest_since: Option<UnixMs>,
    /// Time for the wrap-up, in s. Agents are reminded when it is over.
    pub wrap_up_s: u32,
    /// Whether a disposition must be chosen.
    pub wrap_up_required: bool,
}

/// A call that is offered to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskOffer {
    /// Its number, by which it is accepted.
    pub id: OfferId,
    /// The call.
    pub call_id: CallId,
    /// The queue in which the caller waits.
    pub queue_id: Option<QueueId>,
    /// The colleague who calls. There is no caller then, and nobody to be looked up.
    pub by: Option<UserId>,
    /// Why they want somebody.
    pub reason: String,
    /// Since when they wait.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub waits_since: UnixMs,
    /// Since when it is offered.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: UnixMs,
    /// Until when.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub until: UnixMs,
}

/// Why a call is offered to an agent no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferGone {
    /// They have accepted it, on whichever desk of theirs.
    Accepted,
    /// They have declined it.
    Declined,
    /// Somebody else has the caller.
    TakenBy,
    /// They did not answer in time.
    Missed,
    /// The caller is gone, or goes another way.
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::super::control::Request;
    use super::*;

    #[test]
    fn commands_are_read_as_they_are_documented() {
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
