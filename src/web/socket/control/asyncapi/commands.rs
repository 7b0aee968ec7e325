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
        "Makes a call, and shows it as it begins. The same `key` gives the same call.",
        "Originate",
        Shown("CallView"),
    ),
    ("hangup", "Ends a call.", "Hangup", Nothing),
    ("hold", "Puts the caller on hold.", "Hold", Nothing),
    ("unhold", "Takes the caller off hold.", "Unhold", Nothing),
    (
        "park",
        "Parks the caller on the switch, for anybody to fetch; `unhold` takes them back.",
        "Park",
        Nothing,
    ),
    ("setVariables", "Gives the caller's channel variables, for the dialplan.", "SetVariables", Nothing),
    ("transfer", "Sends the caller to an extension, without asking there first.", "Transfer", Nothing),
    (
        "bridge",
        "Rings an extension, and joins who answers there with the caller; `/calls/{id}/handoff` of the HTTP API.",
        "Bridge",
        Nothing,
    ),
    ("say", "Has the assistant say something, after what it is saying.", "Say", Nothing),
    ("sendDtmf", "Plays digits to the caller's side, as tones in the audio.", "SendDtmf", Nothing),
    ("listCalls", "Lists calls, newest first.", "CallList", Shown("Page_CallView")),
    ("getCall", "Shows a call.", "GetCall", Shown("CallView")),
];

/// Commands about what is configured for calls.
const CONFIGURED: [Row; 3] = [
    (
        "listAgentProfiles",
        "Lists the agent profiles, the oldest first.",
        "ListAgentProfiles",
        Shown("ProfilesView"),
    ),
    (
        "setAgentProfile",
        "Changes what is named of a stored agent profile: the rest stays, and null empties what may be empty. Calls see it from the next one on.",
        "SetAgentProfile",
        Shown("ProfileView"),
    ),
    ("listExtensions", "Lists all extensions, by name.", "ListExtensions", Shown("Page_ExtensionView")),
];

/// Commands about a dialler.
const DIALLER: [Row; 11] = [
    (
        "enableAgentByCampaignId",
        "Has a campaign's remote agents at the dialler take calls: each line is READY within 5 s.",
        "OfCampaign",
        Shown("Affected"),
    ),
    (
        "disableAgentByCampaignId",
        "Has a campaign's remote agents take no more calls; answered once no line is READY any more, after some 3 s.",
        "OfCampaign",
        Shown("Affected"),
    ),
    (
        "enableAgentByUserId",
        "Has a remote agent at the dialler take calls: each of its lines is READY within 5 s.",
        "OfUser",
        Shown("Affected"),
    ),
    (
        "disableAgentByUserId",
        "Has a remote agent take no more calls; answered once none of its lines is READY any more, after some 3 s.",
        "OfUser",
        Shown("Affected"),
    ),
    (
        "assignAgents",
        "Gives remote agents to campaigns: all of them, or none. Nobody is given away who has a line in a call.",
        "AssignAgents",
        Shown("Affected"),
    ),
    ("listOsdialAgents", "Lists the dialler's remote agents.", "OsdialAgentList", Shown("Page_RemoteAgent")),
    (
        "listOsdialLiveAgents",
        "Lists the lines that somebody is logged in with at the dialler.",
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
        "Lists what may become of the dialler's leads.",
        "OsdialOfCampaign",
        Shown("Page_OsdialStatus"),
    ),
];

/// Commands about events.
const EVENTS: [Row; 2] = [
    (
        "subscribe",
        "Asks for events. It takes the place of an earlier subscription on the socket; with `after`, numbers that came \
         over that one may come again, and are to be dropped by `seq`.",
        "Subscribe",
        Subscribed,
    ),
    ("unsubscribe", "Asks for no more events.", "Unsubscribe", Nothing),
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
                "resumed": { "type": "boolean", "description": "Whether all events since `after` follow; else a snapshot does." },
                "seq": { "type": "integer", "description": "The number up to which the program knows everything once it has those." },
            },
        }),
    }
}
