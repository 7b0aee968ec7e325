//! A server's data about its calls, from its API.

use std::io::Cursor;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::{Channel, text};
use cordboard_test_support::server::{Answer, Token};
use cordboard_test_support::twilio_rest::{Came, Rest};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::world::{Entry, World};

/// The time between two checks. The moment itself is in the journal, or at the stand-in.
const LOOK: Duration = Duration::from_millis(20);

/// The time by which everything has happened.
const LIMIT: Duration = Duration::from_secs(600);

/// Polls until there is a value.
pub(crate) async fn until<T>(awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = look().await {
            return value;
        }
        assert!(began.elapsed() < LIMIT, "{awaited} did not happen within {LIMIT:?}");
        sleep(LOOK).await;
    }
}

/// Polls until it is so.
pub(crate) async fn wait_for(awaited: &str, mut is_so: impl FnMut() -> bool) {
    until(awaited, async || is_so().then_some(())).await;
}

/// How much later one entry of a journal was made than another.
pub(crate) fn between(earlier: &Value, later: &Value) -> Duration {
    let at = |entry: &Value| -> DateTime<Utc> { entry["at"].as_str().unwrap().parse().unwrap() };
    (at(later) - at(earlier)).to_std().unwrap()
}

/// Requests to Twilio.
pub(crate) trait RestRequests {
    /// Waits for a request that is carried out.
    async fn comes(&self, method: &str, path: &str) -> Came;
}

impl RestRequests for Rest {
    async fn comes(&self, method: &str, path: &str) -> Came {
        until(&format!("{method} {path} at Twilio"), async || {
            self.came(method, path).into_iter().find(|came| came.sid.is_some())
        })
        .await
    }
}

/// A server's data about its calls. Everything that is asked for must be there: the test fails where it is not.
pub(crate) trait Book {
    /// The server.
    fn world(&self) -> &World;

    /// A client for its requests.
    fn server(&self) -> Client {
        Client { http: self.world().addresses.http }
    }

    /// The id of the newest call of this caller.
    async fn call_from(&self, from: &str) -> String {
        self.wait_written(&format!("a call from {from}"), async || {
            self.calls().await.iter().find(|call| call["from"] == from).map(|call| text(&call["id"]))
        })
        .await
    }

    /// All calls, newest first.
    async fn calls(&self) -> Vec<Value> {
        self.items("/api/v1/calls?limit=200").await
    }

    /// The row of a call as it is now.
    async fn row(&self, id: &str) -> Value {
        self.ask(&format!("/api/v1/calls/{id}")).await.json()
    }

    /// The row of a call once it is over.
    async fn ended(&self, id: &str) -> Value {
        self.wait_written("the end of the call", async || {
            Some(self.row(id).await).filter(|call| call["state"] == "ended")
        })
        .await
    }

    /// The journal.
    async fn events(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/events?limit=200")).await
    }

    /// The journal of a call, with the times of its entries.
    async fn journal(&self, id: &str) -> Vec<Entry> {
        self.world().journal(&serde_json::json!({ "id": id })).await
    }

    /// The entries of one kind, in order.
    async fn events_of(&self, id: &str, kind: &str) -> Vec<Value> {
        let mut events = self.events(id).await;
        events.retain(|event| event["kind"] == kind);
        events
    }

    /// Waits for the first entry of a kind, and returns it.
    async fn event(&self, id: &str, kind: &str) -> Value {
        self.wait_written(&format!("a {kind} in the journal"), async || {
            self.events_of(id, kind).await.into_iter().next()
        })
        .await
    }

    /// Waits until the assistant has begun to say the line.
    async fn wait_says(&self, id: &str, line: &str) {
        self.wait_written(&format!("the line {line}"), async || {
            self.events_of(id, "item_started").await.iter().any(|event| event["line"] == line).then_some(())
        })
        .await;
    }

    /// Waits until the line was played to its end.
    async fn wait_said(&self, id: &str, line: &str) {
        self.wait_written(&format!("the end of the line {line}"), async || {
            let events = self.events(id).await;
            let item = &events.iter().find(|event| event["line"] == line)?["item"];
            let is_end = |event: &&Value| event["kind"] == "played_until" && event["item"] == *item;
            let end = events.iter().find(is_end)?;
            assert_eq!(end["end"], "finished", "{line}: {end}");
            Some(())
        })
        .await;
    }

    /// The transcript, as lines of `(who, text)`.
    async fn transcript(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/transcript?limit=200")).await
    }

    /// The activities for the customer on a call.
    async fn activities(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/activities?call_id={id}")).await
    }

    /// One channel of the whole recording.
    async fn recording(&self, id: &str, channel: Channel) -> Sound {
        let wav = self.ask(&format!("/api/v1/calls/{id}/recording")).await.body;
        let channel = match channel {
            Channel::Caller => 0,
            Channel::CallersEar => 1,
        };
        Sound::from_wav(Cursor::new(wav), channel).unwrap()
    }

    /// The same, once its file is closed.
    async fn finished_recording(&self, id: &str, channel: Channel) -> Sound {
        self.wait_written("the end of the recording", async || self.row(id).await["recording_ms"].as_u64())
            .await;
        self.recording(id, channel).await
    }

    /// Waits for something that the server knows.
    async fn wait<T>(&self, awaited: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        until(awaited, look).await
    }

    /// Waits for something that the server writes about its calls.
    async fn wait_written<T>(&self, awaited: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut news = self.world().news();
        self.wait(awaited, async || if self.world().has(&mut news).await { look().await } else { None }).await
    }

    /// The items of a list.
    async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.ask(path).await.json();
        page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }

    /// The answer at a path.
    async fn ask(&self, path: &str) -> Answer {
        let answer = self.server().get(path, Token::Admin).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }
}
