//! `/api/asyncapi.json`: the control socket's document, AsyncAPI 3.0, made from the types that are on the wire.

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

use crate::osdial::{LiveAgent, OsdialCampaign, OsdialLead, OsdialList, OsdialStatus, RemoteAgent};
use crate::web::api::calls::CallView;
use crate::web::api::extensions::ExtensionView;
use crate::web::api::openapi::both_ways::{BothWays, references};
use crate::web::api::openapi::unsigned::name_unsigned;
use crate::web::api::osdial::Affected;
use crate::web::api::profiles::{ProfileView, ProfilesView};
use crate::web::live::{ControlEvent, LiveEvent};
use crate::web::page::Page;

/// The document as it is sent; made once.
pub(super) static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// The types on the wire, as schemas.
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

/// The schemas that the server sends beside what comes of a command.
const TOLD: [&str; 4] = ["CommandError", "CommandId", "ControlEvent", "LiveEvent"];

/// Description of a command.
struct Described {
    name: &'static str,
    summary: &'static str,
    /// The schema of its parameters.
    parameters: &'static str,
    /// The schema of the answer's result.
    result: Value,
}

fn described() -> Vec<Described> {
    let of = |schema: &str| json!({ "$ref": format!("#/components/schemas/{schema}") });
    let nothing = json!({ "type": "object", "additionalProperties": false });
    let subscribed = json!({
        "type": "object",
        "required": ["resumed", "seq"],
        "additionalProperties": false,
        "properties": {
            "resumed": { "type": "boolean", "description": "Whether all events since `after` follow; else a snapshot does." },
            "seq": { "type": "integer", "description": "The number up to which the program knows everything once it has those." },
        },
    });
    let all = [
        (
            "originate",
            "Makes a call, and shows it as it begins. The same `key` gives the same call.",
            "Originate",
            of("CallView"),
        ),
        ("hangup", "Ends a call.", "Hangup", nothing.clone()),
        ("hold", "Puts the caller on hold.", "Hold", nothing.clone()),
        ("unhold", "Takes the caller off hold.", "Unhold", nothing.clone()),
        (
            "park",
            "Parks the caller on the switch, for anybody to fetch; `unhold` takes them back.",
            "Park",
            nothing.clone(),
        ),
        (
            "setVariables",
            "Gives the caller's channel variables, for the dialplan.",
            "SetVariables",
            nothing.clone(),
        ),
        (
            "transfer",
            "Sends the caller to an extension, without asking there first.",
            "Transfer",
            nothing.clone(),
        ),
        (
            "bridge",
            "Rings an extension, and joins who answers there with the caller; `/calls/{id}/handoff` of the HTTP API.",
            "Bridge",
            nothing.clone(),
        ),
        ("say", "Has the assistant say something, after what it is saying.", "Say", nothing.clone()),
        (
            "sendDtmf",
            "Plays digits to the caller's side, as tones in the audio.",
            "SendDtmf",
            nothing.clone(),
        ),
        ("listCalls", "Lists calls, newest first.", "CallList", of("Page_CallView")),
        ("getCall", "Shows a call.", "GetCall", of("CallView")),
        (
            "listAgentProfiles",
            "Lists the agent profiles, the oldest first.",
            "ListAgentProfiles",
            of("ProfilesView"),
        ),
        (
            "setAgentProfile",
            "Changes what is named of a stored agent profile: the rest stays, and null empties what may be empty. Calls see it from the next one on.",
            "SetAgentProfile",
            of("ProfileView"),
        ),
        ("listExtensions", "Lists all extensions, by name.", "ListExtensions", of("Page_ExtensionView")),
        (
            "enableAgentByCampaignId",
            "Has a campaign's remote agents at the dialler take calls: each line is READY within 5 s.",
            "OfCampaign",
            of("Affected"),
        ),
        (
            "disableAgentByCampaignId",
            "Has a campaign's remote agents take no more calls; answered once no line is READY any more, after some 3 s.",
            "OfCampaign",
            of("Affected"),
        ),
        (
            "enableAgentByUserId",
            "Has a remote agent at the dialler take calls: each of its lines is READY within 5 s.",
            "OfUser",
            of("Affected"),
        ),
        (
            "disableAgentByUserId",
            "Has a remote agent take no more calls; answered once none of its lines is READY any more, after some 3 s.",
            "OfUser",
            of("Affected"),
        ),
        (
            "assignAgents",
            "Gives remote agents to campaigns: all of them, or none. Nobody is given away who has a line in a call.",
            "AssignAgents",
            of("Affected"),
        ),
        ("listOsdialAgents", "Lists the dialler's remote agents.", "OsdialAgentList", of("Page_RemoteAgent")),
        (
            "listOsdialLiveAgents",
            "Lists the lines that somebody is logged in with at the dialler.",
            "OsdialAgentList",
            of("Page_LiveAgent"),
        ),
        (
            "listOsdialCampaigns",
            "Lists the dialler's campaigns.",
            "ListOsdialCampaigns",
            of("Page_OsdialCampaign"),
        ),
        ("listOsdialLists", "Lists the dialler's lists of leads.", "OsdialOfCampaign", of("Page_OsdialList")),
        ("listOsdialLeads", "Lists the dialler's leads.", "OsdialLeadList", of("Page_OsdialLead")),
        (
            "listOsdialStatuses",
            "Lists what may become of the dialler's leads.",
            "OsdialOfCampaign",
            of("Page_OsdialStatus"),
        ),
        (
            "subscribe",
            "Asks for events. It takes the place of an earlier subscription on the socket; with `after`, numbers that came \
             over that one may come again, and are to be dropped by `seq`.",
            "Subscribe",
            subscribed,
        ),
        ("unsubscribe", "Asks for no more events.", "Unsubscribe", nothing),
    ];
    let described = |(name, summary, parameters, result)| Described { name, summary, parameters, result };
    all.into_iter().map(described).collect()
}

