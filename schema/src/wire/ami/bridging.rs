//! Channels that join and leave bridges.

use super::{AmiEvent, ChannelLine, Message};

/// A channel has joined a bridge, or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridging<'a> {
    /// The bridge.
    pub bridge: &'a str,
    /// The channel.
    pub channel: ChannelLine<'a>,
    /// It has joined.
    pub enters: bool,
    /// Its channels hear music, and not each other: they are parked.
    pub is_holding: bool,
}

impl<'a> Bridging<'a> {
    /// Reads it; none for any other event.
    pub fn of(message: &'a Message) -> Option<Self> {
        let enters = match message.event()? {
            AmiEvent::BridgeEnter => true,
            AmiEvent::BridgeLeave => false,
            _ => return None,
        };
        let bridge = message.text_of("BridgeUniqueid")?;
        let is_holding = message.get("BridgeTechnology") == Some("holding_bridge");
        Some(Self { bridge, channel: ChannelLine::of(message)?, enters, is_holding })
    }
}
