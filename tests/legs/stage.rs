//! A server with callers of one kind.

use std::path::Path;

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::book::Book;
use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kind::Kind;
use crate::lines::Line;

/// Rate of callers, in Hz: what a telephone with G.711 has.
const RATE: u32 = 8000;

/// Settings of every server here. No silence of a caller is long enough to be asked about.
const SETTINGS: [(&str, &str); 4] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("log.level", "debug"),
];

/// A server, and what its callers come through.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) kind: Kind,
}

/// A caller, and the call that the server has of them.
pub(crate) struct Call {
    pub(crate) line: Box<dyn Line>,
    pub(crate) id: String,
    /// What the switch calls it.
    pub(crate) uuid: Uuid,
}

impl Stage {
    pub(crate) fn open(kind: Kind) -> Self {
        Self::open_with(kind, &[])
    }

    /// With more settings.
    pub(crate) fn open_with(kind: Kind, more: &[(&str, &str)]) -> Self {
        let settings: Vec<(&str, &str)> = SETTINGS.iter().chain(more).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self { server, kind }
    }

    /// A caller who is answered.
    pub(crate) fn call(&self) -> Call {
        let uuid = Uuid::new_v4();
        let line = self.line(uuid);
        let id = self.wait("the call", || self.id_of(uuid));
        self.event(&id, "answered");
        Call { line, id, uuid }
    }

    /// A caller who comes, whatever becomes of them.
    pub(crate) fn line(&self, uuid: Uuid) -> Box<dyn Line> {
        match self.kind {
            Kind::AudioSocket => {
                Box::new(Caller::connect(self.server.addresses().audiosocket, uuid, RATE).unwrap())
            }
        }
    }

    /// The call that the switch knows by this name.
    pub(crate) fn id_of(&self, uuid: Uuid) -> Option<String> {
        let name = uuid.to_string();
        let knows = |call: &Value| {
            call["outside_ids"]
                .as_array()
                .is_some_and(|ids| ids.iter().any(|id| id["value"] == name.as_str()))
        };
        let call = self.calls().into_iter().find(knows)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// Where the caller is sent when the call is over, as their switch is told.
    pub(crate) fn next_of(&self, call: &Call) -> String {
        match self.kind {
            Kind::AudioSocket => {
                let path = format!("/api/v1/calls/{}/next", call.uuid);
                self.server.get(&path, Token::Dialplan).unwrap().text().trim().to_owned()
            }
        }
    }

    /// The call as it is now.
    pub(crate) fn call_of(&self, call: &Call) -> Value {
        Book::call(self, &call.id)
    }

    /// The caller's switch brings them back to a server that was killed: their line from now on.
    pub(crate) fn comes_back(&self, call: &Call) -> Box<dyn Line> {
        match self.kind {
            Kind::AudioSocket => self.line(call.uuid),
        }
    }

    /// Asks something of a call that it is expected to do.
    #[track_caller]
    pub(crate) fn ask_of(&self, call: &Call, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{}/{what}", call.id);
        let answer = self.server.post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// Has a program end the call.
    pub(crate) fn end(&self, call: &Call) {
        self.ask_of(call, "hangup", &json!({}));
    }

    /// The end of a test: nothing panicked.
    pub(crate) fn close(self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
    }
}

impl Book for Stage {
    fn server(&self) -> &Server {
        &self.server
    }
}
