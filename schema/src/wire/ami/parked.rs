//! Channels in the car park.

use super::{AmiEvent, Message};

/// A parked channel (`ParkedCall`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parked<'a> {
    /// Its id.
    pub unique_id: &'a str,
    /// The parking space: a person who dials it fetches the channel.
    pub space: &'a str,
}

impl<'a> Parked<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        (message.event()? == AmiEvent::ParkedCall).then_some(())?;
        Some(Self { unique_id: message.text_of("ParkeeUniqueid")?, space: message.text_of("ParkingSpace")? })
    }
}
