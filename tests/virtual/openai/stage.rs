//! A server whose assistant is the stand-in's model, and its callers.

use std::ops::Deref;
use std::time::{Duration, Instant};

use cordboard_actors::world;
use cordboard_test_support::audio::{Sound, Span, babble, silence};
use cordboard_test_support::audiosocket::{LegEnd, TaskCaller};
use cordboard_test_support::openai::{Connection, Entry, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;
use uuid::Uuid;

use super::ears::{self, Tone, place_of};
use crate::world::{Setting, World};

/// The time within which everything has to happen that a test waits for.
const LIMIT: Duration = Duration::from_secs(60);
/// The longest silence for a caller, whatever happens to the provider.
pub(crate) const DEAD_AIR_MAX: Duration = Duration::from_millis(1500);
/// The callers' sample rate, in Hz, as with an Asterisk with G.711.
pub(crate) const RATE: u32 = 8000;
/// The key that only the provider may get from the server.
pub(crate) const KEY: &str = "sk-of-the-tests-0123456789";
/// The model that it has to ask for.
pub(crate) const MODEL: &str = "gpt-realtime-2.1";
/// The time between two checks.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A caller's words in one turn.
pub(crate) fn words() -> Sound {
    babble(7, ms(900), RATE)
}

/// The provider, whose own waiting would block the clock.
pub(crate) struct Provider(OpenAiStandIn);

impl Deref for Provider {
    type Target = OpenAiStandIn;

    fn deref(&self) -> &OpenAiStandIn {
        &self.0
    }
}

impl Provider {
    /// Waits until `look` returns a value for the connection with this number.
    pub(crate) async fn wait<T>(
        &self,
        number: usize,
        awaited: &str,
        mut look: impl FnMut(&Connection) -> Option<T>,
    ) -> T {
        until(awaited, async || self.0.look_at(number, &mut look).flatten()).await
    }

    /// Waits until the client has sent `count` events of this type, and returns the last of them.
    pub(crate) async fn wait_client(&self, number: usize, kind: &str, count: usize) -> Entry {
        let nth = |connection: &Connection| connection.from_client(kind).nth(count - 1).cloned();
        self.wait(number, kind, nth).await
    }

    /// The same for events that the stand-in itself has sent.
    pub(crate) async fn wait_server(&self, number: usize, kind: &str, count: usize) -> Entry {
        let nth = |connection: &Connection| connection.from_server(kind).nth(count - 1).cloned();
        self.wait(number, kind, nth).await
    }
}

/// Polls until there is a value.
async fn until<T>(awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = tokio::time::Instant::now();
    loop {
        if let Some(value) = look().await {
            return value;
        }
        assert!(began.elapsed() < LIMIT, "{awaited} did not happen within {LIMIT:?}");
        sleep(LOOK).await;
    }
}

/// A server, its provider, and its callers' way to it.
pub(crate) struct Stage {
    pub(crate) server: World,
    pub(crate) provider: Provider,
    _folder: TempDir,
}

impl Stage {
    /// A server whose provider follows the script.
    pub(crate) async fn open(script: Script) -> Self {
        Self::open_with(script, &[]).await
    }

    /// With more settings.
    pub(crate) async fn open_with(script: Script, more: &[Setting<'_>]) -> Self {
        let calendar = || Duration::from_millis(world::now().timestamp_millis().unsigned_abs());
        let provider = OpenAiStandIn::start_here(script, calendar).unwrap();
        let base_url = provider.base_url();
        let own = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", KEY),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_REALTIME_MODEL", MODEL),
            ("extensions.operator", "people,operator,1"),
            ("calls.fallback_extension", "operator"),
            ("calls.silence_prompt_s", "300"),
        ];
        let settings: Vec<Setting<'_>> = own.iter().chain(more).copied().collect();
        let folder = tempfile::tempdir().unwrap();
        let server = World::open(folder.path(), &settings).await;
        Self { server, provider: Provider(provider), _folder: folder }
    }

    /// Ends a test: no rule of the provider was broken, nothing panicked, and no other party got the key.
    pub(crate) async fn close(self) {
        let Self { server, provider, .. } = self;
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.0.finish();
    }

    /// A caller who is answered.
    pub(crate) async fn call(&self) -> Talk<'_> {
        self.call_at(RATE).await
    }

    /// The same at another rate, in Hz.
    pub(crate) async fn call_at(&self, rate: u32) -> Talk<'_> {
        Talk::at(&self.server, rate).await
    }

    /// A caller who is answered, and whose number the dialplan has announced.
    pub(crate) async fn call_by(&self, from: &str) -> Talk<'_> {
        let uuid = Uuid::new_v4();
        let path = format!("/api/v1/calls/expect?uuid={uuid}&from={}&to=100", from.replace('+', "%2B"));
        assert_eq!(self.server.get(&path, Token::Dialplan).await.status, 200);
        let caller = TaskCaller::connect(self.server.addresses.audiosocket, uuid, RATE).await.unwrap();
        Talk { server: &self.server, uuid, caller }
    }

    /// The API's answer to an administrator at a path that must exist.
    pub(crate) async fn json(&self, path: &str) -> Value {
        self.server.json(path).await
    }

    /// A connection in its current state.
    pub(crate) fn connection(&self, number: usize) -> Connection {
        self.provider.connection(number).unwrap_or_else(|| panic!("there is no connection {number}"))
    }
}

