//! The servers whose pages are tested, and their callers.
//!
//! The first server is set up by a test, as users do, and has an owner from then on. The admin token opens no pages of that server any more, and only
//! this token shows the installation itself. So the second server, where anyone may register, never gets an owner. The assistant of the third is a
//! model, in the stand-in of OpenAI. The first keeps customer profiles in a Redis, the others in their own memory; only the first has a model that
//! judges examples. Servers connected to a switch are in [`crate::switches`], the one with a dialler in [`crate::dialler`], the one with a TURN
//! server in [`crate::relay`], and the one with 10,000 of each thing in [`crate::full`].

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::cascade::{CascadeStandIn, Manners};
use cordboard_test_support::firefox::Firefox;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script, Words};
use cordboard_test_support::profile_suite::profile_at;
use cordboard_test_support::redis::Redis;
use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use cordboard_test_support::udp_proxy::{UdpProxy, Weather};
use cordboard_test_support::waiting::{wait_until, wait_until_every};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dialler::AtDialler;
use crate::full::Full;
use crate::relay::AtRelay;
use crate::switches::Switches;

/// The maximum time for anything that a caller waits for.
const LIMIT: Duration = Duration::from_secs(10);
/// How often a server is asked for something that it will have in a moment.
const LOOK: Duration = Duration::from_millis(25);
/// The sample rate of all callers, in Hz.
const RATE: u32 = 8000;
/// A louder sample is sound: a fiftieth of the loudest one, as at the loudspeakers of the pages.
const SOUND_LEAST: u16 = 655;

/// The servers and their callers.
pub(crate) struct Setup {
    owned: Server,
    unowned: Server,
    modelled: Server,
    redis: Redis,
    model: OpenAiStandIn,
    judge: CascadeStandIn,
    callers: Vec<Caller>,
    switches: Switches,
    dialler: Option<AtDialler>,
    full: Option<Full>,
    relay: Option<AtRelay>,
    /// The simulated network between browsers and the server that talks by WebRTC.
    network: Option<UdpProxy>,
    firefox: Option<Firefox>,
    hello: Sound,
}

impl Setup {
    pub(crate) fn open() -> Self {
        let start = |more: &[(&str, &str)]| {
            let all = [
                ("calls.max", "200"),
                ("calls.silence_prompt_s", "600"),
                // Closing a connection properly takes up to 1 s longer: Chromium waits for the server to end it, and actix for Chromium.
                ("calls.meet_timeout_s", "3"),
                // The scripts read password reset links from the log.
                ("smtp.links_in_log", "true"),
            ];
            let settings: Vec<(&str, &str)> = all.iter().chain(more).copied().collect();
            Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap()
        };
        let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/sounds/caller/hello_question.wav");
        let hello = Sound::read_wav(&hello).unwrap();
        let model = OpenAiStandIn::start(Script::new()).unwrap();
        let modelled = start(&[
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
            ("OPENAI_BASE_URL", &model.base_url()),
        ]);
        let redis = Redis::start().unwrap();
        let key = "sk-of-the-judge-0123456789";
        let judge = CascadeStandIn::start(Manners::new(["none", key, "none"]), Script::new()).unwrap();
        let owned = start(&[
            ("registration", "invite"),
            ("REDIS_URL", &redis.url()),
            ("judge.base_url", &judge.base_url()),
            ("judge.key", key),
        ]);
        let unowned = start(&[
            ("registration", "open"),
            ("webrtc.enabled", "true"),
            ("webrtc.listen", "127.0.0.1:0"),
            // A visitor who falls back to the socket has waited 3 s for a connection first.
            ("calls.meet_timeout_s", "10"),
        ]);
        Self {
            owned,
            unowned,
            modelled,
            redis,
            model,
            judge,
            callers: Vec::new(),
            switches: Switches::default(),
            dialler: None,
            full: None,
            relay: None,
            network: None,
            firefox: None,
            hello,
        }
    }

    /// The OpenAPI document.
    pub(crate) fn document(&self) -> Vec<u8> {
        self.owned.get("/api/openapi.json", Token::None).unwrap().body
    }

    /// The settings for the scripts.
    pub(crate) fn introduction(&self) -> Value {
        let origin = |server: &Server| format!("http://{}", server.addresses().http);
        json!({
            "owned": origin(&self.owned),
            "unowned": origin(&self.unowned),
            "modelled": origin(&self.modelled),
            "token": ADMIN_TOKEN,
        })
    }

