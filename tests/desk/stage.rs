//! The stage of calls at desks: a visitor's browser on one side, the agents' on the other.

use std::time::Duration;

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::Program;
use cordboard_test_support::desk::{self, Person, RATE, sees_first};
use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until_every;
use serde_json::{Value, json};

use crate::setup::Setup;

/// A server with an agent whose extension is the target of key 0.
pub(crate) struct Stage {
    pub(crate) setup: Setup,
    pub(crate) ada: Person,
    link: String,
}

/// A visitor who talks with the assistant, or with an agent.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) call_id: Value,
}

impl Stage {
    /// With these settings.
    pub(crate) fn with_settings(settings: &[(&str, &str)]) -> Self {
        let stage = Self::found(settings);
        stage.calls_know(&["operator"]);
        stage
    }

    fn found(settings: &[(&str, &str)]) -> Self {
        let setup = Setup::open_with(settings);
        let ada = setup.agent("Ada");
        let at = format!("/api/v1/agents/{}", ada.id.as_str().unwrap());
        let agent = json!({ "extension": "operator", "audio": "browser", "skills": [] });
        setup.send("PUT", &at, &agent, 200);
        let queue = json!({ "name": "support", "title": "Support", "members": [{ "user_id": ada.id }] });
        setup.send("POST", "/api/v1/queues", &queue, 201);
        let profiles = setup.send("GET", "/api/v1/agent-profiles", &Value::Null, 200);
        let profile = &profiles["items"][0]["id"];
        let link = json!({ "name": "Our website", "profile_id": profile, "calls_max": 50 });
        let made = setup.send("POST", "/api/v1/talk-links", &link, 201);
        let link = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        Self { setup, ada, link }
    }

    /// Waits until the next call knows these agents and the queue.
    fn calls_know(&self, desks: &[&str]) {
        let begun = self.try_begin().unwrap();
        let policy = self.event(&begun["call_id"], "call_started")["policy"].clone();
        assert_eq!((&policy["desks"], &policy["queues"]), (&json!(desks), &json!(["support"])));
    }

    fn try_begin(&self) -> Option<Value> {
        let path = format!("/api/v1/talk/{}/calls", self.link);
        let answer = self.setup.server.post(&path, &json!({}), Token::None).unwrap();
        (answer.status == 201).then(|| answer.json())
    }

    /// Ada's desk, at which she takes calls.
    pub(crate) fn desk(&self) -> Program {
        let (mut desk, snapshot) = self.setup.desk(&self.ada);
        sees_first((&mut desk, &snapshot), &self.ada, "available");
        desk
    }

    /// A visitor whose assistant has begun to speak.
    pub(crate) fn visitor(&self) -> Visitor {
        let begun = self.try_begin().expect("the link leads to a call");
        let token = begun["token"].as_str().unwrap();
        let caller = Caller::connect(self.setup.server.addresses().http, token, RATE);
        let visitor = Visitor { caller, call_id: begun["call_id"].clone() };
        visitor.hears_something();
        visitor
    }

    /// The audio of an agent who has this call.
    pub(crate) fn audio(&self, at: &mut Program, call_id: &Value) -> Caller {
        desk::audio(&self.setup.server, at, call_id)
    }

    /// The journal of a call; empty if it has not begun yet.
    fn events(&self, call_id: &Value) -> Vec<Value> {
        let path = format!("/api/v1/calls/{}/events?limit=200", call_id.as_str().unwrap());
        let answer = self.setup.look(&path);
        answer.map(|events| events["items"].as_array().unwrap().clone()).unwrap_or_default()
    }

    /// Waits for an event of this kind in the call's journal.
    #[track_caller]
    pub(crate) fn event(&self, call_id: &Value, kind: &str) -> Value {
        let find = || self.events(call_id).into_iter().find(|event| event["kind"] == kind);
        wait_until_every(Duration::from_millis(100), kind, LIMIT, find).unwrap()
    }

    /// A visitor has pressed the key, Ada has accepted, and they hear each other.
    pub(crate) fn talking(&self) -> (Program, Visitor, Caller) {
        self.talking_at(self.desk())
    }

    /// The same, at a desk that is open already.
    pub(crate) fn talking_at(&self, mut desk: Program) -> (Program, Visitor, Caller) {
        let visitor = self.visitor();
        visitor.caller.press('0');
        let offer = desk.event_of("offered")["offer"].clone();
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] }));
        stands(&mut desk, &visitor, "connecting");
        let ada = self.audio(&mut desk, &visitor.call_id);
        stands(&mut desk, &visitor, "talking");
        (desk, visitor, ada)
    }
}

impl Visitor {
    /// Waits until they hear something that is not silence, from now on.
    #[track_caller]
    fn hears_something(&self) {
        desk::hears_something(&self.caller);
    }
}

/// Waits until the desk shows the visitor's call in this state.
#[track_caller]
fn stands(at: &mut Program, visitor: &Visitor, state: &str) -> Value {
    desk::stands(at, &visitor.call_id, state)
}
