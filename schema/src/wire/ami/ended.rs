//! The end of a channel.

use super::{AmiEvent, ChannelLine, Message};
use crate::call::HangupCause;

/// A channel that has ended, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended<'a> {
    /// The channel.
    pub channel: ChannelLine<'a>,
    /// The Q.850 cause. 0 if the caller hung up in an application.
    pub cause: u16,
    /// The status of the SIP answer that ended it; none if Asterisk does not report one (`TechCause`).
    pub sip_status: Option<u16>,
}

impl<'a> Ended<'a> {
    /// Reads it from a `Hangup`, a `HangupRequest` or a `SoftHangupRequest`; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        let ends = [AmiEvent::Hangup, AmiEvent::HangupRequest, AmiEvent::SoftHangupRequest];
        ends.contains(&message.event()?).then_some(())?;
        let number = |name| message.number(name).and_then(|cause| u16::try_from(cause).ok());
        let (cause, sip_status) = (number("Cause").unwrap_or_default(), number("TechCause"));
        Some(Self { channel: ChannelLine::of(message)?, cause, sip_status })
    }

    /// Returns the cause in the words that all switches share. 0 counts as 16: the caller hung up while an application ran.
    pub fn hangup_cause(&self) -> HangupCause {
        hangup_cause(self.cause)
    }
}

/// Returns FreeSWITCH's names for the Q.850 numbers that Asterisk sends.
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
