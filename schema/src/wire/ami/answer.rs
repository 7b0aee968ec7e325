//! Content of an answer.

use super::Message;
use crate::wire::peer_words::shown;

/// The answer to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It was done, or queued: of what takes time this says nothing.
    Success,
    /// A list follows, up to the message that ends it.
    List,
    /// The farewell.
    Goodbye,
    /// It was not, in Asterisk's words.
    Error(&'a str),
}

impl<'a> Answer<'a> {
    /// Reads an answer. Any other word than those of a success is a refusal.
    pub fn of(message: &'a Message) -> Self {
        let is_list = message.get("EventList").is_some_and(|list| list.eq_ignore_ascii_case("start"));
        match message.get("Response").unwrap_or_default() {
            "Success" if is_list => Self::List,
            "Success" => Self::Success,
            "Goodbye" => Self::Goodbye,
            _ => Self::Error(message.get("Message").map_or("no reason was given", shown)),
        }
    }

    /// Why not, if it is a refusal.
    pub fn failure(self) -> Option<&'a str> {
        match self {
            Self::Error(why) => Some(why),
            Self::Success | Self::List | Self::Goodbye => None,
        }
    }

    /// The user's `write` classes lack the one that the action needs.
    pub fn is_not_permitted(self) -> bool {
        self == Self::Error("Permission denied")
    }

    /// There is no such channel: it has ended already.
    pub fn is_no_channel(self) -> bool {
        matches!(self, Self::Error("No such channel" | "Channel not found"))
            || matches!(self, Self::Error(why) if why.starts_with("Channel1 does not exist"))
    }
}
