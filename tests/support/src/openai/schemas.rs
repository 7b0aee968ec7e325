//! The schemas of the wire, one message at a time.

use std::sync::LazyLock;

use serde_json::Value;

use crate::message_schemas::Schema;

/// Members of a session's object that real servers send and the strict schema does not have.
const SESSION_MEMBERS_SENT: [&str; 3] = ["id", "object", "expires_at"];

/// Sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The program under test.
    Client,
    /// The provider.
    Server,
}

/// Whether members are allowed that the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// They are: servers keep adding them.
    Any,
    /// They are not: nothing that we send has a misspelled name.
    Named,
}

/// Checks one message against the branch of the schema that its `type` names.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check(message: &Value, from: Sender, members: Members) -> Result<(), String> {
    let schema = match (from, members) {
        (Sender::Client, Members::Any) => &*CLIENT,
        (Sender::Client, Members::Named) => &*CLIENT_NAMED,
        (Sender::Server, Members::Any) => &*SERVER,
        (Sender::Server, Members::Named) => &*SERVER_NAMED,
    };
    schema.check(message)
}

/// Checks a message that a server sends under its own names: like [`check`] with [`Members::Named`], but allows what every real server adds to a
/// session.
///
/// # Errors
/// As [`check`].
pub fn check_as_sent_by_a_server(message: &Value) -> Result<(), String> {
    check(message, Sender::Server, Members::Any)?;
    let mut named = message.clone();
    if let Some(session) = named.get_mut("session").and_then(Value::as_object_mut) {
        for member in SESSION_MEMBERS_SENT {
            session.remove(member);
        }
    }
    check(&named, Sender::Server, Members::Named)
}

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/realtime-client-event.schema.json"))
});
static CLIENT_NAMED: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/realtime-client-event.strict.schema.json"))
});
static SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/realtime-server-event.schema.json"))
});
static SERVER_NAMED: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/openai/realtime-server-event.strict.schema.json"))
});

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_has_a_branch_and_misspellings_are_found() {
        assert_eq!((CLIENT_NAMED.names.len(), SERVER_NAMED.names.len()), (11, 46));
        for schema in [&CLIENT, &CLIENT_NAMED, &SERVER, &SERVER_NAMED] {
            for kind in schema.names.keys() {
                assert!(schema.branch(kind).is_some(), "{kind}");
            }
        }
        let update =
            json!({ "type": "session.update", "session": { "type": "realtime", "instruction": "" } });
        assert_eq!(check(&update, Sender::Client, Members::Any), Ok(()));
        let fault = check(&update, Sender::Client, Members::Named).unwrap_err();
        assert!(fault.starts_with("session.update: at `/session`"), "{fault}");
        let fault = check(&json!({ "type": "response.kreate" }), Sender::Client, Members::Any).unwrap_err();
        assert_eq!(fault, "unknown type `response.kreate`");
    }
}
