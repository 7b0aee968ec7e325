//! A server's data about its calls, read from its API by tests of every kind of leg.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails where something that it needs is missing"
)]

use std::io::Cursor;
use std::time::Duration;

use serde_json::Value;

use crate::audio::Sound;
use crate::server::{Answer, Server, Token};
use crate::waiting::wait_until_easing;

/// The time by which everything has happened, on a machine with two busy cores.
pub const LIMIT: Duration = Duration::from_secs(40);

/// How often the API is polled. Each request costs the server some ms, and other tests run.
const LOOK: Duration = Duration::from_millis(50);

/// Channels of a recording.
#[derive(Clone, Copy, Debug)]
pub enum Channel {
    /// The caller's voice.
    Caller,
    /// The sound that was played to the caller.
    CallersEar,
}

/// Returns the id of a call that was requested and has begun.
#[track_caller]
pub fn begun(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let row = answer.json();
    // If the callee is not reachable, the switch may report that before our answer is written.
    let has_failed = row["state"] == "ended" && row["failure"].is_string();
    assert!(row["direction"] == "outbound" && (row["state"] == "dialling" || has_failed), "{row}");
    row["id"].as_str().unwrap().to_owned()
}

/// A server's data about its calls. Everything that is asked for must be there: the test fails where it is not.
pub trait Book {
    /// Returns the server.
    fn server(&self) -> &Server;

    /// Returns the id of the newest call of this caller.
    #[track_caller]
    fn call_from(&self, from: &str) -> String {
        self.wait(&format!("a call from {from}"), || {
            self.calls_from(from).first().map(|call| text(&call["id"]))
        })
    }

    /// Returns all calls, newest first.
    #[track_caller]
    fn calls(&self) -> Vec<Value> {
        self.items("/api/v1/calls?limit=200")
    }

    /// Returns all calls of this caller, newest first.
    #[track_caller]
    fn calls_from(&self, from: &str) -> Vec<Value> {
        let mut calls = self.calls();
        calls.retain(|call| call["from"] == from);
        calls
    }

    /// Returns the call as it is now.
    #[track_caller]
    fn call(&self, id: &str) -> Value {
        self.ask(&format!("/api/v1/calls/{id}")).json()
    }

    /// Returns the call once it is over.
    #[track_caller]
    fn ended(&self, id: &str) -> Value {
        self.wait("the end of the call", || Some(self.call(id)).filter(|call| call["state"] == "ended"))
    }

    /// Returns the journal.
    #[track_caller]
    fn events(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/events?limit=200"))
    }

    /// Returns the entries of one kind, in order.
    #[track_caller]
    fn events_of(&self, id: &str, kind: &str) -> Vec<Value> {
        let mut events = self.events(id);
        events.retain(|event| event["kind"] == kind);
        events
    }

    /// Waits for the first entry of a kind and returns it.
    #[track_caller]
    fn event(&self, id: &str, kind: &str) -> Value {
        self.wait(&format!("a {kind} in the journal"), || self.events_of(id, kind).into_iter().next())
    }

    /// Waits until the assistant has begun to say the line.
    #[track_caller]
    fn wait_says(&self, id: &str, line: &str) {
        self.wait(&format!("the line {line}"), || {
            self.events_of(id, "item_started").iter().any(|event| event["line"] == line).then_some(())
        });
    }

    /// Waits until the line was played to its end.
    #[track_caller]
    fn wait_said(&self, id: &str, line: &str) {
        self.wait(&format!("the end of the line {line}"), || {
            let events = self.events(id);
            let item = &events.iter().find(|event| event["line"] == line)?["item"];
            let is_end = |event: &&Value| event["kind"] == "played_until" && event["item"] == *item;
            let end = events.iter().find(is_end)?;
            assert_eq!(end["end"], "finished", "{line}: {end}");
            Some(())
        });
    }

    /// Returns the transcript, as lines of `(who, text)`.
    #[track_caller]
    fn transcript(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/transcript?limit=200"))
    }

    /// Returns the activities for the customer on a call.
    #[track_caller]
    fn activities(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/activities?call_id={id}"))
    }

    /// Returns one channel of the whole recording.
    #[track_caller]
    fn recording(&self, id: &str, channel: Channel) -> Sound {
        let wav = self.ask(&format!("/api/v1/calls/{id}/recording")).body;
        let channel = match channel {
            Channel::Caller => 0,
            Channel::CallersEar => 1,
        };
        Sound::from_wav(Cursor::new(wav), channel).unwrap()
    }

    /// Like [`Cordboard::recording`], once its file is closed.
    #[track_caller]
    fn finished_recording(&self, id: &str, channel: Channel) -> Sound {
        self.wait("the end of the recording", || self.call(id)["recording_ms"].as_u64());
        self.recording(id, channel)
    }

    /// Returns the caller's side of a part of the recording.
    #[track_caller]
    fn caller_part(&self, id: &str, from_ms: u64, to_ms: u64) -> Sound {
        let path = format!("/api/v1/calls/{id}/recording?from_ms={from_ms}&to_ms={to_ms}&channel=caller");
        Sound::from_wav(Cursor::new(self.ask(&path).body), 0).unwrap()
    }

    /// Makes a call and returns its id as soon as it has begun.
    #[track_caller]
    fn place(&self, call: &Value) -> String {
        begun(&self.server().post("/api/v1/calls", call, Token::Admin).unwrap())
    }

    /// Waits for a condition about this server.
    #[track_caller]
    fn wait<T>(&self, awaited: &str, condition: impl FnMut() -> Option<T>) -> T {
        wait_until_easing(LOOK, awaited, LIMIT, condition).unwrap()
    }

    /// Returns the items of a list.
    #[track_caller]
    fn items(&self, path: &str) -> Vec<Value> {
        let page = self.ask(path).json();
        page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }

    /// Returns the answer at a path.
    #[track_caller]
    fn ask(&self, path: &str) -> Answer {
        let answer = self.server().get(path, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }
}

/// Waits until the server knows that the caller of an AudioSocket call has left. A busy Asterisk may close the socket before it has read all of
/// our sound. Its kernel then resets the connection, and a reset may mean anything: the call is kept for the time to meet, and lost.
#[track_caller]
pub fn assert_left(row: &Value) {
    let end = (row["hangup_by"].as_str().unwrap(), row["hangup_cause"].as_str().unwrap());
    assert!(matches!(end, ("caller", "normal_clearing") | ("server", "connection_lost")), "{row}");
}

/// Returns a JSON string.
#[must_use]
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Returns a JSON number, such as a number of ms.
#[must_use]
#[track_caller]
pub fn ms(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}
