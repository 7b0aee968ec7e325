//! A channel, as every event about one describes it.

use uuid::Uuid;

use super::Message;

/// Fields of a message about its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelLine<'a> {
    /// Its name, as `PJSIP/trunk-00000008`; it may change.
    pub name: &'a str,
    /// Its id, which doesn't change.
    pub unique_id: &'a str,
    /// The id of the oldest channel of its call.
    pub linked_id: &'a str,
    /// Whether it is answered (state 6).
    pub is_up: bool,
    /// Whether it is dialling a ringing phone, or its own phone rings (states 4 and 5).
    pub is_ringing: bool,
    /// Whether its phone rings (state 5).
    pub is_rung: bool,
    /// The caller's number.
    pub caller: Option<&'a str>,
    /// Its place in the dialplan: for an incoming call, the dialled number.
    pub extension: Option<&'a str>,
}

impl<'a> ChannelLine<'a> {
    /// Reads it; none if the message isn't about a channel.
    pub fn of(message: &'a Message) -> Option<Self> {
        let unique_id = message.word_of("Uniqueid")?;
        let state = message.number("ChannelState");
        Some(Self {
            name: message.word_of("Channel").unwrap_or_default(),
            unique_id,
            linked_id: message.word_of("Linkedid").unwrap_or(unique_id),
            is_up: state == Some(6),
            is_ringing: matches!(state, Some(4 | 5)),
            is_rung: state == Some(5),
            caller: message.word_of("CallerIDNum"),
            extension: message.word_of("Exten"),
        })
    }

    /// Returns the UUID in its name, if it belongs to Asterisk's channel driver for AudioSocket.
    pub fn audiosocket(&self) -> Option<Uuid> {
        audiosocket_in_name(self.name)
    }
}

/// Returns the UUID in `AudioSocket/HOST:PORT-UUID`.
pub fn audiosocket_in_name(name: &str) -> Option<Uuid> {
    let place = name.strip_prefix("AudioSocket/")?;
    // The UUID itself has hyphens, so it is found by its length.
    let uuid = place.get(place.len().checked_sub(36)?..)?;
    Uuid::try_parse(uuid).ok()
}
