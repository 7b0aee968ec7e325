//! Agents at their desks: invited users, the events at their screens, and the sound of their browsers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where the server is not as it expects")]

use std::time::Duration;

use serde_json::{Value, json};

use crate::audio::{Sound, Span, tone};
use crate::book::LIMIT;
use crate::browser::Caller;
use crate::control::Program;
use crate::handoff_suite::Party;
use crate::server::{Server, Token};
use crate::waiting::wait_until_every;

/// The sample rate of an agent's browser, in Hz.
pub const RATE: u32 = 16_000;
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// How long the tones are that people say, and how much of one has to be heard.
const TONE: Duration = Duration::from_millis(1_500);
const HEARD: Duration = Duration::from_millis(700);
const LOOK: Duration = Duration::from_millis(20);

/// A user.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user's id.
    pub id: Value,
    /// The user's access token.
    pub token: String,
}

impl Person {
    /// Reads the user from a sign-in's answer, or a similar one.
    #[must_use]
    pub fn signed_in(login: &Value) -> Self {
        Self { id: login["user"]["id"].clone(), token: login["access_token"].as_str().unwrap().to_owned() }
    }

    /// A user who has accepted an invitation to this role; `inviter` is the token of the user who invites.
    #[must_use]
    #[track_caller]
    pub fn invited(server: &Server, inviter: &str, name: &str, role: &str) -> Self {
        let email = format!("{}@example.com", name.to_lowercase());
        let invitation = json!({ "email": email, "role": role });
        let made = server.send("POST", "/api/v1/invitations", Some(inviter), &invitation).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let token = made["url"].as_str().unwrap().rsplit_once(['=', '/']).unwrap().1.to_owned();
        let accept = json!({ "token": token, "name": name, "password": PASSWORD });
        let made = server.post("/api/v1/auth/invitations/accept", &accept, Token::None).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        Self::signed_in(&made.json())
    }

    /// Calls for this extension go to the user's desk from now on, where they talk: `browser` or `phone`.
    #[track_caller]
    pub fn talks(&self, server: &Server, inviter: &str, extension: &str, audio: &str) {
        let path = format!("/api/v1/agents/{}", self.id.as_str().unwrap());
        let body = json!({ "extension": extension, "audio": audio, "skills": [] });
        let put = server.send("PUT", &path, Some(inviter), &body).unwrap();
        assert_eq!(put.status, 200, "{}", put.text());
    }
}

/// A user's state from the events of a desk: what they want, and what they are doing.
#[must_use]
pub fn standing(agent: &Value) -> (String, String) {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    (word(&agent["presence"]["intent"]), word(&agent["activity"]))
}

/// Waits until a desk with this snapshot shows that a user wants this state.
#[track_caller]
pub fn sees_first((desk, snapshot): (&mut Program, &Value), person: &Person, intent: &str) -> Value {
    let agents = snapshot["agents"].as_array().unwrap();
    let seen = agents.iter().find(|agent| agent["user_id"] == person.id && standing(agent).0 == intent);
    seen.cloned().unwrap_or_else(|| sees(desk, person, intent))
}

/// Waits until a desk gets the event that a user wants this state.
#[track_caller]
pub fn sees(desk: &mut Program, person: &Person, intent: &str) -> Value {
    loop {
        let event = desk.event();
        let agents = match event["kind"].as_str() {
            Some("changed" | "floor" | "snapshot") => event["agents"].as_array().unwrap().clone(),
            _ => continue,
        };
        let seen = agents.into_iter().find(|agent| agent["user_id"] == person.id);
        if let Some(agent) = seen.filter(|agent| standing(agent).0 == intent) {
            return agent;
        }
    }
}

/// The call with this id in a list.
#[must_use]
pub fn among(calls: &Value, call_id: &Value) -> Option<Value> {
    calls.as_array().unwrap().iter().find(|call| call["call_id"] == *call_id).cloned()
}

/// Waits until the desk shows the call in this state.
#[track_caller]
pub fn stands(desk: &mut Program, call_id: &Value, state: &str) -> Value {
    loop {
        let work = desk.event_of("work");
        if let Some(call) = among(&work["calls"], call_id).filter(|call| call["state"] == state) {
            return call;
        }
    }
}

/// Waits until the desk no longer has the call, and returns what has to be written down then.
#[track_caller]
pub fn has_not(desk: &mut Program, call_id: &Value) -> Value {
    loop {
        let work = desk.event_of("work");
        if among(&work["calls"], call_id).is_none() {
            return work["wrap_ups"].clone();
        }
    }
}

/// The audio of an agent who has this call.
#[track_caller]
pub fn audio(server: &Server, desk: &mut Program, call_id: &Value) -> Caller {
    let token = desk.done(json!({ "command": "audio", "call_id": call_id }))["token"].clone();
    Caller::connect(server.addresses().http, token.as_str().unwrap(), RATE)
}

/// Waits until a part of what an agent hears from now on satisfies this.
#[track_caller]
pub fn hears(ear: &(impl Party + ?Sized), is_it: impl Fn(&Sound) -> bool) {
    let began = ear.heard().length();
    wait_until_every(LOOK, "the expected sound", LIMIT, || {
        let heard = ear.heard();
        let end = heard.length();
        let newest = heard.part(Span { start: end.saturating_sub(HEARD), end });
        (end >= began + HEARD && is_it(&newest)).then_some(())
    })
    .unwrap();
}

/// Waits until an agent hears something that is not silence from now on.
#[track_caller]
pub fn hears_something(ear: &(impl Party + ?Sized)) {
    hears(ear, |sound| sound.rms() > 100.0);
}

/// Waits until one party hears the tone that the other says.
#[track_caller]
pub fn is_heard(speaker: &impl Party, listener: &impl Party, hz: f64) {
    speaker.say(&tone(hz, 8_000.0, TONE, RATE));
    hears(listener, |sound| sound.tone_share(hz) > 0.5);
}

/// Whether such a tone was heard from this moment on.
#[must_use]
pub fn has_heard_in(heard: &Sound, hz: f64, from: Duration) -> bool {
    let part = |start: Duration| heard.part(Span { start, end: start + HEARD / 4 });
    let starts = std::iter::successors(Some(from), |start| Some(*start + HEARD / 4));
    starts.take_while(|start| *start < heard.length()).any(|start| part(start).tone_share(hz) > 0.5)
}
