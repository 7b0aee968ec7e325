//! A server with callers of one kind.

use std::cell::Cell;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::TaskCaller;
use cordboard_test_support::freeswitch::{self, Action, FreeSwitch, Script};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::kind::Kind;
use crate::book::Book;
use crate::freeswitch::phone;
use crate::suites::handoff::Party;
use crate::world::{Setting, World};

/// Settings of every server here. No silence of a caller is long enough to be asked about.
const SETTINGS: [Setting<'static>; 3] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
];

/// How often the dialplan tries to reach a server that is away, every 2 s.
const TRIES: usize = 15;

/// The variable in which the stand-in's dialplan says where a call was sent.
const WENT_TO: &str = "went_to";

/// A server, and what its callers come through.
pub(crate) struct Stage {
    pub(crate) server: World,
    switch: Option<FreeSwitch>,
    callers: Cell<u128>,
    _folder: TempDir,
}

/// A caller's telephone.
pub(crate) enum Line {
    AudioSocket(TaskCaller),
    Freeswitch(freeswitch::Call),
}

/// A caller, and the call that the server has of them.
pub(crate) struct Call {
    pub(crate) line: Line,
    pub(crate) id: String,
    /// The switch's name of it.
    pub(crate) uuid: Uuid,
}

impl Stage {
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::open_with(kind, &[]).await
    }

    /// With more settings.
    pub(crate) async fn open_with(kind: Kind, more: &[Setting<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let switch = (kind != Kind::AudioSocket).then(|| {
            let told = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
            phone::start(freeswitch::Settings::default().with_number("operator", told), folder.path())
        });
        let esl = switch.as_ref().map(FreeSwitch::esl_address);
        let host = esl.map(|esl| esl.ip().to_string()).unwrap_or_default();
        let port = esl.map(|esl| esl.port().to_string()).unwrap_or_default();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", "ClueCon"),
            ("freeswitch.audio", if kind == Kind::Unicast { "unicast" } else { "websocket" }),
        ];
        let of_switch = of_switch.iter().filter(|_| esl.is_some());
        let settings: Vec<Setting<'_>> = SETTINGS.iter().chain(of_switch).chain(more).copied().collect();
        let server = World::open(folder.path(), &settings).await;
        Self { server, switch, callers: Cell::new(0), _folder: folder }
    }

    /// A caller who is answered.
    pub(crate) async fn call(&self) -> Call {
        let call = self.comes().await;
        self.event(&call.id, "answered").await;
        call
    }

    /// A caller who comes, whatever becomes of them.
    pub(crate) async fn comes(&self) -> Call {
        let uuid = Uuid::from_u128(self.callers.replace(self.callers.get() + 1) + 1);
        let line = match &self.switch {
            None => Line::AudioSocket(self.server.caller(uuid).await),
            Some(switch) => Line::Freeswitch(switch.call(self.script(uuid))),
        };
        let id = self.wait_written("the call", async || self.id_of(&uuid.to_string()).await).await;
        Call { line, id, uuid }
    }

    /// Somebody calls a number whose dialplan is the shipped one: it tries again where the server is away, and then goes
    /// to a person.
    fn script(&self, uuid: Uuid) -> Script {
        let to_server = [Action::socket(self.server.addresses.esl), Action::sleep(2000)];
        let first = [Action::set("send_silence_when_idle", "400"), Action::app("ring_ready", "")];
        let last = [Action::bridge("user/1002@127.0.0.1")];
        let tries = std::iter::repeat_n(to_server, TRIES).flatten();
        let actions: Vec<Action> = first.into_iter().chain(tries).chain(last).collect();
        Script::to("5000").uuid(&uuid.to_string()).runs(actions)
    }

    /// Target of the caller when the call is over, as their switch is told.
    pub(crate) async fn next_of(&self, call: &Call) -> String {
        match &call.line {
            Line::AudioSocket(_) => {
                let path = format!("/api/v1/calls/{}/next", call.uuid);
                self.server.get(&path, Token::Dialplan).await.text().trim().to_owned()
            }
            Line::Freeswitch(phone) => {
                let went_to = phone.variable(WENT_TO);
                went_to.map_or_else(|| "hangup".to_owned(), |place| format!("goto {place}"))
            }
        }
    }

    /// Has a program end the call.
    pub(crate) async fn end(&self, call: &Call) {
        self.ask_of(&call.id, "hangup", &json!({})).await;
    }

    /// Waits until the other side has let go of the caller.
    pub(crate) async fn let_go(&self, call: &Call) {
        self.wait("the end of the caller's leg", async || call.line.is_over().then_some(())).await;
    }

    /// The call once it is over, which the caller ended in order.
    pub(crate) async fn left(&self, call: &Call) -> Value {
        let row = self.ended(&call.id).await;
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
        row
    }

    /// The end of a test: nothing panicked, and the switch was not mistreated.
    pub(crate) async fn close(self) {
        if let Some(switch) = self.goes_down().await {
            switch.finish();
        }
    }

    /// The server is told to end, which says goodbye to whoever is there. The switch goes on.
    pub(crate) async fn goes_down(self) -> Option<FreeSwitch> {
        let Self { server, switch, .. } = self;
        server.close().await;
        switch
    }
}

impl Book for Stage {
    fn server(&self) -> &World {
        &self.server
    }
}

impl Party for Line {
    fn say(&self, sound: &Sound) {
        match self {
            Self::AudioSocket(caller) => caller.say(sound),
            Self::Freeswitch(phone) => Party::say(phone, sound),
        }
    }

    fn has_said(&self) -> bool {
        match self {
            Self::AudioSocket(caller) => caller.has_said(),
            Self::Freeswitch(phone) => phone.has_said(),
        }
    }

    fn press(&self, key: char) {
        match self {
            Self::AudioSocket(caller) => caller.press(key),
            Self::Freeswitch(phone) => phone.press(key),
        }
    }

    fn hang_up(&self) {
        match self {
            Self::AudioSocket(caller) => caller.hang_up(),
            Self::Freeswitch(phone) => phone.hang_up(),
        }
    }

    fn heard(&self) -> Sound {
        match self {
            Self::AudioSocket(caller) => caller.heard(),
            Self::Freeswitch(phone) => Party::heard(phone),
        }
    }

    /// Whether the other side has let go of the caller, who may have been sent elsewhere.
    fn is_over(&self) -> bool {
        match self {
            Self::AudioSocket(caller) => caller.ended().is_some(),
            Self::Freeswitch(phone) => Party::is_over(phone) || phone.variable(WENT_TO).is_some(),
        }
    }
}
