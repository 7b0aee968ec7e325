//! A server's data about its calls, from its API, as tests of every kind of leg read it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where what it asks for is not there")]

use std::io::Cursor;
use std::time::Duration;

use serde_json::Value;

use crate::audio::Sound;
use crate::server::{Answer, Server, Token};
use crate::waiting::wait_until_easing;

/// Time by which everything has happened, on a machine with two busy cores.
pub const LIMIT: Duration = Duration::from_secs(40);

/// How often the API is asked for something that is about to come. Each look costs the server some ms, and others run.
const LOOK: Duration = Duration::from_millis(50);

/// Channels of a recording.
#[derive(Clone, Copy, Debug)]
pub enum Channel {
    /// The caller's voice.
    Caller,
    /// Sound that they were played.
    CallersEar,
}

/// The id of a call that was asked for and has begun.
#[track_caller]
pub fn begun(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let row = answer.json();
    // Of who is not there the switch may know it before the answer is written.
    let has_failed = row["state"] == "ended" && row["failure"].is_string();
    assert!(row["direction"] == "outbound" && (row["state"] == "dialling" || has_failed), "{row}");
    row["id"].as_str().unwrap().to_owned()
}

/// A server's data about its calls. Everything that is asked for must be there: a test stops where it is not.
pub trait Book {
    /// The server that is asked.
    fn server(&self) -> &Server;

    /// The id of the newest call of this caller.
    #[track_caller]
    fn call_from(&self, from: &str) -> String {
        self.wait(&format!("a call from {from}"), || {
            self.calls_from(from).first().map(|call| text(&call["id"]))
        })
    }

    /// All calls, newest first.
    #[track_caller]
    fn calls(&self) -> Vec<Value> {
        self.items("/api/v1/calls?limit=200")
    }

    /// All calls of this caller, newest first.
    #[track_caller]
    fn calls_from(&self, from: &str) -> Vec<Value> {
        let mut calls = self.calls();
        calls.retain(|call| call["from"] == from);
        calls
    }

    /// The call as it is now.
    #[track_caller]
    fn call(&self, id: &str) -> Value {
        self.ask(&format!("/api/v1/calls/{id}")).json()
    }

    /// The call once it is over.
    #[track_caller]
    fn ended(&self, id: &str) -> Value {
        self.wait("the end of the call", || Some(self.call(id)).filter(|call| call["state"] == "ended"))
    }

    /// The journal.
    #[track_caller]
    fn events(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/events?limit=200"))
    }

    /// The entries of one kind, in order.
    #[track_caller]
    fn events_of(&self, id: &str, kind: &str) -> Vec<Value> {
        let mut events = self.events(id);
        events.retain(|event| event["kind"] == kind);
        events
    }

    /// The first entry of a kind, once it is there.
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

    /// The transcript, as lines of `(who, text)`.
    #[track_caller]
    fn transcript(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/calls/{id}/transcript?limit=200"))
    }

    /// Activities for the customer on a call.
    #[track_caller]
    fn activities(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/api/v1/activities?call_id={id}"))
    }

    /// One channel of the whole recording.
    #[track_caller]
    fn recording(&self, id: &str, channel: Channel) -> Sound {
        let wav = self.ask(&format!("/api/v1/calls/{id}/recording")).body;
        let channel = match channel {
            Channel::Caller => 0,
            Channel::CallersEar => 1,
        };
        Sound::from_wav(Cursor::new(wav), channel).unwrap()
    }

    /// As [`Cordboard::recording`], once its file is closed.
    #[track_caller]
    fn finished_recording(&self, id: &str, channel: Channel) -> Sound {
        self.wait("the end of the recording", || self.call(id)["recording_ms"].as_u64());
        self.recording(id, channel)
    }

    /// The caller's side of a part of the recording.
    #[track_caller]
    fn caller_part(&self, id: &str, from_ms: u64, to_ms: u64) -> Sound {
        let path = format!("/api/v1/calls/{id}/recording?from_ms={from_ms}&to_ms={to_ms}&channel=caller");
        Sound::from_wav(Cursor::new(self.ask(&path).body), 0).unwrap()
    }

    /// Makes a call to somebody; its id, as soon as it has begun.
    #[track_caller]
    fn place(&self, call: &Value) -> String {
        begun(&self.server().post("/api/v1/calls", call, Token::Admin).unwrap())
    }

    /// Waits for something that this Cordboard comes to know.
    #[track_caller]
    fn wait<T>(&self, awaited: &str, condition: impl FnMut() -> Option<T>) -> T {
        wait_until_easing(LOOK, awaited, LIMIT, condition).unwrap()
    }

    /// The items of a list.
    #[track_caller]
    fn items(&self, path: &str) -> Vec<Value> {
        let page = self.ask(path).json();
        page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }

    /// Answer at a path.
    #[track_caller]
    fn ask(&self, path: &str) -> Answer {
        let answer = self.server().get(path, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }
}

/// Of a call by AudioSocket: the caller has left. An Asterisk that is busy may close the socket before it has read all of our
/// sound; its kernel resets the connection then, and a reset may be anything: the call is kept for the time to meet, and lost.
#[track_caller]
pub fn assert_left(row: &Value) {
    let end = (row["hangup_by"].as_str().unwrap(), row["hangup_cause"].as_str().unwrap());
    assert!(matches!(end, ("caller", "normal_clearing") | ("server", "connection_lost")), "{row}");
}

/// A JSON string.
#[must_use]
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A JSON number of ms.
#[must_use]
#[track_caller]
pub fn ms(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}
