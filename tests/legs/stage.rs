//! A server with callers of one kind.

use std::path::Path;

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::book::Book;
use cordboard_test_support::freeswitch::{self, Action, FreeSwitch, Rule, Script};
use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kind::Kind;
use crate::lines::{Line, WENT_TO};

/// Rate of callers, in Hz: what a telephone with G.711 has.
const RATE: u32 = 8000;

/// Settings of every server here. No silence of a caller is long enough to be asked about.
const SETTINGS: [(&str, &str); 4] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("log.level", "debug"),
];

/// How often the dialplan tries to reach a server that is away, every 2 s.
const TRIES: usize = 15;

/// A server, and what its callers come through.
pub(crate) struct Stage {
    switch: Option<FreeSwitch>,
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
        let switch = (kind != Kind::AudioSocket).then(|| {
            let told = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
            FreeSwitch::start(freeswitch::Settings::default().with_number("operator", told)).unwrap()
        });
        let esl = switch.as_ref().map(FreeSwitch::esl_address);
        let port = esl.map(|esl| esl.port().to_string()).unwrap_or_default();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", "127.0.0.1"),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", "ClueCon"),
            ("freeswitch.audio", if kind == Kind::Unicast { "unicast" } else { "websocket" }),
        ];
        let of_switch = of_switch.iter().filter(|_| esl.is_some());
        let settings: Vec<(&str, &str)> = SETTINGS.iter().chain(of_switch).chain(more).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self { switch, server, kind }
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
            Kind::Websocket | Kind::Unicast => Box::new(self.dial(uuid)),
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
            Kind::Websocket | Kind::Unicast => {
                let went_to = self.channel(call.uuid).variable(WENT_TO);
                went_to.map_or_else(|| "hangup".to_owned(), |place| format!("goto {place}"))
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
            Kind::Websocket | Kind::Unicast => Box::new(self.channel(call.uuid)),
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

    fn switch(&self) -> &FreeSwitch {
        self.switch.as_ref().unwrap()
    }

    fn channel(&self, uuid: Uuid) -> freeswitch::Call {
        self.switch().leg(&uuid.to_string()).unwrap()
    }

    /// Somebody calls a number whose dialplan is the shipped one: it tries again where the server is away, and then goes
    /// to a person.
    fn dial(&self, uuid: Uuid) -> freeswitch::Call {
        let to_server = [Action::socket(self.server.addresses().esl), Action::sleep(2000)];
        let first = [Action::set("send_silence_when_idle", "400"), Action::app("ring_ready", "")];
        let last = [Action::bridge("user/1002@127.0.0.1")];
        let tries = std::iter::repeat_n(to_server, TRIES).flatten();
        let actions: Vec<Action> = first.into_iter().chain(tries).chain(last).collect();
        self.switch().call(Script::to("5000").uuid(&uuid.to_string()).runs(actions))
    }

    /// A server that was killed could not end its call on the switch: that is the rule that its death broke, and no other.
    pub(crate) fn forgive_a_killed_server(&self) {
        if let Some(switch) = &self.switch {
            let broken = switch.take_violations();
            assert!(broken.iter().all(|violation| violation.rule == Rule::LeftAlive), "{broken:#?}");
        }
    }

    /// The end of a test: nothing panicked, and the switch was not mistreated.
    pub(crate) fn close(self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        if let Some(switch) = self.switch {
            switch.finish();
        }
    }
}

impl Book for Stage {
    fn server(&self) -> &Server {
        &self.server
    }
}
