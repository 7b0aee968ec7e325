//! Sign-ins that end while what they have opened goes on, as after a laptop is stolen: their audio and sockets end at once, and those of the same
//! user's other sign-ins go on.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::world;
use cordboard_schema::limits::SESSION_POLL_MS;
use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{PASSWORD, Person, RATE};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::stage::Stage;
use super::supervision::{heard_again_by, heard_by, is_cut_off};
use crate::suites::book::until;
use crate::suites::desks::{hears_something, is_heard, stands};
use crate::world::virtually;

/// The length of sound that is played at once.
const FRAME: Duration = Duration::from_millis(20);

const SESSIONS: &str = "/api/v1/auth/sessions";

/// A user signs in once more.
async fn signs_in(stage: &Stage, name: &str) -> Person {
    let login = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
    let answer = stage.setup.server.post("/api/v1/auth/login", &login, Token::None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Person::signed_in(&answer.json())
}

/// Checks that a user's audio has ended at once.
async fn ends_at_once(ear: &Caller) {
    let asked = Instant::now();
    until("no more sound", async || ear.is_let_go().then_some(())).await;
    assert!(asked.elapsed() <= FRAME, "{:?}", asked.elapsed());
}

/// Checks that a socket was closed at once, because its sign-in is over.
async fn closes_at_once(socket: &mut TaskProgram) {
    let asked = Instant::now();
    let (_, code, reason) = socket.until_closed().await;
    assert_eq!(code, 1008, "{reason}");
    assert!(asked.elapsed() <= FRAME, "{:?}", asked.elapsed());
}

/// A control socket with this token.
async fn controls(stage: &Stage, token: &str) -> TaskProgram {
    let bearer = format!("Bearer {token}");
    TaskProgram::knock_at(stage.setup.server.http, "/ws/control", &[("Authorization", &bearer)])
        .await
        .unwrap()
}

#[test]
fn a_supervisor_hears_nothing_after_their_sign_in_ends() {
    virtually(async || {
        let stage = Stage::open().await;
        let laptop = stage.setup.person("Sam", "supervisor").await;
        let (phone, other) = (signs_in(&stage, "sam").await, signs_in(&stage, "sam").await);
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &laptop, &visitor, "listen").await;
        let mut control = controls(&stage, &laptop.token).await;
        // Another sign-in of theirs ends: this one goes on.
        stage.setup.as_person(&other, "POST", "/api/v1/auth/logout", &Value::Null, 204).await;
        is_heard(&visitor.caller, &ear, 500.0).await;
        control.done(json!({ "command": "listCalls" })).await;

        stage.setup.as_person(&phone, "DELETE", SESSIONS, &Value::Null, 204).await;
        ends_at_once(&ear).await;
        closes_at_once(&mut control).await;
        is_cut_off(&stage, &ear).await;
        assert_eq!(stage.event(&visitor.call_id, "supervisor_left").await["how"], "not_allowed");
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");

        // By the other sign-in.
        let again = heard_again_by(&stage, &phone, &visitor).await;
        is_heard(&visitor.caller, &again, 700.0).await;
    });
}

#[test]
fn audio_ends_with_its_sign_in_or_a_new_password() {
    virtually(async || {
        let stage = Stage::open().await;
        let phone = stage.setup.person("Sam", "supervisor").await;
        let new = json!({ "present": PASSWORD, "password": "a quite different battery" });
        // The last way: the password is a different one then.
        for is_password in [false, true] {
            let laptop = signs_in(&stage, "sam").await;
            let visitor = stage.visitor().await;
            let ear = heard_by(&stage, &laptop, &visitor, "listen").await;
            if is_password {
                stage.setup.as_person(&phone, "POST", "/api/v1/auth/password", &new, 204).await;
            } else {
                let list = stage.setup.as_person(&laptop, "GET", SESSIONS, &Value::Null, 200).await;
                let all = list["items"].as_array().unwrap();
                let id = all.iter().find(|one| one["is_current"] == true).unwrap()["id"].as_str().unwrap();
                let path = format!("{SESSIONS}/{id}");
                stage.setup.as_person(&phone, "DELETE", &path, &Value::Null, 204).await;
            }
            ends_at_once(&ear).await;
        }
    });
}

#[test]
fn an_agent_goes_on_with_another_sign_in() {
    virtually(async || {
        let stage = Stage::open().await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let phone = signs_in(&stage, "ada").await;
        let (mut there, _) = stage.setup.desk(&phone).await;
        stage.setup.as_person(&phone, "DELETE", SESSIONS, &Value::Null, 204).await;
        ends_at_once(&ada).await;
        closes_at_once(&mut desk).await;
        is_cut_off(&stage, &ada).await;
        stands(&mut there, &visitor.call_id, "audio_lost").await;
        let back = stage.audio(&mut there, &visitor.call_id).await;
        stands(&mut there, &visitor.call_id, "talking").await;
        is_heard(&visitor.caller, &back, 500.0).await;
        is_heard(&back, &visitor.caller, 700.0).await;
    });
}

