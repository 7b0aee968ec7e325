//! The end of dialling.

use super::{AmiEvent, Message, hangup_cause};
use crate::switch::HandoffFailure;

/// The end of dialling a channel (`DialEnd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialEnded<'a> {
    /// The channel that was dialled.
    pub unique_id: &'a str,
    /// The result, as `ANSWER`, `BUSY`, `NOANSWER`, `CONGESTION`, `CHANUNAVAIL`, `CANCEL`.
    pub status: &'a str,
}

impl<'a> DialEnded<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        (message.event()? == AmiEvent::DialEnd).then_some(())?;
        Some(Self { unique_id: message.text_of("DestUniqueid")?, status: message.get("DialStatus")? })
    }
}

/// The end of an originate. Its reason says almost nothing: the channel's end has the cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Originated<'a> {
    /// The id of its action.
    pub action_id: &'a str,
    /// The id of the channel; none if there is no channel any more.
    pub unique_id: Option<&'a str>,
    /// Whether the party has answered.
    pub is_answered: bool,
    /// Whether it rang until its time was up.
    pub has_timed_out: bool,
}

impl<'a> Originated<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        (message.event()? == AmiEvent::OriginateResponse).then_some(())?;
        Some(Self {
            action_id: message.action_id()?,
            unique_id: message.text_of("Uniqueid"),
            is_answered: message.get("Response")? == "Success",
            has_timed_out: message.get("Reason") == Some("3"),
        })
    }
}

impl HandoffFailure {
    /// Returns why nobody could be reached, from Asterisk's reports: the hang-up cause of the dialled channel (Q.850), the result
    /// of dialling, and whether the originate timed out. If there was no channel, it couldn't be created: the phone isn't
    /// registered, or doesn't exist.
    ///
    /// The rows were captured from an Asterisk 22.
    pub fn from_asterisk(cause: Option<u16>, dial_status: Option<&str>, has_timed_out: bool) -> Self {
        match (cause, dial_status) {
            _ if has_timed_out => Self::NoAnswer,
            // The party answered, and left before anybody spoke with them.
            (_, Some("ANSWER")) => Self::Declined,
            // The phone has forwarded the call (SIP 302), by `handle_call_forward` in Asterisk's `main/dial.c`.
            (_, Some("CANCEL")) => Self::Unavailable,
            (Some(17), _) => Self::Busy,
            (Some(21), _) => Self::Declined,
            (Some(1..=3 | 22), _) => Self::Unallocated,
            (Some(18 | 19), _) => Self::NoAnswer,
            (Some(20), _) => Self::Unregistered,
            (Some(27 | 41), _) => Self::Unavailable,
            (Some(34 | 38 | 42 | 44), _) => Self::Congestion,
            (Some(28), _) => Self::BadTarget,
            (_, Some("BUSY")) => Self::Busy,
            (_, Some("NOANSWER")) => Self::NoAnswer,
            (_, Some("CHANUNAVAIL")) | (None, None) => Self::Unregistered,
            // CONGESTION, and everything without a row.
            _ => Self::Congestion,
        }
    }

    /// Returns the same for a called channel of which only the cause is known, in the words that all switches share
    /// ([`hangup_cause`]).
    pub fn from_asterisk_cause(cause: &str) -> Self {
        let number = (1..=127).find(|number| hangup_cause(*number).0 == cause);
        number.map_or(Self::Congestion, |number| Self::from_asterisk(Some(number), None, false))
    }
}
