//! Agents at their desks: invited users, the events at their screens, and the sound of their browsers.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, Span, tone};
use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{PASSWORD, Person, RATE, among, standing};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::book::until;
use super::party::Party;
use crate::client::Client;

/// How long the tones are that people say, and how much of one has to be heard.
const TONE: Duration = Duration::from_millis(1_500);
const HEARD: Duration = Duration::from_millis(700);
/// The longest way of a word from its speaker to its listener: a frame at each of them, and one of the server's.
const ON_ITS_WAY_MAX: Duration = Duration::from_millis(60);
/// The length of sound that browsers and telephones send and play at once.
const FRAME: Duration = Duration::from_millis(20);

/// A user who has accepted an invitation to this role; `inviter` is the token of the user who invites.
pub(crate) async fn invited(server: Client, inviter: &str, name: &str, role: &str) -> Person {
    let email = format!("{}@example.com", name.to_lowercase());
    let invitation = json!({ "email": email, "role": role });
    let made = server.send("POST", "/api/v1/invitations", Some(inviter), &invitation).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let token = made["url"].as_str().unwrap().rsplit_once(['=', '/']).unwrap().1.to_owned();
    let accept = json!({ "token": token, "name": name, "password": PASSWORD });
    let made = server.post("/api/v1/auth/invitations/accept", &accept, Token::None).await;
    assert_eq!(made.status, 201, "{}", made.text());
    Person::signed_in(&made.json())
}

/// Calls for this extension go to the user's desk from now on, where they talk: `browser` or `phone`.
pub(crate) async fn talks(server: Client, inviter: &str, person: &Person, extension: &str, audio: &str) {
    let path = format!("/api/v1/agents/{}", person.id.as_str().unwrap());
    let body = json!({ "extension": extension, "audio": audio, "skills": [] });
    let put = server.send("PUT", &path, Some(inviter), &body).await;
    assert_eq!(put.status, 200, "{}", put.text());
}

/// Waits until a desk with this snapshot shows that a user wants this state.
pub(crate) async fn sees_first(
    (desk, snapshot): (&mut TaskProgram, &Value),
    person: &Person,
    intent: &str,
) -> Value {
    let agents = snapshot["agents"].as_array().unwrap();
    let seen = agents.iter().find(|agent| agent["user_id"] == person.id && standing(agent).0 == intent);
    match seen {
        Some(agent) => agent.clone(),
        None => sees(desk, person, intent).await,
    }
}

/// Waits until a desk gets the event that a user wants this state.
pub(crate) async fn sees(desk: &mut TaskProgram, person: &Person, intent: &str) -> Value {
    loop {
        let event = desk.event().await;
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

/// Waits until the desk shows the call in this state.
pub(crate) async fn stands(desk: &mut TaskProgram, call_id: &Value, state: &str) -> Value {
    loop {
        let work = desk.event_of("work").await;
        if let Some(call) = among(&work["calls"], call_id).filter(|call| call["state"] == state) {
            return call;
        }
    }
}

/// Waits until the desk no longer has the call, and returns what has to be written down then.
pub(crate) async fn has_not(desk: &mut TaskProgram, call_id: &Value) -> Value {
    loop {
        let work = desk.event_of("work").await;
        if among(&work["calls"], call_id).is_none() {
            return work["wrap_ups"].clone();
        }
    }
}

/// The audio of an agent who has this call.
pub(crate) async fn audio(server: Client, desk: &mut TaskProgram, call_id: &Value) -> Caller {
    let token = desk.done(json!({ "command": "audio", "call_id": call_id })).await["token"].clone();
    Caller::connect_here(server.http, token.as_str().unwrap(), RATE).await
}

/// How soon an agent hears what comes next, whatever the phase of their browser's clock: up to a frame until its next tick, and that frame. Where the
/// clock begins in its 20 ms is random.
pub(crate) const IN_TURN: Duration = Duration::from_millis(40);

/// Like [`IN_TURN`], for hold music. It has a clock of its own, whose first tick comes up to a frame later.
pub(crate) const MUSIC_IN_TURN: Duration = Duration::from_millis(60);

/// Waits until a part of what is heard from now on satisfies `is_it`; returns how long it took until that began.
pub(crate) async fn hears(ear: &impl Party, is_it: impl Fn(&Sound) -> bool) -> Duration {
    let (began, at) = (ear.heard().length(), Instant::now());
    until("the expected sound", async || {
        let heard = ear.heard();
        let end = heard.length();
        let newest = heard.part(Span { start: end.saturating_sub(HEARD), end });
        (end >= began + HEARD && is_it(&newest)).then_some(())
    })
    .await;
    let heard = ear.heard();
    let ended = heard.length();
    let frames = std::iter::successors(Some(began), |start| Some(*start + FRAME));
    let mut frames = frames.take_while(|start| *start + FRAME <= ended);
    let first = frames.find(|start| is_it(&heard.part(Span { start: *start, end: *start + FRAME })));
    // The last sound was heard now.
    let ago = ended - first.unwrap_or(ended);
    at.elapsed().saturating_sub(ago)
}

/// Waits until something that is not silence is heard from now on; returns how long it took until that began.
pub(crate) async fn hears_something(ear: &impl Party) -> Duration {
    hears(ear, |sound| sound.rms() > 100.0).await
}

/// Waits until one party hears the tone that the other says, within the time that sound needs.
pub(crate) async fn is_heard(speaker: &impl Party, listener: &impl Party, hz: f64) {
    is_heard_within(ON_ITS_WAY_MAX, speaker, listener, hz).await;
}

/// The same for sound that may take this long.
pub(crate) async fn is_heard_within(longest: Duration, speaker: &impl Party, listener: &impl Party, hz: f64) {
    // Nothing else is heard with it.
    speaker.said_all().await;
    speaker.say(&tone(hz, 8_000.0, TONE, RATE));
    let on_its_way = hears(listener, |sound| sound.tone_share(hz) > 0.5).await;
    assert!(on_its_way <= longest, "{hz} Hz took {on_its_way:?}");
}

/// Says a tone to its end.
pub(crate) async fn says(speaker: &impl Party, hz: f64) {
    speaker.say(&tone(hz, 8_000.0, TONE, RATE));
    speaker.said_all().await;
    // The last of it is heard, too.
    sleep(Duration::from_millis(500)).await;
}

/// Whether a party has heard such a tone from this moment on.
pub(crate) fn has_heard(listener: &impl Party, hz: f64, from: Duration) -> bool {
    cordboard_test_support::desk::has_heard_in(&listener.heard(), hz, from)
}
