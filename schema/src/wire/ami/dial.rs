//! End of a dialling.

use super::{AmiEvent, Message, hangup_cause};
use crate::switch::HandoffFailure;

/// Dialling a channel has ended (`DialEnd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialEnded<'a> {
    /// The channel that was dialled.
    pub unique_id: &'a str,
    /// How, as `ANSWER`, `BUSY`, `NOANSWER`, `CONGESTION`, `CHANUNAVAIL`, `CANCEL`.
    pub status: &'a str,
}

impl<'a> DialEnded<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        (message.event()? == AmiEvent::DialEnd).then_some(())?;
        Some(Self { unique_id: message.text_of("DestUniqueid")?, status: message.get("DialStatus")? })
    }
}

/// An originate has ended. Its reason says almost nothing: the channel's end has the cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Originated<'a> {
    /// The id of its action.
    pub action_id: &'a str,
    /// Whether somebody has answered.
    pub is_answered: bool,
    /// It rang until its time was up.
    pub has_timed_out: bool,
}

impl<'a> Originated<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        (message.event()? == AmiEvent::OriginateResponse).then_some(())?;
        Some(Self {
            action_id: message.action_id()?,
            is_answered: message.get("Response")? == "Success",
            has_timed_out: message.get("Reason") == Some("3"),
        })
    }
}

impl HandoffFailure {
    /// Why nobody could be reached, by Asterisk's reports: the hang-up cause of the dialled channel
    /// (Q.850), how dialling ended, and whether the originate's time was up. Where no channel came
    /// to be, it could not be made: the phone is not registered, or there is none.
    ///
    /// The rows are those that were captured of an Asterisk 22.
    pub fn from_asterisk(cause: Option<u16>, dial_status: Option<&str>, has_timed_out: bool) -> Self {
        match (cause, dial_status) {
            _ if has_timed_out => Self::NoAnswer,
            // Somebody has answered, and left before anybody spoke with them.
            (_, Some("ANSWER")) => Self::Declined,
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
            // CONGESTION, and whatever has no row.
            _ => Self::Congestion,
        }
    }

    /// The same of a called channel whose cause alone is known, in the words of all switches ([`hangup_cause`]).
    pub fn from_asterisk_cause(cause: &str) -> Self {
        let number = (1..=127).find(|number| hangup_cause(*number).0 == cause);
        number.map_or(Self::Congestion, |number| Self::from_asterisk(Some(number), None, false))
    }
}
