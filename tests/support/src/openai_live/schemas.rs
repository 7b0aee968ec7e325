//! The schemas of the wire.

use std::sync::LazyLock;

use serde_json::Value;

use crate::message_schemas::Schema;
use crate::openai::schemas::Sender;

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/live-client-event.strict.schema.json"))
});
static SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/live-server-event.strict.schema.json"))
});

/// Checks one message: members that the schema does not have are forbidden.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*CLIENT,
        Sender::Server => &*SERVER,
    };
    schema.check(message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_fit_and_a_misspelled_name_is_found() {
        let text = include_str!("../../../captures/openai/examples/live-call-client-delegation.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
        let start =
            json!({ "type": "session.start", "session": { "model": "gpt-live-1", "voice": "marin" } });
        let fault = check(&start, Sender::Client).unwrap_err();
        assert!(fault.contains("/session"), "{fault}");
        assert!(check(&json!({ "type": "response.cancel" }), Sender::Client).is_err());
    }
}
