//! The server whose pages are looked at, and those who call it.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a caller waits for happens within this.
const LIMIT: Duration = Duration::from_secs(10);
/// Rate of all callers, in Hz.
const RATE: u32 = 8000;

/// The server and its callers.
pub(crate) struct House {
    server: Server,
    callers: Vec<Caller>,
    hello: Sound,
}

impl House {
    pub(crate) fn open() -> Self {
        let settings =
            [("calls.max", "200"), ("calls.silence_prompt_s", "600"), ("calls.meet_timeout_s", "1")];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/sounds/caller/hello_question.wav");
        Self { server, callers: Vec::new(), hello: Sound::read_wav(&hello).unwrap() }
    }

    /// The API's document.
    pub(crate) fn document(&self) -> Vec<u8> {
        self.server.get("/api/openapi.json", Token::None).unwrap().body
    }

    /// What the scripts are told.
    pub(crate) fn introduction(&self) -> Value {
        json!({ "origin": format!("http://{}", self.server.addresses().http), "token": ADMIN_TOKEN })
    }

    /// Does what a script asks for.
    pub(crate) fn answer(&mut self, question: &Value) -> Result<Value, String> {
        let text = |name: &str| question[name].as_str().unwrap_or_default().to_owned();
        match question["ask"].as_str() {
            Some("announce") => self.announce(&text("from"), &text("to")).map(|_| Value::Null),
            Some("ring") => self.ring(&text("from"), &text("to")),
            Some("speak") => {
                self.caller(question)?.say(&self.hello);
                Ok(Value::Null)
            }
            Some("press") => {
                let caller = self.caller(question)?;
                text("digits").chars().for_each(|digit| caller.press(digit));
                Ok(Value::Null)
            }
            Some("hang_up") => {
                self.caller(question)?.hang_up();
                Ok(Value::Null)
            }
            Some("wait_ended") => {
                let end = self.caller(question)?.wait_ended(LIMIT).map_err(|late| late.to_string())?;
                Ok(json!(format!("{:?}", end.0)))
            }
            other => Err(format!("nobody here knows how to {other:?}")),
        }
    }

    fn caller(&self, question: &Value) -> Result<&Caller, String> {
        self.callers.get(index(question)).ok_or_else(|| "no such caller".to_owned())
    }

    /// Tells the server of a call, as a dialplan does.
    fn announce(&self, from: &str, to: &str) -> Result<Uuid, String> {
        let uuid = Uuid::new_v4();
        let words = [("uuid", uuid.to_string().as_str()), ("from", from), ("to", to)]
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .join("&");
        let told = self.server.get(&format!("/api/v1/calls/expect?{words}"), Token::Dialplan);
        let told = told.map_err(|error| error.to_string())?;
        if told.status == 200 { Ok(uuid) } else { Err(told.text()) }
    }

    /// A new caller. The answer comes when the audio is connected, with the call's id.
    fn ring(&mut self, from: &str, to: &str) -> Result<Value, String> {
        let uuid = self.announce(from, to)?;
        let audiosocket = self.server.addresses().audiosocket;
        let caller = Caller::connect(audiosocket, uuid, RATE).map_err(|error| error.to_string())?;
        self.callers.push(caller);
        let call_id = wait_until("the call in the list", LIMIT, || {
            let list = self.server.get("/api/v1/calls?limit=200", Token::Admin).ok()?.json();
            let calls = list["items"].as_array()?.clone();
            let is_ours = |call: &Value| call["outside_ids"][0]["value"] == uuid.to_string();
            calls.iter().find(|call| is_ours(call)).map(|call| call["id"].clone())
        });
        let call_id = call_id.map_err(|late| late.to_string())?;
        Ok(json!({ "caller": self.callers.len() - 1, "id": call_id }))
    }
}

fn index(question: &Value) -> usize {
    question["caller"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX)
}

/// A value of a query.
fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
