//! The agent profile: the assistant's persona and settings, as a call keeps them from its first moment on.

use serde::{Deserialize, Serialize};

use crate::digit::Digit;
use crate::ids::{OrganizationId, ProfileId};
use crate::tool::ToolName;

/// Persona and settings of an assistant. A live call keeps the copy that it started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentProfile {
    /// Its id.
    pub id: ProfileId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The name by which configuration and people call it; unique in the organization.
    pub name: String,
    /// BCP 47 tag of the language it speaks, as `en`.
    pub language: String,
    /// The tools that the assistant may use.
    pub tools: Vec<ToolName>,
    /// What the keys do.
    pub dtmf_actions: Vec<DtmfAction>,
}

impl AgentProfile {
    /// What `digit` does on this profile's calls, if anything.
    pub fn key_action(&self, digit: Digit) -> Option<&KeyAction> {
        self.dtmf_actions.iter().find(|on| on.digit == digit).map(|on| &on.action)
    }
}

/// One row of a profile's DTMF map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DtmfAction {
    /// The key.
    pub digit: Digit,
    /// What it does.
    pub action: KeyAction,
}

/// What a key does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum KeyAction {
    /// Connects the caller with a named extension, as the tool `transfer_call` does.
    TransferCall {
        /// A name from `[extensions]`.
        target: String,
    },
    /// Takes a message.
    TakeMessage,
    /// Says the last thing again.
    Repeat,
    /// Says goodbye and ends the call.
    EndCall,
}

/// The DTMF map of a new profile: 0 operator, 1 message, # repeat, * end call.
pub fn default_dtmf_actions() -> Vec<DtmfAction> {
    let operator = KeyAction::TransferCall { target: "operator".to_owned() };
    [
        (Digit::ZERO, operator),
        (Digit::ONE, KeyAction::TakeMessage),
        (Digit::HASH, KeyAction::Repeat),
        (Digit::STAR, KeyAction::EndCall),
    ]
    .map(|(digit, action)| DtmfAction { digit, action })
    .into()
}
