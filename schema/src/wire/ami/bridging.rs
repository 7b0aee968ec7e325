//! Channels that join and leave bridges.

use super::{AmiEvent, ChannelLine, Message};

/// Asterisk's name of a bridge whose channels hear music, and not each other: they are parked.
const HOLDING: &str = "holding_bridge";

/// The id of a bridge whose channels are parked, of a row of `BridgeList`; none for any other.
pub fn holding_bridge(row: &Message) -> Option<&str> {
    row.word_of("BridgeUniqueid").filter(|_| row.get("BridgeTechnology") == Some(HOLDING))
}

/// The id of a channel that the other one of its bridge has sent on, by its phone (REFER) or a feature code (`BlindTransfer`). None for any other
/// event, for one that tells of a failure, and where a bridge of several is sent on as one.
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
        let bridge = message.word_of("BridgeUniqueid")?;
        let is_holding = holding_bridge(message).is_some();
        Some(Self { bridge, channel: ChannelLine::of(message)?, enters, is_holding })
    }
}
