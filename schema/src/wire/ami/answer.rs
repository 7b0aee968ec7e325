//! Content of an answer.

use super::Message;
use crate::wire::peer_words::shown;

/// The answer to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The action was done, or queued. For an action that takes time this says nothing about its result.
    Success,
    /// A list follows, up to the message that ends it.
    List,
    /// The goodbye of Asterisk.
    Goodbye,
    /// The action was refused, in Asterisk's words.
    Error(&'a str),
}

impl<'a> Answer<'a> {
    /// Reads an answer. Any word other than those of a success is a refusal.
    pub fn of(message: &'a Message) -> Self {
        let is_list = message.get("EventList").is_some_and(|list| list.eq_ignore_ascii_case("start"));
        match message.get("Response").unwrap_or_default() {
            "Success" if is_list => Self::List,
            "Success" => Self::Success,
            "Goodbye" => Self::Goodbye,
            _ => Self::Error(message.get("Message").map_or("no reason was given", shown)),
        }
    }

    /// Returns the reason, if it is a refusal.
    pub fn failure(self) -> Option<&'a str> {
        match self {
            Self::Error(why) => Some(why),
            Self::Success | Self::List | Self::Goodbye => None,
        }
    }

    /// Whether the user is missing the `write` class that the action needs.
    pub fn is_not_permitted(self) -> bool {
        self == Self::Error("Permission denied")
    }

    /// Whether there is no such channel: it has already ended.
    pub fn is_no_channel(self) -> bool {
        matches!(self, Self::Error("No such channel" | "Channel not found"))
            || matches!(self, Self::Error(why) if why.starts_with("Channel1 does not exist"))
    }
}
