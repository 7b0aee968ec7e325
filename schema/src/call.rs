//! A call: its states, legs and endings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::business::escalation::EscalationRules;
use crate::dial::DialPolicy;
use crate::dialplan::{DialplanTarget, NextStep};
use crate::grant::Granted;
pub use crate::kinds::{LegCarrier, LegKind};
use crate::switch::{AsteriskPolicy, FreeswitchPolicy, TwilioPolicy};
use crate::usage::ModelPrice;

/// Direction of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A party called us.
    Inbound,
    /// We called a party.
    Outbound,
    /// An agent called another agent: no outside party takes part.
    Internal,
}

impl Direction {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Internal => "internal",
        }
    }
}

/// State of a call, as the API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// We are calling a party that has not answered.
    Dialling,
    /// Announced or answered; its audio has not arrived.
    Waiting,
    /// The caller is connected.
    Live,
    /// The caller's leg was lost and may come back.
    Interrupted,
    /// Over.
    Ended,
}

impl CallState {
    /// Returns the word that the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Waiting => "waiting",
            Self::Live => "live",
            Self::Interrupted => "interrupted",
            Self::Ended => "ended",
        }
    }
}

/// How a leg's connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LegEnd {
    /// The other side closed it normally (FIN): the caller hung up, or the dialplan took the call elsewhere.
    Closed,
    /// The connection broke (RST, failed write).
    Broken,
    /// We ended it, as the call's machine ordered.
    Released,
    /// The caller's page was reloaded or closed, and said so.
    Away,
    /// We ended it: the sign-in or the API token that opened it is no longer valid.
    SignedOut,
}

/// Why a call ended: a Q.850 / FreeSWITCH name, as the switch gave it, or one of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct HangupCause(pub String);

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        impl HangupCause {
            $($(#[$doc])* pub fn $name() -> Self { Self($text.to_owned()) })*
        }
    };
}

causes! {
    /// The conversation ended.
    normal_clearing = "normal_clearing",
    /// The caller was transferred.
    transferred = "call_transferred",
    /// The caller was silent.
    silence = "caller_silent",
    /// The call reached its maximum duration.
    max_duration = "max_duration",
    /// `calls.max` was reached.
    no_capacity = "no_capacity",
    /// The server was draining.
    draining = "draining",
    /// The server stopped.
    server_stopped = "server_stopped",
    /// The process crashed, and the caller did not come back in time.
    server_restart = "server_restart",
    /// The connection broke and did not come back in time.
    connection_lost = "connection_lost",
    /// The caller's page was closed, and the caller did not come back in time.
    page_left = "page_left",
    /// The call was announced, but no audio arrived.
    no_audio = "no_audio",
    /// Audio arrived under a channel's name, and neither a control link nor the switch confirmed that the channel exists.
    unconfirmed = "audio_unconfirmed",
    /// The switch no longer has the channel, and has not reported why.
    channel_gone = "channel_gone",
    /// Nobody could be reached, and the assistant had no audio connection to the caller.
    no_control = "no_control",
    /// Audio arrived without an announcement, and `audiosocket.unannounced` is `refuse`.
    unannounced = "unannounced",
    /// The assistant failed, and nobody could take over.
    assistant_failed = "assistant_failed",
    /// The organization's daily cost limit is reached.
    daily_cap = "daily_cap_reached",
    /// The business was closed, and the number is set to end such calls.
    closed = "closed_hours",
    /// The number does not accept calls from this caller.
    blocked = "caller_blocked",
    /// A mailbox answered a call that was meant for a person.
    voicemail = "voicemail",
    /// The switch did not report in time whether the called party was reached.
    dial_timeout = "dial_timeout",
    /// Nobody was called, because the attempt could not be recorded.
    not_recorded = "not_recorded",
    /// Nobody was called, because the number could no longer be called once an agent was free.
    not_callable = "not_callable",
    /// The call failed repeatedly in the server.
    internal_error = "internal_error",
}

impl HangupCause {
    /// The word for the cause of a finished call that has no recorded cause.
    pub const UNKNOWN: &str = "unknown";
}

impl fmt::Display for HangupCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The party that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HangupBy {
    /// The caller hung up.
    Caller,
    /// The assistant, by a tool or because the caller was silent.
    Assistant,
    /// A program or a user, by the API.
    Api,
    /// An agent of the call, at their desk.
    Agent,
    /// The switch.
    Switch,
    /// Cordboard itself.
    Server,
}

impl HangupBy {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Assistant => "assistant",
            Self::Api => "api",
            Self::Agent => "agent",
            Self::Switch => "switch",
            Self::Server => "server",
        }
    }
}

/// Cause and party of a call's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ending {
    /// The cause.
    pub cause: HangupCause,
    /// The party that ended the call.
    pub by: HangupBy,
}

