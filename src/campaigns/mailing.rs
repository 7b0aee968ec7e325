//! The tool with which an assistant sends an e-mail to the callee of a campaign, one per call. Calls of campaigns on which assistants talk have it if
//! the campaign's settings allow it and a mail server is set.

use std::sync::{Arc, LazyLock};

use cordboard_actors::messages::RunCustomTool;
use cordboard_actors::world;
use cordboard_schema::account::EmailAddress;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::CustomToolId;
use cordboard_schema::limits::{CAMPAIGN_EMAIL_CHARS_MAX, CAMPAIGN_EMAIL_SUBJECT_CHARS_MAX};
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::tool::ToolOutcome;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::store::{Connection, EmailQueued, EmailWanted, Store, change};

/// The tool's id.
pub(crate) const SEND_EMAIL: CustomToolId =
    CustomToolId(Uuid::from_u128(0x6361_6d70_6169_6700_8000_652d_6d61_696c));
/// How many milliseconds storing it may take.
const TIMEOUT_MS: u32 = 5_000;

/// Arguments of the tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SendEmail {
    subject: String,
    text: String,
    to: String,
    to_is_confirmed: bool,
}

static PARAMETERS: LazyLock<Arc<Value>> = LazyLock::new(|| {
    Arc::new(json!({
        "type": "object",
        "properties": {
            "subject": { "type": "string", "maxLength": CAMPAIGN_EMAIL_SUBJECT_CHARS_MAX },
            "text": { "type": "string", "maxLength": CAMPAIGN_EMAIL_CHARS_MAX, "description": "Plain text, with its salutation." },
            "to": {
                "type": "string",
                "description": "The address, only where the callee has said one. Leave it out for the address that is known of them.",
            },
            "to_is_confirmed": {
                "type": "boolean",
                "description": "Whether you have spelled `to` back to the callee, and they have said that it is right.",
            },
        },
        "required": ["subject", "text"],
        "additionalProperties": false,
    }))
});

/// The tool that a call gets.
pub(super) fn offered() -> OfferedTool {
    OfferedTool {
        id: SEND_EMAIL,
        name: "send_email".to_owned(),
        description: "Sends this person an e-mail, one on a call. Use it only where they want one. Say only that it was sent when this says so."
            .to_owned(),
        parameters: Arc::clone(&PARAMETERS),
        timeout_ms: TIMEOUT_MS,
    }
}

/// Lets an assistant's e-mail be sent.
pub(crate) async fn send_email(store: &Store, run: RunCustomTool) -> ToolOutcome {
    let RunCustomTool { organization_id, call_id, arguments, .. } = run;
    let (to, letter) = match read(arguments) {
        Ok(read) => read,
        Err(reason) => return ToolOutcome::Refused { reason },
    };
    let wanted = EmailWanted { organization_id, call_id, to, letter, at: world::now().into() };
    let queue = move |connection: &mut Connection| change::queue_campaign_email(connection, wanted);
    match store.change(queue).await {
        Ok(EmailQueued::To(address)) => ToolOutcome::done(&format!("the e-mail to {address} is on its way")),
        Ok(EmailQueued::Not(reason)) => ToolOutcome::Refused { reason },
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

/// Parses the arguments. Returns the address that the callee has said, if any, and the letter, or what is wrong.
fn read(mut arguments: Map<String, Value>) -> Result<(Option<EmailAddress>, Letter), String> {
    // Some models write null for what they leave out.
    arguments.retain(|_, value| !value.is_null());
    let asked: SendEmail =
        serde_json::from_value(Value::Object(arguments)).map_err(|fault| fault.to_string())?;
    let (subject, text) = (asked.subject.trim(), asked.text.trim());
    for (name, words, chars_max, lines) in [
        ("subject", subject, CAMPAIGN_EMAIL_SUBJECT_CHARS_MAX, Lines::One),
        ("text", text, CAMPAIGN_EMAIL_CHARS_MAX, Lines::Many),
    ] {
        if words.is_empty() {
            return Err(format!("`{name}` is missing"));
        }
        if let Some(fault) = text_fault(words, chars_max, lines) {
            return Err(format!("`{name}` {fault}"));
        }
    }
    let to = match asked.to.trim() {
        "" => None,
        _ if !asked.to_is_confirmed => {
            return Err("spell `to` back to the callee, and set `to_is_confirmed` once they have said that it is right".to_owned());
        }
        said => Some(EmailAddress::parse(said).map_err(|fault| format!("`to` {fault}"))?),
    };
    Ok((to, Letter::new(subject.to_owned(), text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_have_limits_and_spoken_addresses_are_confirmed() {
        let read = |arguments: Value| match arguments {
            Value::Object(arguments) => read(arguments),
            _ => panic!("no object"),
        };
        for (arguments, expected) in [
            (json!({ "text": "a" }), "`subject` is missing"),
            (json!({ "subject": "a", "text": " " }), "`text` is missing"),
            (json!({ "subject": "a\nBcc: b@example.com", "text": "a" }), "`subject` must have no control"),
            (json!({ "subject": "a", "text": "x".repeat(CAMPAIGN_EMAIL_CHARS_MAX + 1) }), "`text` must have"),
            (json!({ "subject": "a", "text": "a", "to": "ada@example.com" }), "spell `to` back"),
            (json!({ "subject": "a", "text": "a", "to": "ada", "to_is_confirmed": true }), "`to` must be"),
            (json!({ "subject": "a", "text": "a", "cc": "ada@example.com" }), "cc"),
        ] {
            let fault = read(arguments.clone()).unwrap_err();
            assert!(fault.contains(expected), "{arguments}: {fault}");
        }
        let said = json!({ "subject": " Offer ", "text": "Dear Ada,\nbye", "to": "Ada@Example.com", "to_is_confirmed": true });
        let (to, letter) = read(said).unwrap();
        assert_eq!(to.unwrap().as_str(), "ada@example.com");
        assert_eq!(letter, Letter::new("Offer".to_owned(), "Dear Ada,\nbye".to_owned()));
        assert_eq!(read(json!({ "subject": "a", "text": "b" })).unwrap().0, None);
        let unaddressed = json!({ "subject": "a", "text": "b", "to": null, "to_is_confirmed": null });
        assert_eq!(read(unaddressed).unwrap().0, None);
    }
}
