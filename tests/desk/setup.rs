//! A server with an owner and their agents.

use std::path::Path;

use cordboard_test_support::control::Program;
use cordboard_test_support::desk::{PASSWORD, Person};
use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};

/// The server, and its first organization's owner.
pub(crate) struct Setup {
    pub(crate) server: Server,
    owner: String,
}

impl Setup {
    /// With these settings.
    pub(crate) fn open_with(settings: &[(&str, &str)]) -> Self {
        let settings: Vec<_> = [("registration", "open")].iter().chain(settings).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let owner = registered(&server, "Olga").token;
        Self { server, owner }
    }

    /// A request of the owner that is answered with this status.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        self.sent_by(&self.owner, (method, path), body, status)
    }

    /// The owner's view of a path, which must exist.
    pub(crate) fn look(&self, path: &str) -> Option<Value> {
        let answer = self.server.send("GET", path, Some(&self.owner), &Value::Null).unwrap();
        (answer.status == 200).then(|| answer.json())
    }

    /// Like [`Self::send`], for another user.
    #[track_caller]
    pub(crate) fn as_person(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        body: &Value,
        status: u16,
    ) -> Value {
        self.sent_by(&person.token, (method, path), body, status)
    }

    #[track_caller]
    fn sent_by(&self, token: &str, (method, path): (&str, &str), body: &Value, status: u16) -> Value {
        let answer = self.server.send(method, path, Some(token), body).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        if answer.text().is_empty() { Value::Null } else { answer.json() }
    }

    /// An agent whom the owner has invited.
    pub(crate) fn agent(&self, name: &str) -> Person {
        Person::invited(&self.server, &self.owner, name, "agent")
    }

    /// A desk of this person, and its first event.
    pub(crate) fn desk(&self, person: &Person) -> (Program, Value) {
        let mut desk = Program::at_desk(self.server.addresses().http, &person.token);
        let snapshot = desk.event();
        assert_eq!((&snapshot["kind"], &snapshot["seq"]), (&json!("snapshot"), &json!(1)));
        assert_eq!((&snapshot["version"], &snapshot["me"]), (&json!(2), &person.id));
        (desk, snapshot)
    }
}

fn registered(server: &Server, name: &str) -> Person {
    let account = json!({
        "email": format!("{}@example.com", name.to_lowercase()), "password": PASSWORD, "name": name,
        "organization": format!("{name} Plumbing"),
    });
    let made = server.post("/api/v1/auth/register", &account, Token::None).unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    Person::signed_in(&made.json())
}
