//! Tools as the journal and profiles name them. Definitions and arguments are in `call/src/tools/`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Finds out whether an extension can be reached.
    CheckExtension,
    /// Rings a person and joins them with the caller.
    RequestHandoff,
    /// Rings the people whom the business has named for this, one after the other, and joins the one who answers with the caller.
    EscalateToHuman,
    /// Ends the leg so that the dialplan connects the caller with a named extension.
    TransferCall,
    /// Records the caller's request.
    CreateLead,
    /// Finds free slots, and books them.
    BookEstimate,
    /// Sends a text message.
    SendSms,
    /// Puts the number of the party on the call on the organization's do-not-call list.
    DoNotCall,
    /// Records an event.
    CreateEvent,
    /// Changes an event.
    UpdateEvent,
    /// Records a to-do.
    CreateTodo,
    /// Changes a to-do.
    UpdateTodo,
    /// Marks a to-do as done.
    CompleteTodo,
}

impl ToolName {
    /// All tools.
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

    /// Returns the name that models and the journal use.
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

    /// Returns the tool of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }

    /// Whether it writes or requests something outside the call. An assistant that does not know about it would do it again.
    pub const fn acts_outside(self) -> bool {
        match self {
            Self::EndCall
            | Self::TakeMessage
            | Self::HoldCall
            | Self::UnholdCall
            | Self::CheckExtension
            | Self::RequestHandoff
            | Self::EscalateToHuman
            | Self::TransferCall => false,
            Self::CreateLead
            | Self::BookEstimate
            | Self::SendSms
            | Self::DoNotCall
            | Self::CreateEvent
            | Self::UpdateEvent
            | Self::CreateTodo
            | Self::UpdateTodo
            | Self::CompleteTodo => true,
        }
    }

    /// Whether a call of it with these arguments only looks something up: free times, or the caller's appointments.
    pub fn only_looks(self, arguments: &Value) -> bool {
        let is_look_up = |action: &str| matches!(action, "free_slots" | "find_appointments");
        self == Self::BookEstimate && arguments["action"].as_str().is_some_and(is_look_up)
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who or what requested a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToolOrigin {
    /// The assistant. The result must name its provider's id of the request.
    Assistant {
        /// The provider's id.
        tool_call: String,
    },
    /// The caller, by a key.
    Key,
    /// The caller, by words for which the assistant had no tool or did not use it.
    Words,
}

impl ToolOutcome {
    /// Returns a success, in words for the assistant.
    pub fn done(note: &str) -> Self {
        Self::Done { note: note.to_owned(), extension: None }
    }

    /// Returns a failure that does not concern a person.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), failure: None }
    }
}

/// Outcome of a tool. Every requested tool ends with exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// Done, or started if the tool ends the call.
    Done {
        /// Note to the assistant.
        note: String,
        /// The state of the extension, if that was requested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<ExtensionChecked>,
    },
    /// Not allowed, unknown, or with bad arguments.
    Refused {
        /// Why, in words for the assistant and the operator.
        reason: String,
    },
    /// It was tried and failed.
    Failed {
        /// The reason.
        reason: String,
        /// Why a person could not be reached, if that was requested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<HandoffFailure>,
    },
    /// No answer within the tool's timeout.
    TimedOut,
}
