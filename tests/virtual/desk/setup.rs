//! A server with an owner and their agents.

use std::path::Path;

use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{self, PASSWORD, Person};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::suites::desks::invited;
use crate::world::{Setting, World};

/// The server, and the owner of its first organization.
pub(crate) struct Setup {
    pub(crate) server: Client,
    pub(crate) world: World,
    owner: String,
    /// Its folder, where nothing else holds it.
    _folder: Option<TempDir>,
}

impl Setup {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With more settings.
    pub(crate) async fn open_with(settings: &[Setting<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Self::open_at(folder.path(), settings).await;
        Self { _folder: Some(folder), ..setup }
    }

    /// In this folder, for the first time.
    pub(crate) async fn open_at(folder: &Path, settings: &[Setting<'_>]) -> Self {
        let setup = Self::again(folder, String::new(), settings).await;
        let owner = registered(setup.server, "Olga").await.token;
        Self { owner, ..setup }
    }

    /// In the folder of a server at which this owner has registered.
    pub(crate) async fn again(folder: &Path, owner: String, settings: &[Setting<'_>]) -> Self {
        let settings: Vec<_> = [("registration", "open")].iter().chain(settings).copied().collect();
        let world = World::open(folder, &settings).await;
        Self { server: Client { http: world.addresses.http }, world, owner, _folder: None }
    }

    /// The remains of the owner when the server is killed.
    pub(crate) fn left(self) -> String {
        self.owner.clone()
    }

    /// Signs the owner in again: an access token is valid for 15 minutes.
    pub(crate) async fn sign_in(&mut self) {
        let login = json!({ "email": "olga@example.com", "password": PASSWORD });
        let answer = self.server.post("/api/v1/auth/login", &login, Token::None).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.owner = Person::signed_in(&answer.json()).token;
    }

    /// The owner of another organization.
    pub(crate) async fn stranger(&self) -> Person {
        registered(self.server, "Stran").await
    }

    /// A request of the owner that is answered with this status.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        self.sent_by(&self.owner, (method, path), body, status).await
    }

    /// The owner's `GET` of a path, if it exists.
    pub(crate) async fn look(&self, path: &str) -> Option<Value> {
        let answer = self.server.send("GET", path, Some(&self.owner), &Value::Null).await;
        (answer.status == 200).then(|| answer.json())
    }

    /// Like [`Self::send`], by another user.
    pub(crate) async fn as_person(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        body: &Value,
        status: u16,
    ) -> Value {
        self.sent_by(&person.token, (method, path), body, status).await
    }

    async fn sent_by(&self, token: &str, (method, path): (&str, &str), body: &Value, status: u16) -> Value {
        let answer = self.server.send(method, path, Some(token), body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        if answer.text().is_empty() { Value::Null } else { answer.json() }
    }

    /// A user whom the owner has invited, with this role.
    pub(crate) async fn person(&self, name: &str, role: &str) -> Person {
        invited(self.server, &self.owner, name, role).await
    }

    pub(crate) async fn agent(&self, name: &str) -> Person {
        self.person(name, "agent").await
    }

    /// A desk of this user, and its first event.
    pub(crate) async fn desk(&self, person: &Person) -> (TaskProgram, Value) {
        let mut desk = TaskProgram::at_desk(self.server.http, &person.token).await;
        let snapshot = desk.event().await;
        assert_eq!((&snapshot["kind"], &snapshot["seq"]), (&json!("snapshot"), &json!(1)));
        assert_eq!((&snapshot["version"], &snapshot["me"]), (&json!(2), &person.id));
        (desk, snapshot)
    }
}

async fn registered(server: Client, name: &str) -> Person {
    let account = json!({
        "email": format!("{}@example.com", name.to_lowercase()), "password": PASSWORD, "name": name,
        "organization": format!("{name} Plumbing"),
    });
    let made = server.post("/api/v1/auth/register", &account, Token::None).await;
    assert_eq!(made.status, 201, "{}", made.text());
    Person::signed_in(&made.json())
}

/// A user's state in a list of agents: what they want, and what they are doing.
#[track_caller]
pub(crate) fn standing(agents: &Value, person: &Person) -> (String, String) {
    let agents = agents.as_array().unwrap();
    let agent = agents.iter().find(|agent| agent["user_id"] == person.id);
    desk::standing(agent.unwrap_or_else(|| panic!("not among {agents:?}")))
}
