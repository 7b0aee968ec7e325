//! Tools as the journal and a profile name them. Definitions and arguments are in `call/src/tools/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::switch::{ExtensionChecked, HandoffFailure};

/// A tool that an assistant can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// Says goodbye and ends the call.
    EndCall,
    /// Takes a message from the caller.
    TakeMessage,
    /// Puts the caller on hold.
    HoldCall,
    /// Takes the caller off hold.
    UnholdCall,
    /// Finds out whether somebody can be reached at an extension.
    CheckExtension,
    /// Rings a person and joins them with the caller.
    RequestHandoff,
    /// Rings whom the business has named for this, one after the other, and joins who answers with the caller.
    EscalateToHuman,
    /// Ends the leg so that the dialplan connects the caller with a named extension.
    TransferCall,
    /// Writes down what the caller wants.
    CreateLead,
    /// Finds free slots, and books them.
    BookEstimate,
    /// Sends a text message.
    SendSms,
    /// Puts the number of the party on the call on the organization's do-not-call list.
    DoNotCall,
    /// Writes an event down.
    CreateEvent,
    /// Changes one.
    UpdateEvent,
    /// Writes a to-do down.
    CreateTodo,
    /// Changes one.
    UpdateTodo,
    /// Says that one is done.
    CompleteTodo,
}

impl ToolName {
    /// Every tool.
    pub const ALL: [Self; 17] = [
        Self::EndCall,
        Self::TakeMessage,
        Self::HoldCall,
        Self::UnholdCall,
        Self::CheckExtension,
        Self::RequestHandoff,
        Self::EscalateToHuman,
        Self::TransferCall,
        Self::CreateLead,
        Self::BookEstimate,
        Self::SendSms,
        Self::DoNotCall,
        Self::CreateEvent,
        Self::UpdateEvent,
        Self::CreateTodo,
        Self::UpdateTodo,
        Self::CompleteTodo,
    ];

    /// The name that models and the journal use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndCall => "end_call",
            Self::TakeMessage => "take_message",
            Self::HoldCall => "hold_call",
            Self::UnholdCall => "unhold_call",
            Self::CheckExtension => "check_extension",
            Self::RequestHandoff => "request_handoff",
            Self::EscalateToHuman => "escalate_to_human",
            Self::TransferCall => "transfer_call",
            Self::CreateLead => "create_lead",
            Self::BookEstimate => "book_estimate",
            Self::SendSms => "send_sms",
            Self::DoNotCall => "do_not_call",
            Self::CreateEvent => "create_event",
            Self::UpdateEvent => "update_event",
            Self::CreateTodo => "create_todo",
            Self::UpdateTodo => "update_todo",
            Self::CompleteTodo => "complete_todo",
        }
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The party that asked for a tool.
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
    /// The caller, in words that the assistant had no tool for, or did not use one for.
    Words,
}

impl ToolOutcome {
    /// A success, in words for the assistant.
    pub fn done(note: &str) -> Self {
        Self::Done { note: note.to_owned(), extension: None }
    }

    /// A failure that is no person's.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), failure: None }
    }
}

/// Outcome of a tool. Every tool that was asked for ends with exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// Done, or on its way where doing ends the call.
    Done {
        /// Note to the assistant.
        note: String,
        /// The result about the extension, if one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<ExtensionChecked>,
    },
    /// Not allowed, unknown, or with bad arguments.
    Refused {
        /// Why, in words for the assistant and the operator.
        reason: String,
    },
    /// Tried and failed.
    Failed {
        /// The reason.
        reason: String,
        /// Why a person could not be reached, if that was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<HandoffFailure>,
    },
    /// No answer within the tool's time.
    TimedOut,
}
