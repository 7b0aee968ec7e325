//! A key of the caller's phone.

use super::event::Event;
use super::event_name::EventName;
use crate::digit::Digit;

/// Samples per millisecond in `DTMF-Duration`, which counts at 8 kHz on every call.
const SAMPLES_PER_MS: u32 = 8;

/// A key, from the event `DTMF`. The event comes when the key is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPress {
    /// The digit.
    pub digit: Digit,
    /// Milliseconds for which it was held; 0 if the switch doesn't report it.
    pub held_ms: u32,
    /// Source of the key.
    pub source: KeySource,
}

/// Source of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The phone.
    Phone,
    /// A program, by `uuid_recv_dtmf`.
    Program,
}

impl KeyPress {
    /// Reads the event; `None` for any other, and for an invalid digit.
    pub fn of(event: &Event) -> Option<Self> {
        if event.name() != Some(EventName::Dtmf) {
            return None;
        }
        let mut text = event.get("DTMF-Digit")?.chars();
        let (Some(key), None) = (text.next(), text.next()) else { return None };
        let samples: u32 = event.number("DTMF-Duration").unwrap_or(0);
        let digit = Digit::try_from(key.to_ascii_uppercase()).ok()?;
        let source = match event.get("DTMF-Source") {
            Some("APP") => KeySource::Program,
            _ => KeySource::Phone,
        };
        Some(Self { digit, held_ms: samples / SAMPLES_PER_MS, source })
    }
}