#[test]
fn audio_ends_within_seconds_of_a_sign_out_elsewhere() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        let user = sam.id.as_str().unwrap();
        stage.setup.world.sql(&format!("DELETE FROM login_sessions WHERE user_id = '{user}'")).await;
        let ended = Instant::now();
        until("no more sound", async || ear.is_let_go().then_some(())).await;
        assert!(ended.elapsed() <= Duration::from_millis(SESSION_POLL_MS) + FRAME, "{:?}", ended.elapsed());
        is_cut_off(&stage, &ear).await;
    });
}

/// The sign-ins of this user are those of pages, which began this long ago and end soon.
async fn ends_soon(stage: &Stage, person: &Person, begun_ago: TimeDelta) {
    let now = world::now();
    let sql = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S").to_string();
    let (begun, end) = (sql(now - begun_ago), sql(now + TimeDelta::seconds(30)));
    let user = person.id.as_str().unwrap();
    let set = format!("SET kind = 'page', created_at = '{begun}', expires_at = '{end}'");
    stage.setup.world.sql(&format!("UPDATE login_sessions {set} WHERE user_id = '{user}'")).await;
}

#[test]
fn a_talk_outlasts_the_end_of_its_agents_sign_in() {
    virtually(async || {
        let stage = Stage::open().await;
        let (mut desk, visitor, ada) = stage.talking().await;
        ends_soon(&stage, &stage.ada, TimeDelta::hours(12)).await;
        // Longer than it is prolonged at a time.
        for _ in 0..20 {
            sleep(Duration::from_secs(20)).await;
            desk.done(json!({ "command": "ping" })).await;
        }
        is_heard(&visitor.caller, &ada, 500.0).await;
        is_heard(&ada, &visitor.caller, 700.0).await;
    });
}

#[test]
fn an_idle_desk_closes_when_its_sign_in_ends() {
    virtually(async || {
        let stage = Stage::open().await;
        let (mut desk, _) = stage.setup.desk(&stage.ada).await;
        ends_soon(&stage, &stage.ada, TimeDelta::hours(12)).await;
        let begun = Instant::now();
        let (_, code, reason) = desk.until_closed().await;
        assert_eq!(code, 1008, "{reason}");
        assert!(begun.elapsed() <= Duration::from_secs(30) + Duration::from_millis(SESSION_POLL_MS));
    });
}

#[test]
fn a_talk_prolongs_a_sign_in_for_hours_at_most() {
    virtually(async || {
        let stage = Stage::open().await;
        let (_desk, _visitor, ada) = stage.talking().await;
        ends_soon(&stage, &stage.ada, TimeDelta::hours(16)).await;
        let begun = Instant::now();
        until("no more sound", async || ada.is_let_go().then_some(())).await;
        let most = Duration::from_secs(30) + Duration::from_millis(SESSION_POLL_MS) + FRAME;
        assert!(begun.elapsed() <= most, "{:?}", begun.elapsed());
    });
}

#[test]
fn a_removed_token_ends_the_trial_call_of_its_program() {
    virtually(async || {
        let stage = Stage::open().await;
        let scopes = json!({ "name": "trial", "scopes": ["profiles_read", "profiles_write", "calls_read", "calls_control"] });
        let made = stage.setup.send("POST", "/api/v1/api-tokens", &scopes, 201).await;
        let token = made["token"].as_str().unwrap();
        let profiles = stage.setup.send("GET", "/api/v1/agent-profiles", &Value::Null, 200).await;
        let profile = profiles["items"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/agent-profiles/{profile}/test-calls");
        let tried = json!({ "version": "published" });
        let answer = stage.setup.server.send("POST", &path, Some(token), &tried).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let begun = answer.json();
        let caller =
            Caller::connect_here(stage.setup.server.http, begun["token"].as_str().unwrap(), RATE).await;
        hears_something(&caller).await;
        let mut control = controls(&stage, token).await;
        control.done(json!({ "command": "listCalls" })).await;

        let at = format!("/api/v1/api-tokens/{}", made["id"].as_str().unwrap());
        stage.setup.send("DELETE", &at, &Value::Null, 204).await;
        ends_at_once(&caller).await;
        closes_at_once(&mut control).await;
        assert_eq!(stage.event(&begun["call_id"], "ended").await["by"], "caller");
    });
}
