//! The commands that the document describes, one row each.

use serde_json::{Value, json};

use Outcome::{Nothing, Shown, Subscribed};

/// Description of a command.
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// The schema of its parameters.
    pub(super) parameters: &'static str,
    /// The schema of the answer's result.
    pub(super) result: Value,
}

/// The result of a command's answer.
enum Outcome {
    /// An object without members.
    Nothing,
    /// A thing with the schema of this name.
    Shown(&'static str),
    /// The state of a program's subscription.
    Subscribed,
}

/// A command's name, its summary, the schema of its parameters, and its result.
type Row = (&'static str, &'static str, &'static str, Outcome);

/// Commands about calls.
const CALLS: [Row; 12] = [
    (
        "originate",
        "Makes a call, and shows it as it begins. The same `key` returns the same call.",
        "Originate",
        Shown("CallView"),
    ),
    ("hangup", "Ends a call.", "Hangup", Nothing),
    ("hold", "Puts the caller on hold.", "Hold", Nothing),
    ("unhold", "Takes the caller off hold.", "Unhold", Nothing),
    (
        "park",
        "Parks the caller on the switch, for anybody to pick up; `unhold` takes them back.",
        "Park",
        Nothing,
    ),
    ("setVariables", "Sets variables of the caller's channel, for the dialplan.", "SetVariables", Nothing),
    ("transfer", "Transfers the caller to an extension, without asking there first.", "Transfer", Nothing),
    (
        "bridge",
        "Rings an extension, and connects the person who answers with the caller; `/calls/{id}/handoff` of the HTTP API.",
        "Bridge",
        Nothing,
    ),
    ("say", "Makes the assistant say something after its current sentence.", "Say", Nothing),
    ("sendDtmf", "Plays digits to the caller's side, as tones in the audio.", "SendDtmf", Nothing),
    ("listCalls", "Lists calls, newest first.", "CallList", Shown("Page_CallView")),
    ("getCall", "Shows a call.", "GetCall", Shown("CallView")),
];

/// Commands about what is configured for calls.
const CONFIGURED: [Row; 3] = [
    (
        "listAgentProfiles",
        "Lists the agent profiles, oldest first.",
        "ListAgentProfiles",
        Shown("ProfilesView"),
    ),
    (
        "setAgentProfile",
        "Changes the given members of a stored agent profile: the rest keep their values, and null clears those that may be empty. New calls use it.",
        "SetAgentProfile",
        Shown("ProfileView"),
    ),
    ("listExtensions", "Lists all extensions, by name.", "ListExtensions", Shown("Page_ExtensionView")),
];

/// Commands about a dialler.
const DIALLER: [Row; 11] = [
    (
        "enableAgentByCampaignId",
        "Lets a campaign's remote agents at the dialler take calls: each line is READY within 5 s.",
        "OfCampaign",
        Shown("Affected"),
    ),
    (
        "disableAgentByCampaignId",
        "Stops a campaign's remote agents from taking calls; answered once no line is READY any more, after about 3 s.",
        "OfCampaign",
        Shown("Affected"),
    ),
    (
        "enableAgentByUserId",
        "Lets a remote agent at the dialler take calls: each of its lines is READY within 5 s.",
        "OfUser",
        Shown("Affected"),
    ),
    (
        "disableAgentByUserId",
        "Stops a remote agent from taking calls; answered once none of its lines is READY any more, after about 3 s.",
        "OfUser",
        Shown("Affected"),
    ),
    (
        "assignAgents",
        "Assigns remote agents to campaigns: all of them, or none. Refused if one of them has a line in a call.",
        "AssignAgents",
        Shown("Affected"),
    ),
    ("listOsdialAgents", "Lists the dialler's remote agents.", "OsdialAgentList", Shown("Page_RemoteAgent")),
    (
        "listOsdialLiveAgents",
        "Lists the lines that are logged in at the dialler.",
        "OsdialAgentList",
        Shown("Page_LiveAgent"),
    ),
    (
        "listOsdialCampaigns",
        "Lists the dialler's campaigns.",
        "ListOsdialCampaigns",
        Shown("Page_OsdialCampaign"),
    ),
    ("listOsdialLists", "Lists the dialler's lists of leads.", "OsdialOfCampaign", Shown("Page_OsdialList")),
    ("listOsdialLeads", "Lists the dialler's leads.", "OsdialLeadList", Shown("Page_OsdialLead")),
    (
        "listOsdialStatuses",
        "Lists the statuses of the dialler's leads.",
        "OsdialOfCampaign",
        Shown("Page_OsdialStatus"),
    ),
];

/// Commands about events.
const EVENTS: [Row; 2] = [
    (
        "subscribe",
        "Subscribes to events. It replaces an earlier subscription on the socket; with `after`, events may come again, and are to be dropped by \
         `seq`.",
        "Subscribe",
        Subscribed,
    ),
    ("unsubscribe", "Ends the subscription.", "Unsubscribe", Nothing),
];

/// All commands, in the document's order.
pub(super) fn described() -> Vec<Described> {
    let rows = CALLS.into_iter().chain(CONFIGURED).chain(DIALLER).chain(EVENTS);
    let described = |(name, summary, parameters, outcome): Row| Described {
        name,
        summary,
        parameters,
        result: result(outcome),
    };
    rows.map(described).collect()
}

fn result(outcome: Outcome) -> Value {
    match outcome {
        Nothing => json!({ "type": "object", "additionalProperties": false }),
        Shown(schema) => json!({ "$ref": format!("#/components/schemas/{schema}") }),
        Subscribed => json!({
            "type": "object",
            "required": ["resumed", "seq"],
            "additionalProperties": false,
            "properties": {
                "resumed": { "type": "boolean", "description": "Whether all events since `after` follow; otherwise a snapshot does." },
                "seq": { "type": "integer", "description": "The number up to which the program knows everything once it has received those." },
            },
        }),
    }
}
