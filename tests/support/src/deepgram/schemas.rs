//! The schemas of the wire, one message at a time.

use std::sync::LazyLock;

use serde_json::Value;

use crate::message_schemas::Schema;
use crate::openai::schemas::Sender;

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/agent-v1-client.strict.schema.json"))
});
static SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/agent-v1-server.strict.schema.json"))
});

static LISTEN_CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/listen-v1-client.strict.schema.json"))
});
static LISTEN_SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/listen-v1-server.strict.schema.json"))
});

/// Like [`check`], for a message of the streaming recognition.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check_listen(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*LISTEN_CLIENT,
        Sender::Server => &*LISTEN_SERVER,
    };
    schema.check(message)
}

/// Checks one message against those branches of the strict schema that its `type` names.
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
    fn every_type_has_a_branch_and_misspellings_are_found() {
        assert!(CLIENT.names.len() > 8 && SERVER.names.len() > 15);
        for schema in [&CLIENT, &SERVER] {
            for kind in schema.names.keys() {
                assert!(schema.branch(kind).is_some(), "{kind}");
            }
        }
        assert_eq!(check(&json!({ "type": "KeepAlive" }), Sender::Client), Ok(()));
        let fault = check(&json!({ "type": "UpdatePrompt", "promt": "x" }), Sender::Client).unwrap_err();
        assert!(fault.starts_with("UpdatePrompt: at"), "{fault}");
    }

    #[test]
    fn the_example_of_the_recognition_fits() {
        let text = include_str!("../../../captures/deepgram/examples/listen-v1-call.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check_listen(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
    }

    #[test]
    fn the_example_fits() {
        let text = include_str!("../../../captures/deepgram/examples/agent-call.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
    }
}
