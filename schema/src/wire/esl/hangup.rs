//! A hang-up of a channel.

use super::event::Event;
use super::event_name::EventName;
use crate::call::HangupCause;

/// A hang-up (`CHANNEL_HANGUP` or `CHANNEL_HANGUP_COMPLETE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hangup {
    /// The cause.
    pub cause: HangupCause,
    /// The party that hung up, if the switch reports it.
    pub by: Option<HungUpBy>,
}

/// The party that ended a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HungUpBy {
    /// The phone: it hung up, gave up while ringing, or refused.
    Phone,
    /// The switch: on our request, or by itself.
    Switch,
}

impl Hangup {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if !matches!(event.name()?, EventName::ChannelHangup | EventName::ChannelHangupComplete) {
            return None;
        }
        let cause = event.text_of("Hangup-Cause").unwrap_or("NORMAL_UNSPECIFIED");
        Some(Self { cause: hangup_cause_of(cause), by: HungUpBy::of(event) })
    }
}

impl HungUpBy {
    /// Reads which message ended the channel, and who sent it. `CHANNEL_HANGUP` comes before FreeSWITCH has recorded that. By
    /// then a received message has left a status, and a sent one hasn't. This was true for each of the 186 channels of the
    /// captures.
    fn of(event: &Event) -> Option<Self> {
        let is_sip = || event.get("Channel-Name").is_some_and(|name| name.starts_with("sofia/"));
        match event.variable("sip_hangup_disposition") {
            Some("recv_bye" | "recv_cancel" | "recv_refuse") => Some(Self::Phone),
            Some("send_bye" | "send_cancel" | "send_refuse") => Some(Self::Switch),
            _ if event.variable("sip_term_status").is_some() => Some(Self::Phone),
            _ if event.name() == Some(EventName::ChannelHangup) && is_sip() => Some(Self::Switch),
            _ => None,
        }
    }
}

/// The names of causes that FreeSWITCH knows. It takes an unknown one for `NORMAL_CLEARING`.
const SWITCH_CAUSES: &[&str] = &[
    "NORMAL_CLEARING",
    "NORMAL_UNSPECIFIED",
    "USER_BUSY",
    "CALL_REJECTED",
    "NO_ANSWER",
    "NO_USER_RESPONSE",
    "SUBSCRIBER_ABSENT",
    "USER_NOT_REGISTERED",
    "UNALLOCATED_NUMBER",
    "NUMBER_CHANGED",
    "NO_ROUTE_DESTINATION",
    "NORMAL_TEMPORARY_FAILURE",
    "NORMAL_CIRCUIT_CONGESTION",
    "SWITCH_CONGESTION",
    "DESTINATION_OUT_OF_ORDER",
    "RECOVERY_ON_TIMER_EXPIRE",
    "INCOMPATIBLE_DESTINATION",
    "INVALID_NUMBER_FORMAT",
    "OUTGOING_CALL_BARRED",
    "EXCHANGE_ROUTING_ERROR",
    "ORIGINATOR_CANCEL",
    "ALLOTTED_TIMEOUT",
    "BEARERCAPABILITY_NOTAVAIL",
];

/// Converts the switch's name of a cause to Cordboard's: the same word in lower case.
pub fn hangup_cause_of(switch_name: &str) -> HangupCause {
    HangupCause(switch_name.to_ascii_lowercase())
}

/// Returns the switch's name of a cause; `NORMAL_CLEARING` for the causes that only Cordboard has.
pub fn switch_cause_of(cause: &HangupCause) -> &'static str {
    let known = SWITCH_CAUSES.iter().find(|name| name.eq_ignore_ascii_case(&cause.0));
    known.copied().unwrap_or("NORMAL_CLEARING")
}
