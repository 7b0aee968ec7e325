//! The reference of the control socket: its commands and events, from its AsyncAPI document.

use serde_json::Value;

use super::markdown::{head, members, row, text_of};

const INTRODUCTION: &str = include_str!("control_socket.md");

/// Returns the Markdown of every command and event.
pub(super) fn text(document: &Value) -> String {
    let messages = &document["components"]["messages"];
    let mut commands = head(["command", "its members", "what it does"]);
    let mut events = head(["event", "when"]);
    for (name, operation) in members(&document["operations"]) {
        if operation["action"] == "receive" {
            let taken = parameters(&messages[name]["payload"]);
            commands.push_str(&row([&format!("`{name}`"), &taken, text_of(operation, "summary")]));
        } else {
            for message in operation["messages"].as_array().into_iter().flatten() {
                let event = text_of(message, "$ref").rsplit('/').next().unwrap_or_default();
                events.push_str(&row([&format!("`{event}`"), text_of(&messages[event], "summary")]));
            }
        }
    }
    let description = text_of(&document["info"], "description");
    format!("{INTRODUCTION}\n## Rules\n\n{description}\n\n## Commands\n\n{commands}\n## Events\n\n{events}")
}

/// Parameters of a command apart from `id` and its name. An optional one has a question mark.
fn parameters(payload: &Value) -> String {
    let needed =
        |name: &str| payload["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let named =
        members(&payload["properties"]).filter(|(name, _)| !["id", "command"].contains(&name.as_str()));
    named
        .map(|(name, _)| format!("`{name}`{}", if needed(name) { "" } else { "?" }))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_have_their_members_and_events_their_summary() {
        let document = json!({
            "info": { "description": "Be brief." },
            "operations": {
                "say": { "action": "receive", "summary": "Says it." },
                "events": { "action": "send", "messages": [{ "$ref": "#/channels/control/messages/call" }] },
            },
            "components": { "messages": {
                "say": { "payload": {
                    "required": ["id", "command", "text"],
                    "properties": { "id": {}, "command": {}, "text": {}, "call_id": {} },
                } },
                "call": { "summary": "A call has changed." },
            } },
        });
        let text = text(&document);
        for part in
            ["Be brief.", "| `say` | `call_id`?, `text` | Says it. |", "| `call` | A call has changed. |"]
        {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