fn description() -> String {
    format!(
        "Commands are JSON objects with an `id` of the program's choice; each gets exactly one answer with that id, `ok` and \
         either `result` or `error`, whose `kind` is the `code` of the HTTP API's problems. Commands are begun in the order \
         in which they come, and answered when they are done: a program that needs an order waits for an answer. What a \
         command does to a call is told by the call's events.\n\n\
         At most {CONTROL_IN_FLIGHT_MAX} commands are carried out at once, and {CONTROL_MESSAGES_PER_S_MAX} messages taken a \
         second; beyond that a command is answered `too_many_requests`, and a socket that goes on is closed (1008). A \
         message has at most {CONTROL_FRAME_BYTES_MAX} bytes (else 1009); binary ones are not taken (1003). The server pings \
         every 15 s and closes a socket that says nothing for {} s (1008). One that does not read what it is sent is \
         closed too (1013), and when the server goes down all are (1001).\n\n\
         Events have a `seq`, which is the server's count: it grows, and leaves out what was not subscribed to. A program \
         that comes back names the last one that it has in `after`, and gets what it missed, or a snapshot where that is \
         not kept any more. A snapshot's `seq` is that of the newest event that is in it.",
        CONTROL_SILENT_MS_MAX / 1_000
    )
}

fn document() -> Value {
    let types = serde_json::to_value(Types::openapi()).unwrap_or_default();
    let taken = types["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let described = described();
    let sent: BTreeSet<String> = described.iter().map(|command| command.parameters.to_owned()).collect();
    let results = described.iter().flat_map(|command| references(&command.result));
    let told = results.chain(TOLD.map(str::to_owned)).collect();
    let mut schemas = Value::Object(BothWays::of(&taken, sent, told).schemas);
    name_unsigned(&mut schemas);
    let mut messages = Map::new();
    let mut operations = Map::new();
    for Described { name, summary, parameters, result } in described {
        let answer = format!("{name}Answer");
        let said = examples::command(name);
        let answered = json!({ "id": "7", "ok": true, "result": examples::result(name) });
        messages.insert(name.to_owned(), message(summary, command_schema(name, &schemas[parameters]), said));
        messages.insert(answer.clone(), message("It was done.", answer_schema(result), answered));
        operations.insert(
            name.to_owned(),
            json!({
                "action": "receive",
                "summary": summary,
                "channel": { "$ref": "#/channels/control" },
                "messages": [on_channel(name)],
                "reply": {
                    "channel": { "$ref": "#/channels/control" },
                    "messages": [on_channel(&answer), on_channel("refusal")],
                },
            }),
        );
    }
    messages.insert(
        "refusal".to_owned(),
        message("A command was not done.", refusal_schema(), examples::refusal()),
    );
    for kind in EventKind::ALL {
        let (summary, schema) = event_schema(kind, &schemas);
        messages.insert(kind.name().to_owned(), message(&summary, schema, examples::event(kind)));
    }
    let events: Vec<Value> = EventKind::ALL.iter().map(|kind| on_channel(kind.name())).collect();
    operations.insert(
        "events".to_owned(),
        json!({
            "action": "send",
            "summary": "Tells what was subscribed to.",
            "channel": { "$ref": "#/channels/control" },
            "messages": events,
        }),
    );
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
                "token": { "type": "http", "scheme": "bearer", "description": "The admin token." },
            },
        },
    })
}

fn on_channel(message: &str) -> Value {
    json!({ "$ref": format!("#/channels/control/messages/{message}") })
}

fn message(summary: &str, payload: Value, example: Value) -> Value {
    json!({ "summary": summary, "payload": payload, "examples": [{ "payload": example }] })
}

/// A command: its parameters, and what all commands have.
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
        "description": "The command's; null where it had none that can be one.",
    });
    let error = json!({ "$ref": "#/components/schemas/CommandError" });
    with_members(
        &json!({}),
        [("id", id), ("ok", json!({ "type": "boolean", "const": false })), ("error", error)],
    )
}

/// An event of a kind: what the enumeration that has the kind says of it, and what all events have.
fn event_schema(kind: EventKind, schemas: &Value) -> (String, Value) {
    let enumerations =
        if kind == EventKind::Snapshot { &["ControlEvent"][..] } else { &["LiveEvent", "ControlEvent"] };
    let variants =
        enumerations.iter().flat_map(|name| schemas[*name]["oneOf"].as_array().into_iter().flatten());
    let is_of_kind = |variant: &&Value| variant["properties"]["kind"]["enum"] == json!([kind.name()]);
    let variant = variants.into_iter().find(is_of_kind).cloned().unwrap_or_default();
    let seq = json!({ "type": "integer", "description": "The event's number." });
    let at = json!({ "type": "string", "format": "date-time", "description": "When the server told of it." });
    let summary = variant["description"].as_str().unwrap_or_default().to_owned();
    (summary, with_members(&variant, [("seq", seq), ("at", at)]))
}

/// An object's schema with more members, all of which must be there, and no others.
fn with_members<const N: usize>(object: &Value, more: [(&str, Value); N]) -> Value {
    let mut properties = object["properties"].as_object().cloned().unwrap_or_default();
    let mut required = object["required"].as_array().cloned().unwrap_or_default();
    for (name, schema) in more {
        properties.insert(name.to_owned(), schema);
        required.push(name.into());
    }
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}
