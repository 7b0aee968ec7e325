//! Tools: each file has a tool's public definition, its typed arguments and its request to the call. Pure.
//!
//! Nothing is carried out here. A request is parsed, the call's machine decides, and effects or other actors do the work.

pub mod answer;
mod argument;
pub mod book_estimate;
pub mod check_extension;
pub mod complete_todo;
pub mod create_event;
pub mod create_lead;
pub mod create_todo;
pub mod custom;
pub mod do_not_call;
pub mod end_call;
pub mod escalate_to_human;
pub mod hold_call;
pub mod request_handoff;
pub mod send_sms;
pub mod take_message;
pub mod transfer_call;
pub mod unhold_call;
pub mod update_event;
pub mod update_todo;
pub mod write;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use cordboard_schema::tool::ToolName;
use serde::Serialize;
use serde_json::{Value, json};

use book_estimate::{BOOK_ESTIMATE_FUNCTION_DEFINITION, BookEstimate};
use check_extension::{CHECK_EXTENSION_FUNCTION_DEFINITION, CheckExtension};
use complete_todo::{COMPLETE_TO_DO_FUNCTION_DEFINITION, CompleteTodo};
use create_event::{CREATE_EVENT_FUNCTION_DEFINITION, CreateEvent};
use create_lead::{CREATE_LEAD_FUNCTION_DEFINITION, CreateLead};
use create_todo::{CREATE_TO_DO_FUNCTION_DEFINITION, CreateTodo};
use do_not_call::{DO_NOT_CALL_FUNCTION_DEFINITION, DoNotCall};
pub use do_not_call::{OptOut, OptOutChannel};
use end_call::{END_CALL_FUNCTION_DEFINITION, EndCall};
use escalate_to_human::{ESCALATE_TO_HUMAN_FUNCTION_DEFINITION, EscalateToHuman};
use hold_call::{HOLD_CALL_FUNCTION_DEFINITION, HoldCall};
use request_handoff::{REQUEST_HANDOFF_FUNCTION_DEFINITION, RequestHandoff};
use send_sms::{SEND_SMS_FUNCTION_DEFINITION, SendSms};
pub use send_sms::{TextRequest, TextWords};
use take_message::{TAKE_MESSAGE_FUNCTION_DEFINITION, TakeMessage};
use transfer_call::{TRANSFER_CALL_FUNCTION_DEFINITION, TransferCall};
use unhold_call::{UNHOLD_CALL_FUNCTION_DEFINITION, UnholdCall};
use update_event::{UPDATE_EVENT_FUNCTION_DEFINITION, UpdateEvent};
use update_todo::{UPDATE_TO_DO_FUNCTION_DEFINITION, UpdateTodo};
pub use write::{CallbackRequest, EstimateRequest, LeadWords, NewActivity, ToolWrite};

/// A tool's definition for an assistant's provider, in the form that realtime providers share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolDefinition {
    /// The tool's name.
    pub name: Cow<'static, str>,
    /// When a model should use it.
    pub description: Cow<'static, str>,
    /// JSON schema of its arguments. Most schemas are the same on every call, and shared by all calls.
    pub parameters: Arc<Value>,
}

/// A request for a tool, with checked arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolRequest {
    /// End the call.
    EndCall(EndCall),
    /// Take a message.
    TakeMessage(TakeMessage),
    /// Put the caller on hold.
    HoldCall(HoldCall),
    /// Take the caller off hold.
    UnholdCall(UnholdCall),
    /// Check whether a person can be reached.
    CheckExtension(CheckExtension),
    /// Ring a person and join them with the caller.
    RequestHandoff(RequestHandoff),
    /// Ring the people whom the business has named, and join the one who answers with the caller.
    EscalateToHuman(EscalateToHuman),
    /// Connect the caller through the dialplan.
    TransferCall(TransferCall),
    /// Have the store write this tool's record.
    Write(ToolName, ToolWrite),
}

/// Why a model's request is not a valid [`ToolRequest`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToolRequest {
    /// There is no such tool, or this profile does not offer it.
    #[error("there is no tool `{0}` on this call")]
    Unknown(String),
    /// The arguments do not fit the tool's schema.
    #[error("the arguments of `{tool}` are wrong: {reason}")]
    Arguments {
        /// The tool.
        tool: ToolName,
        /// The cause.
        reason: String,
    },
}