    /// Answers a script's request.
    pub(crate) fn answer(&mut self, question: &Value) -> Result<Value, String> {
        if question["at"] == "dialler" {
            return AtDialler::answer(&mut self.dialler, question);
        }
        if question["at"] == "full" {
            return Full::answer(&mut self.full, question);
        }
        if question["at"] == "relay" {
            return AtRelay::answer(&mut self.relay, question);
        }
        if let Some(name) = question["at"].as_str().filter(|name| Switches::has(name)) {
            return self.switches.answer(name, question);
        }
        let text = |name: &str| question[name].as_str().unwrap_or_default().to_owned();
        let server = match question["at"].as_str() {
            Some("unowned") => &self.unowned,
            Some("modelled") => &self.modelled,
            _ => &self.owned,
        };
        match question["ask"].as_str() {
            Some("announce") => announce(server, &text("from"), &text("to")).map(|_| Value::Null),
            Some("ring") => {
                let (caller, call_id) = ring(server, &text("from"), &text("to"))?;
                self.callers.push(caller);
                Ok(json!({ "caller": self.callers.len() - 1, "id": call_id }))
            }
            Some("log") => Ok(json!(server.log())),
            Some("model") => {
                self.model.rewrite(model(question));
                Ok(Value::Null)
            }
            // The judge's next answers, one after the other.
            Some("judge") => {
                let says = question["says"].as_array().cloned().unwrap_or_default();
                let answer = |says: &Value| {
                    Answer::say(says.as_str().unwrap_or_default(), 800.0, Duration::from_millis(200))
                };
                self.judge.rewrite(says.iter().fold(Script::new(), |script, says| script.turn(answer(says))));
                Ok(Value::Null)
            }
            Some("rules_broken") => {
                let broken = self.model.violations();
                Ok(broken.iter().map(|violation| json!(format!("{violation:?}"))).collect())
            }
            Some("cached") => Ok(cached(&self.redis, &text("extension"))),
            // Starts a simulated network to this port, and returns the port by which it is reached.
            Some("network") => {
                let port = question["port"].as_u64().and_then(|port| u16::try_from(port).ok());
                let port = port.ok_or_else(|| "no port".to_owned())?;
                let network =
                    UdpProxy::start(([127, 0, 0, 1], port).into(), 28).map_err(|e| e.to_string())?;
                let own = network.address().port();
                self.network = Some(network);
                Ok(json!(own))
            }
            Some("weather") => {
                let number = |name: &str| question[name].as_u64().unwrap_or_default();
                let weather =
                    Weather { loss_percent: number("loss_percent"), jitter_ms: number("jitter_ms") };
                let network = self.network.as_ref().ok_or_else(|| "no network".to_owned())?;
                network.becomes(weather);
                Ok(json!(network.lost()))
            }
            // A fresh Firefox: the commands that start it, play into its microphone and record its output.
            Some("firefox") => {
                let firefox = self.firefox.insert(Firefox::ready().map_err(|e| e.to_string())?);
                Ok(json!({
                    "program": firefox.program(),
                    "play": firefox.play(),
                    "record": firefox.record(),
                }))
            }
            // How much a caller has heard so far, including silence.
            Some("heard_ms") => {
                let heard = self.caller(question)?.heard().length();
                Ok(json!(u64::try_from(heard.as_millis()).unwrap_or(u64::MAX)))
            }
            Some("hears") => hears_sound(self.caller(question)?).map(|()| Value::Null),
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
            other => Err(format!("the servers have no request {other:?}")),
        }
    }

    fn caller(&self, question: &Value) -> Result<&Caller, String> {
        self.callers.get(index(question)).ok_or_else(|| "no such caller".to_owned())
    }
}

/// The call ids of the profiles that a Redis has for an extension, by their keys.
pub(crate) fn cached(redis: &Redis, extension: &str) -> Value {
    let client = redis.client();
    let keys = client.keys(&format!("*callcenter:customer:{extension}*"));
    keys.into_iter().map(|key| (key.clone(), profile_at(&client, &key)["call_id"].clone())).collect()
}

/// A model that recognizes this in a caller's next turn, and answers with a tool call if a tool is given.
pub(crate) fn model(question: &Value) -> Script {
    let said = question["said"].as_str().unwrap_or_default().to_owned();
    let script = Script::new().words(Words::Heard(said, Duration::from_millis(100)));
    match question["tool"].as_str() {
        Some(tool) => script.turn(Answer::call(tool, &question["arguments"])),
        None => script,
    }
}

/// Announces a call to a server, as a dialplan does.
fn announce(server: &Server, from: &str, to: &str) -> Result<Uuid, String> {
    let uuid = Uuid::new_v4();
    let words = [("uuid", uuid.to_string().as_str()), ("from", from), ("to", to)]
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .join("&");
    let response = server.get(&format!("/api/v1/calls/expect?{words}"), Token::Dialplan);
    let response = response.map_err(|error| error.to_string())?;
    if response.status == 200 { Ok(uuid) } else { Err(response.text()) }
}

/// Connects a new caller to a server, and returns it with the call's id.
fn ring(server: &Server, from: &str, to: &str) -> Result<(Caller, Value), String> {
    let uuid = announce(server, from, to)?;
    let audiosocket = server.addresses().audiosocket;
    let caller = Caller::connect(audiosocket, uuid, RATE).map_err(|error| error.to_string())?;
    // It is among the newest; a run has hundreds of calls.
    let call_id = wait_until_every(LOOK, "the call in the list", LIMIT, || {
        let list = server.get("/api/v1/calls?limit=10", Token::Admin).ok()?.json();
        let calls = list["items"].as_array()?.clone();
        let is_ours = |call: &Value| call["outside_ids"][0]["value"] == uuid.to_string();
        calls.iter().find(|call| is_ours(call)).map(|call| call["id"].clone())
    });
    Ok((caller, call_id.map_err(|late| late.to_string())?))
}

/// Waits until a caller hears something that is not silence from now on.
fn hears_sound(caller: &Caller) -> Result<(), String> {
    let before = caller.look(|report| report.frames.len());
    let heard = wait_until("sound at the caller's telephone", LIMIT, || {
        let newest = caller.look(|report| report.heard_behind(before));
        newest.samples.iter().any(|sample| sample.unsigned_abs() > SOUND_LEAST).then_some(())
    });
    heard.map_err(|late| late.to_string())
}

/// The index of the caller or telephone in a request.
pub(crate) fn index(question: &Value) -> usize {
    question["caller"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX)
}

/// Percent-encodes a value of a query.
fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
