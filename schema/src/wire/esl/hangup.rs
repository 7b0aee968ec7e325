//! A channel hung up.

use super::event::Event;
use super::event_name::EventName;
use crate::call::HangupCause;

/// A hang-up, of `CHANNEL_HANGUP` or `CHANNEL_HANGUP_COMPLETE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hangup {
    /// Why.
    pub cause: HangupCause,
    /// Who, where the switch says it.
    pub by: Option<HungUpBy>,
}

/// Who ended a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HungUpBy {
    /// The phone: it hung up, gave up while it rang, or refused.
    Phone,
    /// The switch: because we said so, or by itself.
    Switch,
}

impl Hangup {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        let is_hangup =
            matches!(event.name()?, EventName::ChannelHangup | EventName::ChannelHangupComplete);
        is_hangup.then(|| Self {
            cause: hangup_cause_of(event.text_of("Hangup-Cause").unwrap_or("NORMAL_UNSPECIFIED")),
            by: event.variable("sip_hangup_disposition").and_then(HungUpBy::of),
        })
    }
}

impl HungUpBy {
    /// Reads `sip_hangup_disposition`: what was sent or received that ended the channel.
    fn of(disposition: &str) -> Option<Self> {
        match disposition {
            "recv_bye" | "recv_cancel" | "recv_refuse" => Some(Self::Phone),
            "send_bye" | "send_cancel" | "send_refuse" => Some(Self::Switch),
            _ => None,
        }
    }
}

/// The names of causes that FreeSWITCH knows. An unknown one becomes `NORMAL_CLEARING` there.
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

/// The switch's name of a cause as Cordboard keeps it: the same word in lower case.
pub fn hangup_cause_of(switch_name: &str) -> HangupCause {
    HangupCause(switch_name.to_ascii_lowercase())
}

/// The name by which a cause is told to the switch; `NORMAL_CLEARING` for the causes that only Cordboard has.
pub fn switch_cause_of(cause: &HangupCause) -> &'static str {
    let known = SWITCH_CAUSES.iter().find(|name| name.eq_ignore_ascii_case(&cause.0));
    known.copied().unwrap_or("NORMAL_CLEARING")
}
