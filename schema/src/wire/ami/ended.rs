//! End of a channel.

use super::{AmiEvent, ChannelLine, Message};
use crate::call::HangupCause;

/// A channel is gone, or is about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended<'a> {
    /// The channel.
    pub channel: ChannelLine<'a>,
    /// The cause by Q.850. 0 if the caller hung up in an application.
    pub cause: u16,
}

impl<'a> Ended<'a> {
    /// Reads it of a `Hangup`, a `HangupRequest` or a `SoftHangupRequest`; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        let ends = [AmiEvent::Hangup, AmiEvent::HangupRequest, AmiEvent::SoftHangupRequest];
        ends.contains(&message.event()?).then_some(())?;
        let cause = message.number("Cause").and_then(|cause| u16::try_from(cause).ok()).unwrap_or_default();
        Some(Self { channel: ChannelLine::of(message)?, cause })
    }

    /// The cause in the words that all switches share. 0 is 16: somebody hung up while an application ran.
    pub fn hangup_cause(&self) -> HangupCause {
        hangup_cause(self.cause)
    }
}

/// Q.850 numbers that Asterisk gives, as the names that FreeSWITCH has for them.
pub fn hangup_cause(cause: u16) -> HangupCause {
    let name = match cause {
        0 | 16 => return HangupCause::normal_clearing(),
        1 => "unallocated_number",
        3 => "no_route_destination",
        17 => "user_busy",
        18 => "no_user_response",
        19 => "no_answer",
        20 => "subscriber_absent",
        21 => "call_rejected",
        22 => "number_changed",
        26 => "answered_elsewhere",
        27 => "destination_out_of_order",
        28 => "invalid_number_format",
        31 => "normal_unspecified",
        34 => "normal_circuit_congestion",
        38 => "network_out_of_order",
        41 => "normal_temporary_failure",
        42 => "switch_congestion",
        44 => "requested_chan_unavail",
        50 => "facility_not_subscribed",
        58 => "bearercapability_notavail",
        88 => "incompatible_destination",
        102 => "recovery_on_timer_expire",
        127 => "interworking",
        other => return HangupCause(format!("q850_{other}")),
    };
    HangupCause(name.to_owned())
}