/// One call.
pub(crate) struct Talk<'a> {
    server: &'a World,
    pub(crate) uuid: Uuid,
    pub(crate) caller: TaskCaller,
}

impl<'a> Talk<'a> {
    /// A caller of a server, at a rate in Hz, who is answered.
    pub(crate) async fn at(server: &'a World, rate: u32) -> Self {
        let uuid = Uuid::new_v4();
        let caller = TaskCaller::connect(server.addresses.audiosocket, uuid, rate).await.unwrap();
        Talk { server, uuid, caller }
    }

    /// Everything that was heard.
    pub(crate) fn heard(&self) -> Sound {
        self.caller.heard()
    }

    /// Waits until a tone is heard.
    pub(crate) async fn wait_tone(&self, hz: f64) {
        let is_there = |tone: &Tone| tone.is_there().then_some(());
        self.wait_heard(&format!("the tone of {hz} Hz"), hz, is_there).await;
    }

    /// Waits until this much of a tone was heard.
    pub(crate) async fn wait_tone_for(&self, hz: f64, length: Duration) {
        let is_so_long = |tone: &Tone| tone.span().filter(|span| span.length() >= length).map(drop);
        self.wait_heard(&format!("{length:?} of {hz} Hz"), hz, is_so_long).await;
    }

    /// Waits until a tone was heard and is over, and returns its position in what was heard.
    pub(crate) async fn wait_tone_end(&self, hz: f64) -> Span {
        let is_over = |tone: &Tone| {
            let span = tone.span().filter(|span| span.length() > ms(40))?;
            (span.end + ms(200) < tone.looked_at()).then_some(span)
        };
        self.wait_heard(&format!("the end of the tone of {hz} Hz"), hz, is_over).await
    }

    /// Waits until a tone in what was heard satisfies `is_so`.
    async fn wait_heard<T>(&self, awaited: &str, hz: f64, is_so: impl Fn(&Tone) -> Option<T>) -> T {
        let (mut tone, mut frames) = (Tone::of(hz), 0);
        self.wait(awaited, async || {
            let (more, count) = self.caller.look(|report| (report.heard_behind(frames), report.frames.len()));
            frames = count;
            tone.takes(&more);
            is_so(&tone)
        })
        .await
    }

    /// Waits until a shipped prompt was played, and asserts that it was heard.
    pub(crate) async fn wait_prompt(&self, name: &str) {
        self.wait_written(&format!("the end of the prompt {name}"), async || {
            let events = self.events().await;
            let item = &events.iter().find(|event| event["line"] == name)?["item"];
            let is_end = |event: &&Value| event["kind"] == "played_until" && event["item"] == *item;
            events.iter().find(is_end).map(drop)
        })
        .await;
        assert!(ears::has_prompt(&self.heard(), name), "the sound of {name}");
    }

