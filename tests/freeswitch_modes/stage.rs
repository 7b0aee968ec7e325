//! A server beside a switch, in one of the modes.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::{Book, LIMIT, text};
use cordboard_test_support::freeswitch::{Action, Call, FreeSwitch, Rule, Script, Settings};
use cordboard_test_support::server::{Server, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

/// Settings of every server here. No silence of a caller is long enough to be asked about, where a test does not say so.
const SETTINGS: [(&str, &str); 4] = [
    ("extensions.operator", "people,operator,1"),
    ("extensions.anna", "default,1002,1"),
    ("calls.silence_prompt_s", "300"),
    ("log.level", "debug"),
];

/// The variable in which the stand-in's dialplan says where a call was sent.
const WENT_TO: &str = "went_to";

/// Whether the server has a connection of its own to the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inbound {
    Configured,
    None,
}

/// A switch, and a server that serves its calls.
pub(crate) struct Stage {
    pub(crate) switch: FreeSwitch,
    pub(crate) server: Server,
}

/// A caller, and the call that the server has of them.
pub(crate) struct Caller {
    pub(crate) phone: Call,
    pub(crate) id: String,
}

impl Stage {
    pub(crate) fn open(mode: &str, inbound: Inbound, more: &[(&str, &str)]) -> Self {
        let told = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
        let switch = FreeSwitch::start(Settings::default().with_number("operator", told)).unwrap();
        let port = switch.esl_address().port().to_string();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", "127.0.0.1"),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
        ];
        let of_switch = of_switch.iter().filter(|_| inbound == Inbound::Configured);
        let settings: Vec<(&str, &str)> = SETTINGS
            .iter()
            .chain(&[("freeswitch.mode", mode)])
            .chain(of_switch)
            .chain(more)
            .copied()
            .collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let stage = Self { switch, server };
        if inbound == Inbound::Configured {
            stage.wait_figure("cordboard_switch_connected{switch=\"pbx1\"}", 1);
        }
        stage
    }

    /// What `deploy/freeswitch/esl.xml` and `dual.xml` do: control for the server, tried again where it is away.
    pub(crate) fn controlled(&self) -> Vec<Action> {
        let before = [Action::set("send_silence_when_idle", "400"), Action::app("ring_ready", "")];
        let to_server = [Action::socket(self.server.addresses().esl), Action::sleep(2000)];
        let tries = std::iter::repeat_n(to_server, 5).flatten();
        before.into_iter().chain(tries).chain([Action::hangup("NORMAL_TEMPORARY_FAILURE")]).collect()
    }

    /// What `deploy/freeswitch/audio.xml` does: an audio stream, and nothing else.
    pub(crate) fn streaming(&self) -> Vec<Action> {
        let stream = Action::audio_stream(self.server.addresses().audio_stream, "8k");
        vec![Action::answer(), stream, Action::park()]
    }

    /// The same, with metadata.
    pub(crate) fn streaming_as(&self, metadata: &str) -> Vec<Action> {
        let stream = Action::audio_stream_as(self.server.addresses().audio_stream, "8k", metadata);
        vec![Action::answer(), stream, Action::park()]
    }

    /// Somebody calls, and the server knows of it.
    pub(crate) fn dial(&self, actions: Vec<Action>) -> Caller {
        let uuid = Uuid::new_v4();
        let phone = self.switch.call(Script::to("5000").uuid(&uuid.to_string()).runs(actions));
        let id = self.wait("the call", || self.id_of(uuid));
        Caller { phone, id }
    }

    /// Somebody calls and is answered by the server.
    pub(crate) fn answered(&self, actions: Vec<Action>) -> Caller {
        let caller = self.dial(actions);
        self.event(&caller.id, "answered");
        caller
    }

    /// The call that has this name.
    pub(crate) fn id_of(&self, uuid: Uuid) -> Option<String> {
        let name = uuid.to_string();
        let names = |call: &Value| {
            let ids = call["outside_ids"].as_array().cloned().unwrap_or_default();
            ids.iter().any(|id| id["value"] == name.as_str())
        };
        self.calls().into_iter().find(names)?["id"].as_str().map(str::to_owned)
    }

    /// Asks something of a call that it is expected to do.
    #[track_caller]
    pub(crate) fn ask_of(&self, caller: &Caller, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{}/{what}", caller.id);
        let answer = self.server.post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// A program ends the call.
    #[track_caller]
    pub(crate) fn end(&self, caller: &Caller) {
        self.ask_of(caller, "hangup", &json!({}));
    }

    /// How a call ended: why, and by whom.
    #[track_caller]
    pub(crate) fn ending(&self, id: &str) -> (String, String) {
        let row = self.ended(id);
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (word("hangup_cause"), word("hangup_by"))
    }

    /// The lines that the switch has played to its end, or to where a key cut them, as `(line, end)`.
    pub(crate) fn prompts(&self, id: &str) -> Vec<(String, String)> {
        let said = self.events_of(id, "assistant_said");
        let of_prompt = |event: &Value| {
            let line = text(&event["text"]).strip_prefix("(prompt: ")?.strip_suffix(')')?.to_owned();
            Some((line, text(&event["end"])))
        };
        said.iter().filter_map(of_prompt).collect()
    }

    /// Waits until the switch has played a line to its end.
    #[track_caller]
    pub(crate) fn wait_played(&self, id: &str, line: &str) {
        let played = (line.to_owned(), "finished".to_owned());
        self.wait(&format!("the prompt {line}"), || self.prompts(id).contains(&played).then_some(()));
    }

    /// A figure of `/metrics`; one that is not there has not happened.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let text = self.server.get("/metrics", Token::None).unwrap().text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        value.unwrap_or_default() as u64
    }

    /// Waits until a figure is what it should be.
    #[track_caller]
    pub(crate) fn wait_figure(&self, name: &str, wanted: u64) {
        let mut seen = 0;
        let reached = wait_until(name, LIMIT, || {
            seen = self.figure(name);
            (seen == wanted).then_some(())
        });
        reached.unwrap_or_else(|late| panic!("{late}: {seen}, not {wanted}"));
    }

    /// The end of a test: nothing panicked, and the switch was not mistreated.
    #[track_caller]
    pub(crate) fn close(self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        self.switch.finish();
    }

    /// As [`Stage::close`], where the control link spoke gibberish and the server hung it up: a live call is left to its
    /// dialplan then, which brings it back.
    #[track_caller]
    pub(crate) fn close_after_gibberish(self) {
        let violations = self.switch.take_violations();
        assert!(violations.iter().all(|violation| violation.rule == Rule::LeftAlive), "{violations:#?}");
        self.close();
    }
}

impl Book for Stage {
    fn server(&self) -> &Server {
        &self.server
    }
}

impl Caller {
    /// All that was heard so far.
    pub(crate) fn heard(&self) -> Sound {
        self.phone.heard().words()
    }

    /// Waits until so much was heard.
    #[track_caller]
    pub(crate) fn wait_heard(&self, length: Duration) {
        let enough = || (self.heard().length() >= length).then_some(());
        wait_until(&format!("{length:?} in the caller's ear"), LIMIT, enough).unwrap();
    }

    /// Where the switch was told to send the caller.
    #[track_caller]
    pub(crate) fn wait_went_to(&self) -> String {
        wait_until("the caller's next place", LIMIT, || self.phone.variable(WENT_TO)).unwrap()
    }
}
