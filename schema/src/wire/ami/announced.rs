//! A dialplan's announcement of the channel that an AudioSocket connection belongs to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{ChannelLine, Message};
use crate::limits::{AMI_WORD_BYTES_MAX, ANNOUNCED_VARIABLES_BYTES_MAX, ANNOUNCED_VARIABLES_MAX};

/// The event's name in the dialplan: `UserEvent(CordboardCall,AudioSocketUUID: ${CALL_UUID})`.
pub const CALL_EVENT: &str = "CordboardCall";
/// The header that has the UUID.
pub const AUDIOSOCKET_UUID: &str = "AudioSocketUUID";

/// Asterisk's own headers of a `UserEvent`; those after `UserEvent` are the dialplan's.
const OWN: [&str; 2] = ["UserEvent", AUDIOSOCKET_UUID];

/// A dialplan's announcement of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallAnnounced {
    /// The UUID that its AudioSocket connection brings.
    pub audiosocket: Uuid,
    /// The channel's id; none if a program sent the event and not a dialplan.
    pub unique_id: Option<String>,
    /// The caller's number.
    pub from: Option<String>,
    /// The number dialled.
    pub to: Option<String>,
    /// The other headers of the event, by name; those beyond the bounds are skipped.
    pub variables: BTreeMap<String, String>,
}

impl CallAnnounced {
    /// Reads the announcement; none for any other event, or without a valid UUID.
    pub fn of(message: &Message) -> Option<Self> {
        if message.get("UserEvent")? != CALL_EVENT {
            return None;
        }
        let audiosocket = Uuid::try_parse(message.get(AUDIOSOCKET_UUID)?).ok()?;
        let channel = ChannelLine::of(message);
        let mut announced = Self {
            audiosocket,
            unique_id: channel.map(|channel| channel.unique_id.to_owned()),
            from: channel.and_then(|channel| channel.caller).map(str::to_owned),
            to: channel.and_then(|channel| channel.extension).map(str::to_owned),
            variables: BTreeMap::new(),
        };
        announced.take_variables(message);
        Some(announced)
    }

    /// `From` and `To` of the dialplan take precedence over Asterisk's values for the channel, which may have moved on by now.
    fn take_variables(&mut self, message: &Message) {
        let mut bytes = 0;
        let said = message.headers().skip_while(|(name, _)| *name != "UserEvent");
        for (name, value) in said.filter(|(name, _)| !OWN.contains(name)) {
            match name {
                "From" => self.from = number(value),
                "To" => self.to = number(value),
                _ => {
                    bytes += name.len() + value.len();
                    let has_room = self.variables.len() < ANNOUNCED_VARIABLES_MAX;
                    if has_room && bytes <= ANNOUNCED_VARIABLES_BYTES_MAX {
                        self.variables.insert(name.to_owned(), value.to_owned());
                    }
                }
            }
        }
    }
}

/// Returns a number that the dialplan names; none if it is empty or too long.
fn number(value: &str) -> Option<String> {
    (1..=AMI_WORD_BYTES_MAX).contains(&value.len()).then(|| value.to_owned())
}