/// The settings that a call's machine decides by. They are copied from the configuration when the call starts, so that a replay
/// of its journal makes the same decisions. Times are in ms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallPolicy {
    /// Time that one half of a pair waits for the other (`calls.meet_timeout_s`), in ms. For a visitor's call it is
    /// `page_return_ms`, if that is longer.
    pub meet_timeout_ms: u64,
    /// Time that an interrupted call waits for its caller (`calls.resume_window_s`), in ms.
    pub resume_window_ms: u64,
    /// Time that a call waits for a caller's page that was closed (`calls.page_return_s`), in ms; `meet_timeout_ms` if that is
    /// longer.
    #[serde(default)]
    pub page_return_ms: u64,
    /// The longest conversation (`calls.max_duration_s`).
    pub max_duration_ms: u64,
    /// Silence of the caller before "are you still there?" (`calls.silence_prompt_s`).
    pub silence_prompt_ms: u64,
    /// Further silence before the goodbye (`calls.silence_goodbye_s`).
    pub silence_goodbye_ms: u64,
    /// Treatment of audio that no dialplan announced (`audiosocket.unannounced`).
    pub unannounced: Unannounced,
    /// People who can be reached through the dialplan, by name (`[extensions]`).
    pub extensions: BTreeMap<String, DialplanTarget>,
    /// Names of extensions whose agents take calls at a desk, whether or not they are in `extensions`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub desks: BTreeSet<String>,
    /// Names from `desks` whose agents talk on the phone at their extension: it rings for calls that are offered at their desk.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub desk_phones: BTreeSet<String>,
    /// Whether any switch rings phones on behalf of callers whose own switch can't: the person who answers is joined with the
    /// caller here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rings_for_others: bool,
    /// The names of the queues.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub queues: BTreeSet<String>,
    /// Name in `extensions` of the target for callers whom we can't serve (`calls.fallback_extension`).
    pub fallback_extension: Option<String>,
    /// Whether the built-in assistant replaces a failed one, if the usual assistant is another.
    #[serde(default)]
    pub standby_assistant: bool,
    /// Prices of the models that the usual assistant uses (`[prices]`), by model.
    #[serde(default)]
    pub prices: BTreeMap<String, ModelPrice>,
    /// Policy for callers on a FreeSWITCH (`[freeswitch]`).
    #[serde(default)]
    pub freeswitch: FreeswitchPolicy,
    /// Policy for callers on an Asterisk (`[asterisk]`).
    #[serde(default)]
    pub asterisk: AsteriskPolicy,
    /// Policy for callers on Twilio (`[twilio]`).
    #[serde(default)]
    pub twilio: TwilioPolicy,
    /// Numbers and people that a call may dial.
    #[serde(default)]
    pub dial: DialPolicy,
    /// The server's switches that the call may dial through.
    #[serde(default = "Granted::everything", skip_serializing_if = "Granted::is_everything")]
    pub granted: Granted,
    /// People whom the assistant contacts for a caller who needs a person, if the business defines them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<EscalationRules>,
}

impl CallPolicy {
    /// Returns how long a visitor's page is awaited that was closed, or whose connection broke, in ms.
    pub fn page_wait_ms(&self) -> u64 {
        self.page_return_ms.max(self.meet_timeout_ms)
    }

    /// Returns the target of callers whom we can't serve: the fallback extension, if one is set and is in the list.
    pub fn fallback(&self) -> NextStep {
        let name = self.fallback_extension.as_ref();
        let target = name.and_then(|name| self.extensions.get(name));
        target.cloned().map_or(NextStep::Hangup, NextStep::Goto)
    }

    /// Finds an extension of the list by its name or by its number, which callers know. Returns its name, too.
    pub fn extension(&self, said: &str) -> Option<(&str, &DialplanTarget)> {
        let by_name = self.extensions.get_key_value(said);
        let by_number = || self.extensions.iter().find(|(_, target)| target.extension() == said);
        by_name.or_else(by_number).map(|(name, target)| (name.as_str(), target))
    }

    /// Returns the names that [`Self::person`] accepts: first all names, then all numbers that are not names, then extensions
    /// that are only at a desk.
    pub fn ways_to_name_extensions(&self) -> Vec<&str> {
        let numbers: BTreeSet<&str> = self.extensions.values().map(DialplanTarget::extension).collect();
        let names = self.extensions.keys().map(String::as_str);
        let numbers = numbers.into_iter().filter(|number| !self.extensions.contains_key(*number));
        let at_desks = self.desks.iter().chain(&self.queues).map(String::as_str);
        let at_desks = at_desks.filter(|name| !self.extensions.contains_key(*name));
        names.chain(numbers).chain(at_desks).collect()
    }

    /// Finds agents at desks by the name of a queue, or by an extension's name or number. Returns the name, too.
    pub fn at_desks(&self, said: &str) -> Option<(&str, AtDesks)> {
        if let Some(queue) = self.queues.get(said) {
            return Some((queue, AtDesks::Queue));
        }
        let name = self.extension(said).map_or(said, |(name, _)| name);
        self.desks.get(name).map(|name| (name.as_str(), AtDesks::Extension))
    }

    /// Finds a party that can be reached: returns the name of an extension or of a queue.
    pub fn person(&self, said: &str) -> Option<&str> {
        let at_desks = self.at_desks(said).map(|(name, _)| name);
        at_desks.or_else(|| Some(self.extension(said)?.0))
    }

    /// Returns the names of all parties that can be reached, as [`Self::person`] finds them.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.extensions.keys().chain(&self.desks).chain(&self.queues).map(String::as_str)
    }

    /// Whether any agent takes calls at a desk.
    pub fn has_desks(&self) -> bool {
        !self.desks.is_empty() || !self.queues.is_empty()
    }
}

/// Agents or a queue at desks, under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtDesks {
    /// The agent of an extension.
    Extension,
    /// The agents of a queue.
    Queue,
}

/// Treatment of audio that no dialplan announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unannounced {
    /// It is answered with the default profile.
    #[default]
    Accept,
    /// It waits `meet_timeout` for its announcement; then its leg is ended.
    Refuse,
}
