//! `/api/asyncapi.json`: the control socket's document, AsyncAPI 3.0, made from the types of its messages.

mod commands;
mod examples;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::Bytes;
use cordboard_schema::call_list::CallList;
use cordboard_schema::limits::{
    CONTROL_FRAME_BYTES_MAX, CONTROL_IN_FLIGHT_MAX, CONTROL_MESSAGES_PER_S_MAX, CONTROL_SILENT_MS_MAX,
};
use cordboard_schema::wire::control::{
    AssignAgents, Bridge, CommandError, CommandId, EventKind, GetCall, Hangup, Hold, ListAgentProfiles,
    ListExtensions, ListOsdialCampaigns, OfCampaign, OfUser, Originate, OsdialAgentList, OsdialLeadList,
    OsdialOfCampaign, Park, Say, SendDtmf, SetAgentProfile, SetVariables, Subscribe, Transfer, Unhold,
    Unsubscribe,
};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use commands::Described;

use crate::osdial::{LiveAgent, OsdialCampaign, OsdialLead, OsdialList, OsdialStatus, RemoteAgent};
use crate::web::api::calls::CallView;
use crate::web::api::extensions::ExtensionView;
use crate::web::api::openapi::both_ways::{BothWays, references};
use crate::web::api::openapi::unsigned::name_unsigned;
use crate::web::api::osdial::Affected;
use crate::web::api::profiles::{ProfileView, ProfilesView};
use crate::web::live::{ControlEvent, LiveEvent};
use crate::web::page::Page;

/// The document as it is sent, made once.
pub(super) static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// The types of the messages, as schemas.
#[derive(OpenApi)]
#[openapi(
    components(schemas(
        Affected,
        AssignAgents,
        Bridge,
        CallList,
        CallView,
        CommandError,
        CommandId,
        ControlEvent,
        GetCall,
        Hangup,
        Hold,
        ListAgentProfiles,
        ListExtensions,
        ListOsdialCampaigns,
        LiveEvent,
        OfCampaign,
        OfUser,
        Originate,
        OsdialAgentList,
        OsdialLeadList,
        OsdialOfCampaign,
        Park,
        Page<OsdialCampaign>,
        Page<OsdialLead>,
        Page<OsdialList>,
        Page<OsdialStatus>,
        Page<LiveAgent>,
        Page<RemoteAgent>,
        Page<CallView>,
        Page<ExtensionView>,
        ProfileView,
        ProfilesView,
        Say,
        SendDtmf,
        SetAgentProfile,
        SetVariables,
        Subscribe,
        Transfer,
        Unhold,
        Unsubscribe,
    ))
)]
struct Types;

/// The schemas that the server sends in addition to results of commands.
const SENT: [&str; 4] = ["CommandError", "CommandId", "ControlEvent", "LiveEvent"];

fn description() -> String {
    format!(
        "Commands are JSON objects with an `id` of the program's choice; each gets exactly one answer with that id, `ok` and either `result` or \
         `error`, whose `kind` is the `code` of the HTTP API's problems. Commands are begun in the order in which they come, and answered when they \
         are done: a program that needs an order waits for an answer. The call's events report what a command does to it. If the socket ends before \
         an answer, the command may be done or not: the events say which, and `originate` is sent again with its `key`.\n\nThe socket and its \
         commands to calls need the permission `calls_control`; other commands need that of the same request of the HTTP API. The topics `calls` and \
         `transcripts` need `calls_read`, `osdial` needs `floor_read`, and `actors` and `metrics` are for the admin token. A socket whose token or \
         sign-in has ended is closed (1008).\n\nAt most \
         {CONTROL_IN_FLIGHT_MAX} commands run at once, and {CONTROL_MESSAGES_PER_S_MAX} messages a second are accepted; further commands are \
         answered `too_many_requests`, and a socket that goes on is closed (1008). A message has at most {CONTROL_FRAME_BYTES_MAX} bytes (else \
         1009); binary messages are refused (1003). The server pings every 15 s and closes a socket that is silent for {} s (1008). A socket that \
         does not read is closed too (1013), and when the server goes down all are (1001).\n\nEvents have a `seq`, which is the server's count: it \
         grows, with gaps for topics that are not subscribed. A program that reconnects sends the last one that it has in `after`, and gets what it \
         missed, or a snapshot if that is no longer kept. A snapshot's `seq` is that of the newest event in it. With `after`, what happened before is \
         not sent, also of a topic that is new to the program: a program that adds `calls` leaves `after` out, and gets the snapshot.",
        CONTROL_SILENT_MS_MAX / 1_000
    )
}

fn document() -> Value {
    let described = commands::described();
    let schemas = schemas(&described);
    let (mut messages, mut operations) = (Map::new(), Map::new());
    for command in described {
        let (name, answer) = (command.name, answer_name(&command));
        operations.insert(name.to_owned(), operation(&command));
        let said = message(
            command.summary,
            command_schema(name, &schemas[command.parameters]),
            examples::command(name),
        );
        messages.insert(name.to_owned(), said);
        let example = json!({ "id": "7", "ok": true, "result": examples::result(name) });
        messages.insert(answer, message("It was done.", answer_schema(command.result), example));
    }
    messages
        .insert("refusal".to_owned(), message("A command failed.", refusal_schema(), examples::refusal()));
    for kind in EventKind::ALL {
        let (summary, schema) = event_schema(kind, &schemas);
        messages.insert(kind.name().to_owned(), message(&summary, schema, examples::event(kind)));
    }
    operations.insert("events".to_owned(), events_operation());
    whole(&messages, &operations, &schemas)
}