impl ToolRequest {
    /// Parses what a model wrote. Only tools in `offered` exist.
    pub fn parse(name: &str, arguments: &Value, offered: &[ToolName]) -> Result<Self, BadToolRequest> {
        let tool = offered
            .iter()
            .copied()
            .find(|tool| tool.as_str() == name)
            .ok_or_else(|| BadToolRequest::Unknown(name.chars().take(64).collect()))?;
        let arguments = argument::without_nulls(arguments);
        let arguments: &Value = &arguments;
        let writes = |write: ToolWrite| Self::Write(tool, write);
        let parsed = match tool {
            ToolName::EndCall => EndCall::deserialize_from(arguments).map(Self::EndCall),
            ToolName::TakeMessage => TakeMessage::deserialize_from(arguments).map(Self::TakeMessage),
            ToolName::HoldCall => HoldCall::deserialize_from(arguments).map(Self::HoldCall),
            ToolName::UnholdCall => UnholdCall::deserialize_from(arguments).map(Self::UnholdCall),
            ToolName::CheckExtension => CheckExtension::deserialize_from(arguments).map(Self::CheckExtension),
            ToolName::RequestHandoff => RequestHandoff::deserialize_from(arguments).map(Self::RequestHandoff),
            ToolName::EscalateToHuman => {
                EscalateToHuman::deserialize_from(arguments).map(Self::EscalateToHuman)
            }
            ToolName::TransferCall => TransferCall::deserialize_from(arguments).map(Self::TransferCall),
            ToolName::CreateLead => return written(tool, arguments, CreateLead::write).map(writes),
            ToolName::BookEstimate => return written(tool, arguments, BookEstimate::write).map(writes),
            ToolName::SendSms => return written(tool, arguments, SendSms::write).map(writes),
            ToolName::DoNotCall => {
                DoNotCall::deserialize_from(arguments).map(|request| writes(request.write()))
            }
            ToolName::CreateEvent => return written(tool, arguments, CreateEvent::write).map(writes),
            ToolName::UpdateEvent => return written(tool, arguments, UpdateEvent::write).map(writes),
            ToolName::CreateTodo => return written(tool, arguments, CreateTodo::write).map(writes),
            ToolName::UpdateTodo => return written(tool, arguments, UpdateTodo::write).map(writes),
            ToolName::CompleteTodo => {
                CompleteTodo::deserialize_from(arguments).map(|request| writes(request.write()))
            }
        };
        parsed.map_err(|error| BadToolRequest::Arguments { tool, reason: error.to_string() })
    }

    /// Returns the requested tool.
    pub const fn tool(&self) -> ToolName {
        match self {
            Self::EndCall(_) => ToolName::EndCall,
            Self::TakeMessage(_) => ToolName::TakeMessage,
            Self::HoldCall(_) => ToolName::HoldCall,
            Self::UnholdCall(_) => ToolName::UnholdCall,
            Self::CheckExtension(_) => ToolName::CheckExtension,
            Self::RequestHandoff(_) => ToolName::RequestHandoff,
            Self::EscalateToHuman(_) => ToolName::EscalateToHuman,
            Self::TransferCall(_) => ToolName::TransferCall,
            Self::Write(tool, _) => *tool,
        }
    }

    /// Whether it only looks something up, and writes nothing.
    pub const fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Write(
                _,
                ToolWrite::Estimate(EstimateRequest::FreeSlots { .. } | EstimateRequest::FindAppointments)
            )
        )
    }
}

/// The public definition of a tool: its description for a provider, and its answers to a model.
#[derive(Clone, Copy, Debug)]
pub struct FunctionDefinition {
    /// The tool.
    pub tool: ToolName,
    /// When a model should use it.
    pub description: &'static str,
    /// JSON schema of its arguments.
    pub parameters: Parameters,
    /// JSON schema of its answers.
    pub results: fn() -> Value,
}

/// How the JSON schema of a tool's arguments is made.
#[derive(Clone, Copy, Debug)]
pub enum Parameters {
    /// The same on every call.
    Fixed(fn() -> Value),
    /// With the names and numbers of the extensions that the call knows.
    OfTargets(fn(&[&str]) -> Value),
}

/// All tools.
pub const TOOLS: [FunctionDefinition; ToolName::ALL.len()] = [
    END_CALL_FUNCTION_DEFINITION,
    TAKE_MESSAGE_FUNCTION_DEFINITION,
    HOLD_CALL_FUNCTION_DEFINITION,
    UNHOLD_CALL_FUNCTION_DEFINITION,
    CHECK_EXTENSION_FUNCTION_DEFINITION,
    REQUEST_HANDOFF_FUNCTION_DEFINITION,
    ESCALATE_TO_HUMAN_FUNCTION_DEFINITION,
    TRANSFER_CALL_FUNCTION_DEFINITION,
    CREATE_LEAD_FUNCTION_DEFINITION,
    BOOK_ESTIMATE_FUNCTION_DEFINITION,
    SEND_SMS_FUNCTION_DEFINITION,
    DO_NOT_CALL_FUNCTION_DEFINITION,
    CREATE_EVENT_FUNCTION_DEFINITION,
    UPDATE_EVENT_FUNCTION_DEFINITION,
    CREATE_TO_DO_FUNCTION_DEFINITION,
    UPDATE_TO_DO_FUNCTION_DEFINITION,
    COMPLETE_TO_DO_FUNCTION_DEFINITION,
];

/// Definitions of the tools that are the same on every call, in the order of [`ToolName::ALL`].
static SAME_ON_EVERY_CALL: LazyLock<Vec<Option<ToolDefinition>>> = LazyLock::new(|| {
    let same = |definition: &FunctionDefinition| match definition.parameters {
        Parameters::Fixed(parameters) => Some(definition.with(parameters())),
        Parameters::OfTargets(_) => None,
    };
    TOOLS.iter().map(same).collect()
});

