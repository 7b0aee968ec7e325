//! Arguments as models write them: values that they leave out may be null or empty, and times need an offset.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A time as people write it: models leave out the seconds of an appointment. RFC 3339 requires them.
const WITHOUT_SECONDS: &str = "%Y-%m-%dT%H:%M%#z";

/// Characters of a wrong value that are repeated to the model.
const REPEATED_CHARS_MAX: usize = 64;

/// Returns the arguments without those that are null: some models write null for what they leave out.
pub(super) fn without_nulls(arguments: &Value) -> Cow<'_, Value> {
    match arguments {
        Value::Object(given) if given.values().any(Value::is_null) => {
            let known = given.iter().filter(|(_, value)| !value.is_null());
            Cow::Owned(Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect()))
        }
        other => Cow::Borrowed(other),
    }
}

/// Parses a time that may be left out.
pub(super) fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = filled(deserializer)? else { return Ok(None) };
    let read = text
        .parse::<DateTime<Utc>>()
        .or_else(|_| DateTime::parse_from_str(&text, WITHOUT_SECONDS).map(|at| at.to_utc()));
    read.map(Some).map_err(|_| {
        let text: String = text.chars().take(REPEATED_CHARS_MAX).collect();
        Error::custom(format!("`{text}` is no time with an offset from UTC, as 2026-11-30T15:00:00+01:00"))
    })
}

/// Parses a time that is required.
pub(super) fn required_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    optional_time(deserializer)?.ok_or_else(|| Error::custom("the time is missing"))
}

/// Parses an id that may be left out.
pub(super) fn optional_id<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = filled(deserializer)?;
    text.map(|text| serde_json::from_value(Value::String(text))).transpose().map_err(Error::custom)
}

/// Parses a text; `None` if there are only blanks.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::tool::ToolName;
    use serde_json::json;

    use super::*;
    use crate::tools::{BadToolRequest, ToolRequest};

    fn parse(name: &str, arguments: Value) -> Result<ToolRequest, BadToolRequest> {
        ToolRequest::parse(name, &arguments, &ToolName::ALL)
    }

    #[test]
    fn arguments_that_are_left_out_may_be_null_or_empty() {
        let free = parse("book_estimate", json!({ "action": "free_slots", "service": "Inspection" }));
        assert!(free.is_ok(), "{free:?}");
        for nothing in [json!(null), json!(""), json!(" ")] {
            let arguments = json!({
                "action": "free_slots", "service": "Inspection", "from": nothing, "to": nothing,
                "starts_at": nothing, "appointment": nothing, "name": nothing, "notes": nothing,
            });
            assert_eq!(parse("book_estimate", arguments), free, "{nothing}");
        }
        let lead = json!({ "need": "a roof", "phone": null, "urgency": null });
        assert_eq!(parse("create_lead", lead), parse("create_lead", json!({ "need": "a roof" })));
        let message = json!({ "template": "Route", "text": null, "to": null });
        assert_eq!(parse("send_sms", message), parse("send_sms", json!({ "template": "Route" })));
        assert!(parse("create_event", json!({ "title": "A visit", "at": null })).is_err());
        assert!(parse("create_event", json!({ "title": "A visit", "at": "" })).is_err());
    }

    #[test]
    fn a_time_may_have_no_seconds() {
        let hold =
            |at: &str| parse("book_estimate", json!({ "action": "hold", "service": "x", "starts_at": at }));
        let whole = hold("2026-11-30T15:00:00+01:00");
        assert!(whole.is_ok(), "{whole:?}");
        for at in ["2026-11-30T15:00+01:00", "2026-11-30T14:00Z", "2026-11-30T15:00+0100"] {
            assert_eq!(hold(at), whole, "{at}");
        }
    }

    #[test]
    fn a_model_learns_that_a_time_needs_an_offset() {
        for at in ["2026-11-30T15:00:00", "2026-11-30T15:00", "tomorrow at three"] {
            for (name, arguments) in [
                ("create_event", json!({ "title": "A visit", "at": at })),
                ("create_todo", json!({ "title": "Call back", "due_at": at })),
                ("book_estimate", json!({ "action": "free_slots", "service": "x", "from": at })),
            ] {
                let fault = parse(name, arguments).unwrap_err().to_string();
                assert!(fault.contains(at) && fault.contains("offset from UTC"), "{fault}");
            }
        }
    }
}