/// The types that commands and the server send, as schemas by name.
fn schemas(commands: &[Described]) -> Value {
    let types = serde_json::to_value(Types::openapi()).unwrap_or_default();
    let taken = types["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let sent: BTreeSet<String> = commands.iter().map(|command| command.parameters.to_owned()).collect();
    let results = commands.iter().flat_map(|command| references(&command.result));
    let answered = results.chain(SENT.map(str::to_owned)).collect();
    let mut schemas = Value::Object(BothWays::of(&taken, sent, answered).schemas);
    name_unsigned(&mut schemas);
    schemas
}

/// The document of these messages and operations, with its one channel.
fn whole(messages: &Map<String, Value>, operations: &Map<String, Value>, schemas: &Value) -> Value {
    let of_channel: Map<String, Value> = messages
        .keys()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cordboard's control socket",
            "version": env!("CARGO_PKG_VERSION"),
            "description": description(),
        },
        "defaultContentType": "application/json",
        "servers": {
            "cordboard": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "security": [{ "$ref": "#/components/securitySchemes/token" }],
            },
        },
        "channels": {
            "control": {
                "address": "/ws/control",
                "description": "One WebSocket; each message is one JSON object.",
                "messages": of_channel,
                "bindings": { "ws": { "method": "GET" } },
            },
        },
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The admin token, an API token, or an access token." },
            },
        },
    })
}

/// The operation of a command, with its answers.
fn operation(command: &Described) -> Value {
    json!({
        "action": "receive",
        "summary": command.summary,
        "channel": { "$ref": "#/channels/control" },
        "messages": [on_channel(command.name)],
        "reply": {
            "channel": { "$ref": "#/channels/control" },
            "messages": [on_channel(&answer_name(command)), on_channel("refusal")],
        },
    })
}

fn answer_name(command: &Described) -> String {
    format!("{}Answer", command.name)
}

/// The operation of all events.
fn events_operation() -> Value {
    let events: Vec<Value> = EventKind::ALL.iter().map(|kind| on_channel(kind.name())).collect();
    json!({
        "action": "send",
        "summary": "Sends the subscribed events.",
        "channel": { "$ref": "#/channels/control" },
        "messages": events,
    })
}

fn on_channel(message: &str) -> Value {
    json!({ "$ref": format!("#/channels/control/messages/{message}") })
}

fn message(summary: &str, payload: Value, example: Value) -> Value {
    json!({ "summary": summary, "payload": payload, "examples": [{ "payload": example }] })
}

/// A command: its parameters, and the members that all commands have.
fn command_schema(name: &str, parameters: &Value) -> Value {
    let own = [("id", of_id()), ("command", json!({ "type": "string", "const": name }))];
    with_members(parameters, own)
}

fn of_id() -> Value {
    json!({ "$ref": "#/components/schemas/CommandId" })
}

fn answer_schema(result: Value) -> Value {
    let nothing = json!({});
    with_members(
        &nothing,
        [("id", of_id()), ("ok", json!({ "type": "boolean", "const": true })), ("result", result)],
    )
}

fn refusal_schema() -> Value {
    let id = json!({
        "oneOf": [of_id(), { "type": "null" }],
        "description": "The command's id; null if it had no valid one.",
    });
    let error = json!({ "$ref": "#/components/schemas/CommandError" });
    with_members(
        &json!({}),
        [("id", id), ("ok", json!({ "type": "boolean", "const": false })), ("error", error)],
    )
}

/// An event of a kind: its schema from the enumeration that has the kind, and the members that all events have.
fn event_schema(kind: EventKind, schemas: &Value) -> (String, Value) {
    let enumerations =
        if kind == EventKind::Snapshot { &["ControlEvent"][..] } else { &["LiveEvent", "ControlEvent"] };
    let variants =
        enumerations.iter().flat_map(|name| schemas[*name]["oneOf"].as_array().into_iter().flatten());
    let is_of_kind = |variant: &&Value| variant["properties"]["kind"]["enum"] == json!([kind.name()]);
    let variant = variants.into_iter().find(is_of_kind).cloned().unwrap_or_default();
    let seq = json!({ "type": "integer", "description": "The event's number." });
    let at = json!({ "type": "string", "format": "date-time", "description": "When the server sent it." });
    let summary = variant["description"].as_str().unwrap_or_default().to_owned();
    (summary, with_members(&variant, [("seq", seq), ("at", at)]))
}

/// An object's schema with additional required members, and no others allowed.
fn with_members<const N: usize>(object: &Value, more: [(&str, Value); N]) -> Value {
    let mut properties = object["properties"].as_object().cloned().unwrap_or_default();
    let mut required = object["required"].as_array().cloned().unwrap_or_default();
    for (name, schema) in more {
        properties.insert(name.to_owned(), schema);
        required.push(name.into());
    }
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}