impl FunctionDefinition {
    /// Returns its definition for a provider. `targets` are the names and numbers of extensions that it accepts.
    pub fn definition_for(&self, targets: &[&str]) -> ToolDefinition {
        match self.parameters {
            Parameters::Fixed(parameters) => self.with(parameters()),
            Parameters::OfTargets(parameters) => self.with(parameters(targets)),
        }
    }

    fn with(&self, parameters: Value) -> ToolDefinition {
        ToolDefinition {
            name: Cow::Borrowed(self.tool.as_str()),
            description: Cow::Borrowed(self.description),
            parameters: Arc::new(parameters),
        }
    }
}

/// Returns the definitions of these tools for a provider, in this order.
pub fn definitions(tools: &[ToolName], targets: &[&str]) -> Vec<ToolDefinition> {
    let place = |tool: &ToolName| TOOLS.iter().position(|definition| definition.tool == *tool);
    let definition =
        |at: usize| SAME_ON_EVERY_CALL[at].clone().unwrap_or_else(|| TOOLS[at].definition_for(targets));
    tools.iter().filter_map(place).map(definition).collect()
}

/// Returns the schema of a tool without arguments.
fn no_arguments() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// Returns the schema of a tool that takes one of the extensions.
fn target_argument(targets: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": { "target": { "type": "string", "enum": targets } },
        "required": ["target"],
        "additionalProperties": false,
    })
}

/// Parses the arguments of a tool that writes, and returns its record.
fn written<T: Arguments>(
    tool: ToolName,
    arguments: &Value,
    write: fn(T) -> Result<ToolWrite, String>,
) -> Result<ToolWrite, BadToolRequest> {
    T::deserialize_from(arguments)
        .map_err(|error| error.to_string())
        .and_then(write)
        .map_err(|reason| BadToolRequest::Arguments { tool, reason })
}

/// Parses arguments. A model without arguments writes `{}`, `null` or an empty text.
trait Arguments: serde::de::DeserializeOwned {
    fn deserialize_from(arguments: &Value) -> Result<Self, serde_json::Error> {
        match arguments {
            Value::Null => serde_json::from_value(Value::Object(serde_json::Map::new())),
            Value::String(text) if text.is_empty() => {
                serde_json::from_value(Value::Object(serde_json::Map::new()))
            }
            Value::String(text) => serde_json::from_str(text),
            other => serde_json::from_value(other.clone()),
        }
    }
}

impl<T: serde::de::DeserializeOwned> Arguments for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_words_become_a_request_or_an_error() {
        let parse = |name: &str, arguments: Value| ToolRequest::parse(name, &arguments, &ToolName::ALL);
        assert_eq!(parse("end_call", json!({})), Ok(ToolRequest::EndCall(EndCall {})));
        assert_eq!(parse("end_call", json!("")), Ok(ToolRequest::EndCall(EndCall {})));
        assert_eq!(
            parse("transfer_call", json!("{\"target\":\"operator\"}")),
            Ok(ToolRequest::TransferCall(TransferCall { target: "operator".into() }))
        );
        assert!(matches!(
            parse("transfer_call", json!({"number": "0900"})),
            Err(BadToolRequest::Arguments { .. })
        ));
        assert!(matches!(parse("transfer_call", json!([1])), Err(BadToolRequest::Arguments { .. })));
        assert_eq!(parse("format_disk", json!({})), Err(BadToolRequest::Unknown("format_disk".into())));
    }

    /// An assistant's memory and the comparison of replays know a look-up by the model's words alone.
    #[test]
    fn look_ups_are_known_by_request_and_words_alike() {
        let (service, at) = ("Inspection", "2026-11-23T10:00:00+01:00");
        let appointment = "0192d3c5-0000-7000-8000-000000000000";
        for (words, looks) in [
            (json!({ "action": "free_slots", "service": service }), true),
            (json!({ "action": "find_appointments" }), true),
            (json!({ "action": "hold", "service": service, "starts_at": at }), false),
            (json!({ "action": "confirm", "appointment": appointment }), false),
            (json!({ "action": "move", "appointment": appointment, "starts_at": at }), false),
            (json!({ "action": "cancel", "appointment": appointment }), false),
        ] {
            let request = ToolRequest::parse("book_estimate", &words, &ToolName::ALL).unwrap();
            assert_eq!(
                (request.only_looks(), ToolName::BookEstimate.only_looks(&words)),
                (looks, looks),
                "{words}"
            );
        }
    }

    #[test]
    fn a_tool_the_profile_does_not_offer_is_unknown() {
        let answer = ToolRequest::parse("take_message", &json!({}), &[ToolName::EndCall]);
        assert_eq!(answer, Err(BadToolRequest::Unknown("take_message".into())));
    }

    #[test]
    fn every_tool_is_in_the_list_once() {
        assert_eq!(TOOLS.map(|definition| definition.tool), ToolName::ALL);
    }

    #[test]
    fn tool_definitions_for_providers_and_models() {
        let all = TOOLS.map(|definition| {
            json!({ "told": definition.definition_for(&["operator", "sales"]), "results": (definition.results)() })
        });
        insta::assert_json_snapshot!(all);
    }
}
