//! The server of a test, its callers, and what it answers.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::server::{Server, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;
use uuid::Uuid;

/// Everything that a test waits for has to happen within this time.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);
/// The rate of the callers, in Hz.
const RATE: u32 = 8_000;

/// A server of its own; `settings` as in the configuration file.
pub(crate) fn serve(settings: &[(&str, &str)]) -> Server {
    Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), settings).unwrap()
}

/// A caller with this UUID who has heard the first sound of the greeting.
pub(crate) fn caller(server: &Server, uuid: Uuid) -> Caller {
    let caller = Caller::connect(server.addresses().audiosocket, uuid, RATE).unwrap();
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    caller
}

/// Words that a caller says.
pub(crate) fn words() -> Sound {
    let wav = concat!(env!("CARGO_MANIFEST_DIR"), "/static/sounds/prompts/message_intro.wav");
    Sound::read_wav(wav.as_ref()).unwrap().resampled(RATE)
}

/// The answer to an administrator at a path that must exist.
pub(crate) fn json(server: &Server, path: &str) -> Value {
    let answer = server.get(path, Token::Admin).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// Waits until the call with this UUID is in this state, and returns its row.
pub(crate) fn wait_call(server: &Server, uuid: Uuid, state: &str) -> Value {
    let name = Value::from(uuid.to_string());
    let found = wait_until("a call as wanted", LIMIT, || {
        let page = json(server, &format!("/api/v1/calls?limit=200&state={state}"));
        let calls = page["items"].as_array()?.clone();
        calls.into_iter().find(|call| call["outside_ids"][0]["value"] == name)
    });
    found.unwrap()
}

/// Waits until the call's journal has an entry of that kind.
pub(crate) fn wait_entry(server: &Server, call: &Value, kind: &str) {
    let path = format!("/api/v1/calls/{}/events?limit=200", call["id"].as_str().unwrap());
    let found = wait_until("an entry of a journal", LIMIT, || {
        let page = json(server, &path);
        page["items"].as_array()?.iter().any(|entry| entry["kind"] == kind).then_some(())
    });
    found.unwrap_or_else(|late| panic!("{late}: {kind}"));
}
