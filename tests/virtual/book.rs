//! A server's data about its calls, read from its API by the tests of every kind of leg.

use std::io::Cursor;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::Channel;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::api::{self, Answer};
use crate::news::WriteWatch;
use crate::world::{Entry, World};

/// The virtual time within which everything has to happen that a test waits for.
const LIMIT: Duration = Duration::from_secs(120);
/// The time between two checks of something that happens within [`SOON`], in virtual time. What takes longer is checked less often, because
/// checks cost work.
const LOOK: Duration = Duration::from_millis(20);
const SOON: Duration = Duration::from_secs(1);

/// A server's data about its calls. Everything that is asked for must be there: the test fails where it is not.
pub(crate) trait Book {
    /// The server.
    fn server(&self) -> &World;

    /// The answer at a path.
    async fn ask(&self, path: &str) -> Answer {
        let answer = self.server().get(path, Token::Admin).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// The items of a list.
    async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.ask(path).await.json();
        page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }

    /// Posts a body to the API.
    async fn post(&self, path: &str, body: &Value, token: Token) -> Answer {
        api::ask(self.server().addresses.http, "POST", path, token, Some(body)).await
    }

    /// All calls, newest first.
    async fn calls(&self) -> Vec<Value> {
        self.items("/api/v1/calls?limit=200").await
    }

    /// The call with this name at the switch.
    async fn id_of(&self, name: &str) -> Option<String> {
        let knows = |call: &Value| {
            call["outside_ids"].as_array().is_some_and(|ids| ids.iter().any(|id| id["value"] == name))
        };
        let call = self.calls().await.into_iter().find(knows)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// The call as it is now.
    async fn row(&self, id: &str) -> Value {
        self.ask(&format!("/api/v1/calls/{id}")).await.json()
    }

    /// The call once it is over.
    async fn ended(&self, id: &str) -> Value {
        self.wait_written("the end of the call", async || {
            Some(self.row(id).await).filter(|call| call["state"] == "ended")
        })
        .await
    }

    /// Why a call ended, and by whom.
    async fn ending(&self, id: &str) -> (String, String) {
        let row = self.ended(id).await;
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (word("hangup_cause"), word("hangup_by"))
    }

    /// The journal, with the time of each entry.
    async fn journal(&self, id: &str) -> Vec<Entry> {
        self.server().journal(&json!({ "id": id })).await
    }

    /// The entries of one kind, in order.
    async fn entries_of(&self, id: &str, kind: &str) -> Vec<Entry> {
        let mut journal = self.journal(id).await;
        journal.retain(|entry| entry.is(kind));
        journal
    }

    /// The entries of one kind, in order, without their times.
    async fn events_of(&self, id: &str, kind: &str) -> Vec<Value> {
        self.entries_of(id, kind).await.into_iter().map(|entry| entry.event).collect()
    }

    /// When the entries of one kind were made, counted from the server's start.
    async fn times_of(&self, id: &str, kind: &str) -> Vec<Duration> {
        self.entries_of(id, kind).await.iter().map(|entry| entry.at).collect()
    }

    /// Waits for this many entries of a kind, and returns all of them.
    async fn wait_events(&self, id: &str, kind: &str, count: usize) -> Vec<Value> {
        self.wait_written(&format!("{count} times {kind} in the journal"), async || {
            Some(self.events_of(id, kind).await).filter(|events| events.len() >= count)
        })
        .await
    }

    /// Waits for the first entry of a kind, and returns it.
    async fn event(&self, id: &str, kind: &str) -> Value {
        self.wait_events(id, kind, 1).await.swap_remove(0)
    }

    /// Waits until the assistant has begun to say the line.
    async fn wait_says(&self, id: &str, line: &str) {
        self.wait_written(&format!("the line {line}"), async || {
            let begun = self.events_of(id, "item_started").await;
            begun.iter().any(|event| event["line"] == line).then_some(())
        })
        .await;
    }

    /// Waits until the line was played to its end.
    async fn wait_said(&self, id: &str, line: &str) {
        self.wait_written(&format!("the end of the line {line}"), async || {
            let journal = self.journal(id).await;
            let begun =
                journal.iter().find(|entry| entry.is("item_started") && entry.event["line"] == line)?;
            let is_end =
                |entry: &&Entry| entry.is("played_until") && entry.event["item"] == begun.event["item"];
            let end = journal.iter().find(is_end)?;
            assert_eq!(end.event["end"], "finished", "{line}: {:?}", end.event);
            Some(())
        })
        .await;
    }

    /// The transcript, as lines of speaker and text.
    async fn transcript(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/transcript?limit=200")).await
    }

    /// The activities for the customer on a call.
    async fn activities(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/activities?call_id={id}")).await
    }

    /// One channel of the whole recording, once its file is closed.
    async fn recording(&self, id: &str, channel: Channel) -> Sound {
        let mut writes = WriteWatch::default();
        self.wait("the end of the recording", async || {
            if !self.server().has_written(&mut writes).await {
                return None;
            }
            self.row(id).await["recording_ms"].as_u64()
        })
        .await;
        let channel = match channel {
            Channel::Caller => 0,
            Channel::CallersEar => 1,
        };
        self.sound(&format!("/api/v1/calls/{id}/recording"), channel).await
    }

    /// The caller's side of a part of the recording.
    async fn caller_part(&self, id: &str, from_ms: u64, to_ms: u64) -> Sound {
        let path = format!("/api/v1/calls/{id}/recording?from_ms={from_ms}&to_ms={to_ms}&channel=caller");
        self.sound(&path, 0).await
    }

    /// One channel of the sound at a path.
    async fn sound(&self, path: &str, channel: usize) -> Sound {
        let wav = self.ask(path).await.bytes().to_vec();
        Sound::from_wav(Cursor::new(wav), channel).unwrap()
    }

    /// Makes a call; returns its id.
    async fn place(&self, call: &Value) -> String {
        let answer = self.post("/api/v1/calls", call, Token::Admin).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Sends a request about a call, which is expected to succeed.
    async fn ask_of(&self, id: &str, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{id}/{what}");
        let answer = self.post(&path, body, Token::Admin).await;
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// Sends a request that is expected to be refused, and returns the reason's code.
    async fn refusal_of(&self, id: &str, what: &str, body: &Value) -> String {
        let path = format!("/api/v1/calls/{id}/{what}");
        let answer = self.post(&path, body, Token::Admin).await;
        assert_eq!(answer.status, 409, "{path}: {}", answer.text());
        answer.json()["code"].as_str().unwrap().to_owned()
    }

    /// A figure of `/metrics`; one that is missing counts as 0.
    async fn figure(&self, name: &str) -> u64 {
        let text = self.server().get("/metrics", Token::None).await.text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        value.unwrap_or_default() as u64
    }

    /// Waits for something that the server writes about its calls.
    async fn wait_written<T>(&self, awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut news = self.server().news();
        self.wait(awaited, async || if self.server().has(&mut news).await { look().await } else { None })
            .await
    }

    /// Waits for something that a test sees.
    async fn wait<T>(&self, awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(value) = look().await {
                return value;
            }
            assert!(
                began.elapsed() < LIMIT,
                "never came: {awaited}; the server's log:\n{}",
                self.server().log()
            );
            sleep(if began.elapsed() < SOON { LOOK } else { 5 * LOOK }).await;
        }
    }
}

impl Book for World {
    fn server(&self) -> &World {
        self
    }
}

/// A JSON number, such as a number of ms.
#[track_caller]
pub(crate) fn ms(value: &Value) -> Duration {
    Duration::from_millis(value.as_u64().unwrap_or_else(|| panic!("no number: {value}")))
}
