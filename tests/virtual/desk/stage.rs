//! The stage of calls at desks: a visitor's browser on one side, agents' desks on the other.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{Person, RATE, among};
use cordboard_test_support::server::{Answer, Token};
use serde_json::{Value, json};

use super::setup::Setup;
use crate::suites::book::until;
use crate::suites::desks::{self, sees_first, stands};
use crate::world::Setting;

/// A server with an agent who has the extension that key 0 leads to.
pub(crate) struct Stage {
    pub(crate) setup: Setup,
    pub(crate) ada: Person,
    link: String,
}

/// The remains of a killed server.
pub(crate) struct Left {
    owner: String,
    pub(crate) ada: Person,
    link: String,
}

/// A visitor who talks with the assistant, or with whoever took them over.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) call_id: Value,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        Self::with_settings(&[]).await
    }

    /// With more settings.
    pub(crate) async fn with_settings(settings: &[Setting<'_>]) -> Self {
        let stage = Self::found(settings).await;
        stage.calls_know(&["operator"]).await;
        stage
    }

    /// A stage, and a colleague of Ada's with this extension and their desk, at which they take calls.
    pub(crate) async fn open_with(name: &str, extension: &str) -> (Self, Person, TaskProgram) {
        let stage = Self::found(&[]).await;
        let (colleague, desk) = stage.joined_by(name, extension).await;
        (stage, colleague, desk)
    }

    /// A colleague of Ada's with this extension, and their desk, at which they take calls.
    pub(crate) async fn joined_by(&self, name: &str, extension: &str) -> (Person, TaskProgram) {
        let colleague = self.setup.agent(name).await;
        let at = format!("/api/v1/agents/{}", colleague.id.as_str().unwrap());
        let agent = json!({ "extension": extension, "audio": "browser", "skills": [] });
        self.setup.send("PUT", &at, &agent, 200).await;
        self.calls_know(&[extension, "operator"]).await;
        let (mut desk, snapshot) = self.setup.desk(&colleague).await;
        sees_first((&mut desk, &snapshot), &colleague, "available").await;
        (colleague, desk)
    }

    /// In this folder, for the first time.
    pub(crate) async fn open_at(folder: &Path) -> Self {
        let stage = Self::found_in(Setup::open_at(folder, &[]).await).await;
        stage.calls_know(&["operator"]).await;
        stage
    }

    /// The remains when the server is killed.
    pub(crate) fn left(self) -> Left {
        Left { owner: self.setup.left(), ada: self.ada, link: self.link }
    }

    /// The same in the folder of a server that was killed.
    pub(crate) async fn again(folder: &Path, left: Left) -> Self {
        Self { setup: Setup::again(folder, left.owner, &[]).await, ada: left.ada, link: left.link }
    }

    async fn found(settings: &[Setting<'_>]) -> Self {
        Self::found_in(Setup::open_with(settings).await).await
    }

    async fn found_in(setup: Setup) -> Self {
        let ada = setup.agent("Ada").await;
        let at = format!("/api/v1/agents/{}", ada.id.as_str().unwrap());
        let agent = json!({ "extension": "operator", "audio": "browser", "skills": [] });
        setup.send("PUT", &at, &agent, 200).await;
        let queue = json!({ "name": "support", "title": "Support", "members": [{ "user_id": ada.id }] });
        setup.send("POST", "/api/v1/queues", &queue, 201).await;
        let profiles = setup.send("GET", "/api/v1/agent-profiles", &Value::Null, 200).await;
        let profile = &profiles["items"][0]["id"];
        let link = json!({ "name": "Our website", "profile_id": profile, "calls_max": 50 });
        let made = setup.send("POST", "/api/v1/talk-links", &link, 201).await;
        let link = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        Self { setup, ada, link }
    }

    /// Changes the only profile, for calls that begin from now on.
    pub(crate) async fn change_profile(&self, change: &Value) {
        let profiles = self.setup.send("GET", "/api/v1/agent-profiles", &Value::Null, 200).await;
        let mut profile = profiles["items"][0].clone();
        let at = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.extend(change.as_object().unwrap().clone());
        self.setup.send("PUT", &at, &profile, 200).await;
        let begun = self.try_begin().await.unwrap();
        let knows = &self.event(&begun["call_id"], "call_started").await["profile"];
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(knows[name], *value, "{name}");
        }
    }

    /// The next call has these agents and the queue.
    pub(crate) async fn calls_know(&self, desks: &[&str]) {
        let begun = self.try_begin().await.unwrap();
        let policy = self.event(&begun["call_id"], "call_started").await["policy"].clone();
        assert_eq!((&policy["desks"], &policy["queues"]), (&json!(desks), &json!(["support"])));
    }

    async fn try_begin(&self) -> Option<Value> {
        let answer = self.begin(&json!({})).await;
        (answer.status == 201).then(|| answer.json())
    }

    /// A page requests a call with this body.
    pub(crate) async fn begin(&self, body: &Value) -> Answer {
        let path = format!("/api/v1/talk/{}/calls", self.link);
        self.setup.server.post(&path, body, Token::None).await
    }

    /// Ada's desk, at which she takes calls.
    pub(crate) async fn desk(&self) -> TaskProgram {
        let (mut desk, snapshot) = self.setup.desk(&self.ada).await;
        sees_first((&mut desk, &snapshot), &self.ada, "available").await;
        desk
    }

    /// A visitor whose assistant has begun to speak.
    pub(crate) async fn visitor(&self) -> Visitor {
        let begun = self.try_begin().await.expect("the link leads to a call");
        self.visitor_of(&begun).await
    }

    /// The visitor of a call that has begun like this.
    pub(crate) async fn visitor_of(&self, begun: &Value) -> Visitor {
        let token = begun["token"].as_str().unwrap();
        let caller = Caller::connect_here(self.setup.server.http, token, RATE).await;
        let visitor = Visitor { caller, call_id: begun["call_id"].clone() };
        visitor.hears_something().await;
        visitor
    }

    /// The audio of an agent who has this call.
    pub(crate) async fn audio(&self, at: &mut TaskProgram, call_id: &Value) -> Caller {
        desks::audio(self.setup.server, at, call_id).await
    }

    pub(crate) async fn call(&self, call_id: &Value) -> Value {
        self.setup
            .send("GET", &format!("/api/v1/calls/{}", call_id.as_str().unwrap()), &Value::Null, 200)
            .await
    }

    /// The journal of a call; empty where that has not begun yet.
    pub(crate) async fn events(&self, call_id: &Value) -> Vec<Value> {
        let path = format!("/api/v1/calls/{}/events?limit=200", call_id.as_str().unwrap());
        let answer = self.setup.look(&path).await;
        answer.map(|events| events["items"].as_array().unwrap().clone()).unwrap_or_default()
    }

    /// Waits for an event of this kind in the call's journal.
    pub(crate) async fn event(&self, call_id: &Value, kind: &str) -> Value {
        let mut news = self.setup.world.news();
        let find = async || self.events(call_id).await.into_iter().find(|event| event["kind"] == kind);
        until(kind, async || if self.setup.world.has(&mut news).await { find().await } else { None }).await
    }

    /// A visitor has pressed the key, Ada has accepted, and they hear each other.
    pub(crate) async fn talking(&self) -> (TaskProgram, Visitor, Caller) {
        self.talking_at(self.desk().await).await
    }

    /// The same, at an open desk.
    pub(crate) async fn talking_at(&self, mut desk: TaskProgram) -> (TaskProgram, Visitor, Caller) {
        let visitor = self.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        let ada = self.audio(&mut desk, &visitor.call_id).await;
        stands(&mut desk, &visitor.call_id, "talking").await;
        (desk, visitor, ada)
    }
}

impl Visitor {
    /// Waits until they hear something that is not silence from now on; returns how long it took until that began.
    pub(crate) async fn hears_something(&self) -> Duration {
        desks::hears_something(&self.caller).await
    }

    /// This call's entry in the list of an agent's desk.
    pub(crate) fn among(&self, calls: &Value) -> Option<Value> {
        among(calls, &self.call_id)
    }
}
