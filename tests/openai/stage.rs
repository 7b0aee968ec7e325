//! A server whose assistant is the stand-in's model, and its callers.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, Span, babble, silence};
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::openai::{Connection, OpenAiStandIn, Script};
use cordboard_test_support::server::{Server, Token};
use cordboard_test_support::waiting::{wait_until, wait_until_easing, wait_until_every};
use serde_json::Value;
use uuid::Uuid;

use crate::ears::{self, has_tone, tone_span};

/// Everything that a test waits for has to happen within this time.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// The rate of callers, in Hz, as from an Asterisk with G.711.
pub(crate) const RATE: u32 = 8000;
/// The key that the server must send to the provider, and to nobody else.
pub(crate) const KEY: &str = "sk-of-the-tests-0123456789";
/// The model that it must request.
pub(crate) const MODEL: &str = "gpt-realtime-2.1";
/// The time between two polls of something that is expensive to poll.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A caller's words in one turn.
pub(crate) fn words() -> Sound {
    babble(7, ms(900), RATE)
}

/// The settings of a server for a provider at `base_url`.
pub(crate) fn settings(base_url: &str) -> [(&str, &str); 8] {
    [
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", base_url),
        ("OPENAI_REALTIME_MODEL", MODEL),
        ("extensions.operator", "people,operator,1"),
        ("calls.fallback_extension", "operator"),
        ("calls.silence_prompt_s", "300"),
        ("log.level", "debug"),
    ]
}

/// A server, its provider, and how callers reach it.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) provider: OpenAiStandIn,
}

impl Stage {
    /// With more settings.
    pub(crate) fn open_with(script: Script, more: &[(&str, &str)]) -> Self {
        let provider = OpenAiStandIn::start(script).unwrap();
        let base_url = provider.base_url();
        let settings: Vec<(&str, &str)> = settings(&base_url).iter().chain(more).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self { server, provider }
    }

    /// A caller who was answered.
    pub(crate) fn call(&self) -> Talk<'_> {
        let uuid = Uuid::new_v4();
        let caller = Caller::connect(self.server.addresses().audiosocket, uuid, RATE).unwrap();
        Talk { stage: self, uuid, caller }
    }

    /// The API's answer to an administrator at a path that must exist.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.server.get(path, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The current state of a connection.
    pub(crate) fn connection(&self, number: usize) -> Connection {
        self.provider.connection(number).unwrap_or_else(|| panic!("there is no connection {number}"))
    }

    /// The end of a test: no rule of the provider was broken, nothing panicked, and the key was sent to nobody else.
    pub(crate) fn close(self) {
        let log = self.server.log();
        assert!(!log.contains(KEY), "the log shows the key");
        assert!(!log.contains("panicked"), "something panicked");
        self.provider.finish();
    }
}

/// One call.
pub(crate) struct Talk<'a> {
    stage: &'a Stage,
    pub(crate) uuid: Uuid,
    pub(crate) caller: Caller,
}

impl Talk<'_> {
    /// Everything that was heard.
    pub(crate) fn heard(&self) -> Sound {
        self.caller.heard()
    }

    /// Waits until a tone is heard.
    #[track_caller]
    pub(crate) fn wait_tone(&self, hz: f64) {
        self.wait(&format!("the tone of {hz} Hz"), || has_tone(&self.heard(), hz).then_some(()));
    }

    /// Waits until a tone was heard and is over, and returns where it is in what was heard.
    #[track_caller]
    pub(crate) fn wait_tone_end(&self, hz: f64) -> Span {
        self.wait(&format!("the end of the tone of {hz} Hz"), || {
            let heard = self.heard();
            let is_over = |span: &Span| span.end + ms(200) < heard.length();
            tone_span(&heard, hz).filter(|span| span.length() > ms(40)).filter(is_over)
        })
    }

    /// Waits until a shipped prompt was played, and asserts that it was heard.
    #[track_caller]
    pub(crate) fn wait_prompt(&self, name: &str) {
        self.wait(&format!("the end of the prompt {name}"), || {
            let events = self.events();
            let item = &events.iter().find(|event| event["line"] == name)?["item"];
            let is_end = |event: &&Value| event["kind"] == "played_until" && event["item"] == *item;
            events.iter().find(is_end).map(drop)
        });
        // The last frames may still be on their way.
        let heard = wait_until_every(ms(200), &format!("the sound of {name}"), LIMIT, || {
            ears::has_prompt(&self.heard(), name).then_some(())
        });
        heard.unwrap();
    }

    /// Says a turn's words, and waits until they are said.
    #[track_caller]
    pub(crate) fn say_words(&self) {
        self.caller.say(&words());
        self.caller.wait_said(LIMIT).unwrap();
    }

    /// Says a turn's words and waits for the answer, which has this sound.
    #[track_caller]
    pub(crate) fn ask(&self, answer_hz: f64) {
        self.say_words();
        self.caller.say(&silence(ms(300), RATE));
        self.wait_tone(answer_hz);
    }

    /// The call's row, once it exists.
    #[track_caller]
    pub(crate) fn row(&self) -> Value {
        let name = self.uuid.to_string();
        let is_ours = |call: &&Value| {
            let ids = call["outside_ids"].as_array().unwrap();
            ids.iter().any(|outside_id| outside_id["value"] == name)
        };
        self.wait("the call's row", || {
            let page = self.stage.json("/api/v1/calls?limit=200");
            page["items"].as_array().unwrap().iter().find(is_ours).cloned()
        })
    }

    /// The row once the call is over.
    #[track_caller]
    pub(crate) fn ended(&self) -> Value {
        self.wait("the end of the call", || Some(self.row()).filter(|row| row["state"] == "ended"))
    }

    /// Hangs up, and waits until the call is over.
    #[track_caller]
    pub(crate) fn hang_up(&self) -> Value {
        self.caller.hang_up();
        self.ended()
    }

    /// The journal.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        self.items("events")
    }

    /// The entries of one kind.
    #[track_caller]
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["kind"] == kind).collect()
    }

    /// The first entry of a kind, once it exists.
    #[track_caller]
    pub(crate) fn event(&self, kind: &str) -> Value {
        self.wait(&format!("a {kind} in the journal"), || self.events_of(kind).into_iter().next())
    }

    fn items(&self, of: &str) -> Vec<Value> {
        let id = self.row()["id"].as_str().unwrap().to_owned();
        let page = self.stage.json(&format!("/api/v1/calls/{id}/{of}?limit=200"));
        page["items"].as_array().unwrap().clone()
    }

    #[track_caller]
    pub(crate) fn wait<T>(&self, awaited: &str, look: impl FnMut() -> Option<T>) -> T {
        match wait_until_easing(LOOK, awaited, LIMIT, look) {
            Ok(seen) => seen,
            Err(late) => {
                let kinds: Vec<String> = self.journal_kinds();
                panic!("{late}; the journal: {kinds:?}; the leg: {:?}", self.caller.ended());
            }
        }
    }

    /// For a failed wait: the kinds in the journal, if it can be read.
    fn journal_kinds(&self) -> Vec<String> {
        let name = self.uuid.to_string();
        let known = wait_until("a row", ms(500), || {
            let page = self.stage.json("/api/v1/calls?limit=200");
            let calls = page["items"].as_array().unwrap().clone();
            calls.into_iter().find(|call| call["outside_ids"].to_string().contains(&name))
        });
        let Ok(row) = known else { return vec!["no row".to_owned()] };
        let id = row["id"].as_str().unwrap();
        let page = self.stage.json(&format!("/api/v1/calls/{id}/events?limit=200"));
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect()
    }
}
