//! The control socket `/ws/control`: commands of programs, their answers, and events. Each message is one JSON object.
//!
//! ```text
//! program  {"id":"7","command":"say","call_id":"0198…","text":"One moment."}
//! server   {"id":"7","ok":true,"result":{}}                                      or
//!          {"id":"7","ok":false,"error":{"kind":"call_over","title":"Conflict","detail":"the call is over"}}
//!          {"seq":1763688000000007,"at":"2026-11-21T01:20:00.000Z","kind":"call","call":{…}}
//! ```

mod answer;
mod command;
mod osdial;
mod topic;

pub use answer::{Answer, CommandError, FieldFault, ServerMessage};
pub use command::{
    Bridge, Command, GetCall, Hangup, Hold, ListAgentProfiles, ListExtensions, Originate, Park, Say,
    SendDtmf, SetAgentProfile, SetVariables, Subscribe, Transfer, Unhold, Unsubscribe,
};
pub use osdial::{
    AgentAssignment, AssignAgents, ListOsdialCampaigns, OfCampaign, OfUser, OsdialAgentList, OsdialLeadList,
    OsdialOfCampaign,
};
pub use topic::{EventKind, Topic};

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::limits::CONTROL_ID_CHARS_MAX;

/// A program's id for a command, which its answer repeats: 1 to 64 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1, max_length = 64, example = "7"))]
#[serde(transparent)]
pub struct CommandId(String);

/// A text that can't be a command's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an `id` must have 1 to {CONTROL_ID_CHARS_MAX} characters, none of them a control character")]
pub struct NotAnId;

impl TryFrom<String> for CommandId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        let is_short = (1..=CONTROL_ID_CHARS_MAX).contains(&text.chars().count());
        if is_short && !text.chars().any(char::is_control) { Ok(Self(text)) } else { Err(NotAnId) }
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command and its id. By default the command is one of the control socket.
#[derive(Clone, Debug)]
pub struct Request<C = Command> {
    /// Id that the answer repeats.
    pub id: CommandId,
    /// The command.
    pub command: C,
}

/// A message that isn't a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotACommand {
    /// Its id, if it has one.
    pub id: Option<CommandId>,
    /// The fault of the message.
    pub fault: Fault,
}

/// The fault of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It isn't a JSON object.
    #[error("a command is one JSON object: {0}")]
    NotJson(String),
    /// It has no id, or an invalid one.
    #[error("a command needs an `id`, a string that its answer repeats: {0}")]
    NoId(String),
    /// There is no such command, or it doesn't have these members.
    #[error("{0}")]
    NotThisWay(String),
}

impl<C: DeserializeOwned> Request<C> {
    /// Reads a message.
    ///
    /// # Errors
    /// The fault of the message, and its id if it has one.
    pub fn parse(text: &str) -> Result<Self, NotACommand> {
        let no_id = |fault| NotACommand { id: None, fault };
        let mut members: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| no_id(Fault::NotJson(error.to_string())))?;
        let id = match members.remove("id") {
            Some(Value::String(id)) => {
                CommandId::try_from(id).map_err(|error| no_id(Fault::NoId(error.to_string())))?
            }
            Some(_) => return Err(no_id(Fault::NoId("this one isn't a string".to_owned()))),
            None => return Err(no_id(Fault::NoId("this one has none".to_owned()))),
        };
        match serde_json::from_value(Value::Object(members)) {
            Ok(command) => Ok(Self { id, command }),
            Err(error) => Err(NotACommand { id: Some(id), fault: Fault::NotThisWay(error.to_string()) }),
        }
    }
}

impl<C: Serialize> Request<C> {
    /// Returns the message.
    ///
    /// # Errors
    /// None that is known: all members are strings and numbers.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Written<'a, C> {
            id: &'a CommandId,
            #[serde(flatten)]
            command: &'a C,
        }
        serde_json::to_string(&Written { id: &self.id, command: &self.command })
    }
}

/// Returns the id of a message, whatever else it has.
pub fn command_id(text: &str) -> Option<CommandId> {
    #[derive(Deserialize)]
    struct WithId {
        id: CommandId,
    }
    serde_json::from_str(text).ok().map(|WithId { id }| id)
}
