//! Keys.

use super::{AmiEvent, ChannelLine, Message};
use crate::digit::Digit;

/// A released key (`DTMFEnd`): AudioSocket reports it at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReleased<'a> {
    /// The channel.
    pub channel: ChannelLine<'a>,
    /// The key.
    pub digit: Digit,
    /// Time that it was held, in ms.
    pub duration_ms: Option<u32>,
}

impl<'a> KeyReleased<'a> {
    /// Reads it; none for any other event, and for keys that were played to a phone.
    pub fn of(message: &'a Message) -> Option<Self> {
        let is_pressed = message.event()? == AmiEvent::DtmfEnd && message.get("Direction")? == "Received";
        is_pressed.then_some(())?;
        let mut digits = message.get("Digit")?.chars();
        let (digit, None) = (digits.next()?, digits.next()) else { return None };
        Some(Self {
            channel: ChannelLine::of(message)?,
            digit: Digit::try_from(digit).ok()?,
            duration_ms: message.number("DurationMs"),
        })
    }
}