    /// Waits until a shipped recording was said that is not a line of a call, and asserts that it was heard.
    pub(crate) async fn wait_reply(&self, name: &str) {
        let words = cordboard_test_support::ear::words(name);
        self.wait_written(&format!("the words of {name}"), async || {
            self.events_of("assistant_said").await.iter().any(|said| said["text"] == *words).then_some(())
        })
        .await;
        assert!(ears::has_prompt(&self.heard(), name), "the sound of {name}");
    }

    /// Says a turn's words, and waits until they are said.
    pub(crate) async fn say_words(&self) {
        self.caller.say(&words());
        self.said().await;
    }

    /// Waits until everything is said.
    pub(crate) async fn said(&self) {
        self.wait("the end of the caller's speech", async || self.caller.has_said().then_some(())).await;
    }

    /// Says a turn's words and waits for an answer with this tone.
    pub(crate) async fn ask(&self, answer_hz: f64) {
        self.say_words().await;
        self.caller.say(&silence(ms(300), RATE));
        self.wait_tone(answer_hz).await;
    }

    /// The position of a moment in the heard sound.
    pub(crate) fn place_of(&self, moment: Instant) -> Duration {
        let arrivals: Vec<Duration> =
            self.caller.look(|report| report.frames.iter().map(|frame| frame.at).collect());
        place_of(&arrivals, self.caller.connected_at(), moment)
    }

    /// Asserts that something was heard soon after a moment, and continuously up to the newest sound.
    #[track_caller]
    pub(crate) fn assert_no_dead_air(&self, from: Instant, until: Duration) {
        let (heard, from) = (self.heard(), self.place_of(from));
        let longest = ears::longest_silence(&heard, from, until);
        println!("the longest silence was {} ms", longest.as_millis());
        assert!(longest <= DEAD_AIR_MAX, "{longest:?} of silence after {from:?}");
    }

    /// The call's row, once it is known.
    pub(crate) async fn row(&self) -> Value {
        self.server.call_of(self.uuid).await
    }

    /// The row once the call is over.
    pub(crate) async fn ended(&self) -> Value {
        self.wait_written("the end of the call", async || {
            Some(self.row().await).filter(|row| row["state"] == "ended")
        })
        .await
    }

    /// Hangs up, and waits until the call is over.
    pub(crate) async fn hang_up(&self) -> Value {
        self.caller.hang_up();
        self.ended().await
    }

    /// The journal.
    pub(crate) async fn events(&self) -> Vec<Value> {
        self.items("events").await
    }

    /// The entries of one kind.
    pub(crate) async fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events().await.into_iter().filter(|event| event["kind"] == kind).collect()
    }

    /// The first entry of a kind, once it is there.
    pub(crate) async fn event(&self, kind: &str) -> Value {
        let first = async || self.events_of(kind).await.into_iter().next();
        self.wait_written(&format!("a {kind} in the journal"), first).await
    }

    /// The lines of the transcript, as `caller: …` and `assistant: …`.
    pub(crate) async fn transcript(&self) -> Vec<String> {
        let line =
            |item: Value| format!("{}: {}", item["role"].as_str().unwrap(), item["text"].as_str().unwrap());
        self.items("transcript").await.into_iter().map(line).collect()
    }

    /// The dialplan's answer about the caller.
    pub(crate) async fn next(&self) -> String {
        self.server.get(&format!("/api/v1/calls/{}/next", self.uuid), Token::Dialplan).await.text()
    }

    /// How the leg ended, once it has, and when, counted from its connection.
    pub(crate) async fn wait_leg_ended(&self) -> (LegEnd, Duration) {
        self.caller.until_ended().await
    }

    async fn items(&self, of: &str) -> Vec<Value> {
        let id = self.row().await["id"].as_str().unwrap().to_owned();
        let page = self.server.json(&format!("/api/v1/calls/{id}/{of}?limit=200")).await;
        page["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn wait<T>(&self, awaited: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        until(awaited, look).await
    }

    /// Waits for something that the server writes about its calls.
    pub(crate) async fn wait_written<T>(&self, awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut news = self.server.news();
        self.wait(awaited, async || if self.server.has(&mut news).await { look().await } else { None }).await
    }
}
