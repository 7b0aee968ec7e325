//! Tools as the journal and a profile name them. Definitions and arguments stand in `actors/src/tools/`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tool that an assistant can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// Says goodbye and ends the call.
    EndCall,
    /// Takes a message from the caller.
    TakeMessage,
    /// Ends the leg so that the dialplan connects the caller with a named extension.
    TransferCall,
}

impl ToolName {
    /// Every tool.
    pub const ALL: [Self; 3] = [Self::EndCall, Self::TakeMessage, Self::TransferCall];

    /// The name that models and the journal use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndCall => "end_call",
            Self::TakeMessage => "take_message",
            Self::TransferCall => "transfer_call",
        }
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asked for a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToolOrigin {
    /// The assistant; its provider's id of the request, which the result must name.
    Assistant {
        /// The provider's id.
        tool_call: String,
    },
    /// The caller, by a key.
    Key,
}

/// How a tool ended. Every tool that was asked for ends in exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// Done, or on its way where doing ends the call.
    Done {
        /// What to tell the assistant.
        note: String,
    },
    /// Not allowed, unknown, or with bad arguments.
    Refused {
        /// Why, in words for the assistant and the operator.
        reason: String,
    },
    /// Tried and failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// No answer within the tool's time.
    TimedOut,
}
