//! A server with a switch, in one of the modes.

use std::cell::Cell;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::freeswitch::{Action, Call, FreeSwitch, Rule, Script, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::freeswitch::phone;
use crate::world::{Setting, World, virtually};

/// The settings of every server here. No silence of a caller is long enough for a prompt, unless a test sets it.
const SETTINGS: [Setting<'static>; 3] = [
    ("extensions.operator", "people,operator,1"),
    ("extensions.anna", "default,1002,1"),
    ("calls.silence_prompt_s", "300"),
];

/// The variable in which the stand-in's dialplan stores where a call was sent.
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
    pub(crate) server: World,
    callers: Cell<u128>,
    _folder: TempDir,
}

/// A caller, and the server's call for them.
pub(crate) struct Caller {
    pub(crate) phone: Call,
    pub(crate) id: String,
}

/// Plays with a server in this mode, in virtual time. At the end nothing may have panicked, and no rule of the switch may be broken.
pub(crate) fn stage(mode: &str, inbound: Inbound, more: &[Setting<'_>], play: impl AsyncFnOnce(&Stage)) {
    virtually(async || {
        let stage = Stage::open(mode, inbound, more).await;
        play(&stage).await;
        let Stage { switch, server, .. } = stage;
        server.close().await;
        switch.finish();
    });
}

impl Stage {
    async fn open(mode: &str, inbound: Inbound, more: &[Setting<'_>]) -> Self {
        let told = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
        let folder = tempfile::tempdir().unwrap();
        let switch = phone::start(Settings::default().with_number("operator", told), folder.path());
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let of_switch = [
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
        ];
        let of_switch = of_switch.iter().filter(|_| inbound == Inbound::Configured);
        let settings: Vec<Setting<'_>> = SETTINGS
            .iter()
            .chain(&[("freeswitch.mode", mode)])
            .chain(of_switch)
            .chain(more)
            .copied()
            .collect();
        let server = World::open(folder.path(), &settings).await;
        let stage = Self { switch, server, callers: Cell::new(0), _folder: folder };
        if inbound == Inbound::Configured {
            stage.wait_figure("cordboard_switch_connected{switch=\"pbx1\"}", 1).await;
        }
        stage
    }

    /// The actions of `deploy/freeswitch/esl.xml` and `dual.xml`: control for the server, retried where it is down.
    pub(crate) fn controlled(&self) -> Vec<Action> {
        let before = [Action::set("send_silence_when_idle", "400"), Action::app("ring_ready", "")];
        let to_server = [Action::socket(self.server.addresses.esl), Action::sleep(2000)];
        let tries = std::iter::repeat_n(to_server, 5).flatten();
        before.into_iter().chain(tries).chain([Action::hangup("NORMAL_TEMPORARY_FAILURE")]).collect()
    }

    /// The actions of `deploy/freeswitch/audio.xml`: an audio stream, and nothing else.
    pub(crate) fn streaming(&self) -> Vec<Action> {
        let stream = Action::audio_stream(self.server.addresses.audio_stream, "8k");
        vec![Action::answer(), stream, Action::park()]
    }

    /// The same, with metadata.
    pub(crate) fn streaming_as(&self, metadata: &str) -> Vec<Action> {
        let stream = Action::audio_stream_as(self.server.addresses.audio_stream, "8k", metadata);
        vec![Action::answer(), stream, Action::park()]
    }

    /// A caller whom the server answers.
    pub(crate) async fn answered(&self, actions: Vec<Action>) -> Caller {
        let uuid = Uuid::from_u128(self.callers.replace(self.callers.get() + 1) + 1).to_string();
        let phone = self.switch.call(Script::to("5000").uuid(&uuid).runs(actions));
        let id = self.wait_written("the call", async || self.id_of(&uuid).await).await;
        self.event(&id, "answered").await;
        Caller { phone, id }
    }

    /// A caller with control, a second into the greeting.
    pub(crate) async fn greeted(&self) -> Caller {
        let caller = self.answered(self.controlled()).await;
        self.wait("the first sound", async || caller.heard().first_sound()).await;
        sleep(Duration::from_secs(1)).await;
        caller
    }

    /// A program ends the call.
    pub(crate) async fn end(&self, caller: &Caller) {
        self.ask_of(&caller.id, "hangup", &json!({})).await;
    }

    /// Checks why a call ended, and by whom.
    pub(crate) async fn assert_ended(&self, caller: &Caller, cause: &str, by: &str) {
        assert_eq!(self.ending(&caller.id).await, (cause.to_owned(), by.to_owned()));
    }

    /// Waits until the call is over on the switch, and returns the cause.
    pub(crate) async fn over(&self, caller: &Caller) -> String {
        self.wait("the end of the caller's leg", async || caller.phone.hangup_cause()).await
    }

    /// The lines that the switch has played to their end, or to where a key cut them, as `(line, end)`.
    pub(crate) async fn prompts(&self, id: &str) -> Vec<(String, String)> {
        let said = self.events_of(id, "assistant_said").await;
        let of_prompt = |event: &Value| {
            let line = event["text"].as_str()?.strip_prefix("(prompt: ")?.strip_suffix(')')?.to_owned();
            Some((line, event["end"].as_str()?.to_owned()))
        };
        said.iter().filter_map(of_prompt).collect()
    }

    /// Waits until the switch has played a line to its end.
    pub(crate) async fn wait_played(&self, id: &str, line: &str) {
        let played = (line.to_owned(), "finished".to_owned());
        let has_played = async || self.prompts(id).await.contains(&played).then_some(());
        self.wait_written(&format!("the prompt {line}"), has_played).await;
    }

    /// Waits until a figure of `/metrics` has this value.
    pub(crate) async fn wait_figure(&self, name: &str, wanted: u64) {
        let reached = async || (self.figure(name).await == wanted).then_some(());
        self.wait(&format!("{name} to be {wanted}"), reached).await;
    }

    /// The target to which the switch was asked to send the caller.
    pub(crate) async fn went_to(&self, caller: &Caller) -> String {
        self.wait("the caller's next place", async || caller.phone.variable(WENT_TO)).await
    }

    /// Forgives that a live call was left to its dialplan, which brings it back: the control link sent garbage, and the server closed it.
    pub(crate) fn forgive_gibberish(&self) {
        let violations = self.switch.take_violations();
        assert!(violations.iter().all(|violation| violation.rule == Rule::LeftAlive), "{violations:#?}");
    }
}

impl Book for Stage {
    fn server(&self) -> &World {
        &self.server
    }
}

impl Caller {
    /// Everything that was heard so far, with silence where nothing arrived.
    pub(crate) fn heard(&self) -> Sound {
        self.phone.heard().sound()
    }
}
