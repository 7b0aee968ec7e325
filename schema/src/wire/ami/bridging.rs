//! Channels that join and leave bridges.

use super::{AmiEvent, ChannelLine, Message};

/// Asterisk's name for a bridge whose channels hear music, and not each other: they are parked.
const HOLDING: &str = "holding_bridge";

/// Returns the id of a bridge whose channels are parked, from a row of `BridgeList`; none for any other bridge.
pub fn holding_bridge(row: &Message) -> Option<&str> {
    row.word_of("BridgeUniqueid").filter(|_| row.get("BridgeTechnology") == Some(HOLDING))
}

/// Returns the id of a channel that the other channel of its bridge has sent on, by its phone (REFER) or a feature code
/// (`BlindTransfer`). None for any other event, for a failed transfer, and for a bridge of several channels that is sent on as a
/// whole.
pub fn sent_on(message: &Message) -> Option<&str> {
    let is_done = message.event()? == AmiEvent::BlindTransfer && message.get("Result")? == "Success";
    message.word_of("TransfereeUniqueid").filter(|_| is_done)
}

/// A channel has joined a bridge, or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridging<'a> {
    /// The bridge.
    pub bridge: &'a str,
    /// The channel.
    pub channel: ChannelLine<'a>,
    /// Whether it has joined.
    pub enters: bool,
    /// Whether the bridge's channels hear music, and not each other: they are parked.
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
        let bridge = message.word_of("BridgeUniqueid")?;
        let is_holding = holding_bridge(message).is_some();
        Some(Self { bridge, channel: ChannelLine::of(message)?, enters, is_holding })
    }
}
