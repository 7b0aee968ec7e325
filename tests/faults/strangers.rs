//! One hostile client for every listener: strangers of every kind on each port in turn, during live calls. The longest gap in what these callers hear
//! is printed for each listener.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::{Caller, Message, kind};
use cordboard_test_support::browser;
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use cordboard_test_support::stranger::{Port, Strangers, frame, web_socket};
use cordboard_test_support::waiting::wait_until;
use serde_json::json;
use uuid::Uuid;

use crate::http::bearer;
use crate::listening::assert_greeted;
use crate::peer::hello;
use crate::stage::{LIMIT, Stage, with_load};

/// How long each port is attacked.
const BESET: Duration = Duration::from_millis(500);
/// Strangers of each kind on a port.
const OF_EACH: usize = 12;
/// No caller hears a longer gap on a machine that has nothing else to do; a busy one adds to it.
const GAP_MAX: Duration = Duration::from_secs(3);
/// Time in which a healthy client is answered while strangers are there.
const ANSWERED: Duration = Duration::from_secs(3);

/// A crowd that only connects: ten thousand in a full run.
fn crowd() -> usize {
    if std::env::var_os("CORDBOARD_TEST_FULL").is_some() { 10_000 } else { 1_500 }
}

fn post(path: &str, bytes: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n"
    );
    [head.into_bytes(), vec![b'1'; bytes]].concat()
}

/// Returns every listener of the server. `user` is the token of a user of another organization, `leased` a leased port, and `webrtc` the WebRTC port.
fn listeners(stage: &Stage, user: &str, leased: SocketAddr, webrtc: SocketAddr) -> Vec<Port> {
    let addresses = stage.server.addresses();
    let http = addresses.http;
    let socket = |name, path: &str, headers: &str, largest: Vec<u8>| Port {
        name,
        address: http,
        opening: web_socket(path, headers),
        is_answered: true,
        question: frame(b"{\"id\":\"1\",\"command\":\"list_calls\"}").repeat(100),
        largest: frame(&largest),
    };
    let audiosocket = |name, address| Port {
        name,
        address,
        opening: hello(),
        is_answered: false,
        question: Message::audio(8000, &[1_000; 160]).to_bytes(),
        largest: Message { kind: kind::AUDIO_8K, payload: vec![1; 65_534] }.to_bytes(),
    };
    let uuid = Uuid::new_v4();
    let channel = format!(
        "Event-Name: CHANNEL_DATA\nUnique-ID: {uuid}\nAnswer-State: ringing\nContent-Type: command/reply\n\
         Reply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n\n"
    );
    // A STUN request that is signed with an unknown password, after its length as over TCP.
    let mut unsigned = vec![0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    unsigned.extend([7; 12]);
    let event =
        "Content-Length: 1000000\nContent-Type: text/event-plain\n\n".to_owned() + &"x".repeat(1_000_000);
    vec![
        Port {
            name: "HTTP",
            address: http,
            opening: b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            is_answered: true,
            question: b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20),
            largest: post("/api/v1/auth/login", 32_768),
        },
        socket("/ws/audio", "/ws/audio", "", vec![b' '; 47_900]),
        socket("/call", "/call", "", vec![b' '; 65_500]),
        socket("/ws/desk", "/ws/desk", &bearer(user), vec![b' '; 200_000]),
        socket("/ws/control", "/ws/control", &bearer(ADMIN_TOKEN), vec![b' '; 200_000]),
        Port {
            name: "/api/v1/live",
            address: http,
            opening: format!("GET /api/v1/live HTTP/1.1\r\nHost: x\r\n{}\r\n", bearer(ADMIN_TOKEN))
                .into_bytes(),
            is_answered: true,
            question: b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100),
            largest: post("/api/v1/auth/login", 32_768),
        },
        audiosocket("AudioSocket", addresses.audiosocket),
        audiosocket("leased port", leased),
        Port {
            name: "event socket",
            address: addresses.esl,
            opening: channel.into_bytes(),
            is_answered: false,
            question: b"Content-Type: command/reply\nReply-Text: +OK\n\n".repeat(100),
            largest: event.into_bytes(),
        },
        Port {
            name: "audio stream",
            address: addresses.audio_stream,
            opening: web_socket(&format!("/{uuid}"), ""),
            is_answered: false,
            question: frame(&[1; 1_000]),
            largest: frame(&vec![1; 65_000]),
        },
        Port {
            name: "WebRTC by TCP",
            address: webrtc,
            question: unsigned.repeat(100),
            opening: unsigned,
            is_answered: false,
            largest: [2_000_u16.to_be_bytes().to_vec(), vec![1; 2_000]].concat(),
        },
    ]
}

/// Returns the longest time between two frames that a caller got since a moment of its call.
fn longest_gap(caller: &Caller, since: Duration) -> Duration {
    let frames = caller.report().frames;
    let arrivals: Vec<Duration> = frames.iter().map(|frame| frame.at).filter(|at| *at >= since).collect();
    let last = caller.connected_at().elapsed().saturating_sub(*arrivals.last().unwrap_or(&since));
    arrivals.windows(2).map(|two| two[1] - two[0]).max().unwrap_or(last).max(last)
}

/// Callers in live calls throughout.
struct Callers(Vec<(Uuid, Caller)>);

impl Callers {
    fn join(stage: &Stage) -> Self {
        let callers = (0..2).map(|_| {
            let uuid = Uuid::new_v4();
            (uuid, stage.caller(uuid))
        });
        let callers: Vec<_> = callers.collect();
        for (_, caller) in &callers {
            wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
        }
        Self(callers)
    }

    /// Returns the longest gap that any of them hears while strangers are there.
    fn beside(&self, stage: &Stage, name: &str, strangers: impl FnOnce() -> Strangers) -> Duration {
        let since: Vec<Duration> = self.0.iter().map(|(_, caller)| caller.connected_at().elapsed()).collect();
        let strangers = strangers();
        let asked_at = Instant::now();
        let answer = stage.server.get("/healthz", Token::None).unwrap();
        let answered = asked_at.elapsed();
        assert!(answer.status == 200 && answered < ANSWERED, "{name}: {} after {answered:?}", answer.status);
        thread::sleep(BESET);
        let gap =
            self.0.iter().zip(since).map(|((_, caller), since)| longest_gap(caller, since)).max().unwrap();
        println!(
            "{name:>30}: longest gap {:>4} ms, /healthz after {:>4} ms, {} held",
            gap.as_millis(),
            answered.as_millis(),
            strangers.held()
        );
        drop(strangers);
        assert!(self.0.iter().all(|(_, caller)| caller.ended().is_none()), "{name}: a call was cut off");
        assert!(gap < GAP_MAX, "{name}: {gap:?}");
        gap
    }

    /// Has them hang up; their calls are stored with all their sound.
    fn hang_up(self, stage: &Stage) {
        for (uuid, caller) in self.0 {
            let lasted = caller.connected_at().elapsed();
            let report = caller.report();
            caller.hang_up();
            assert_eq!(report.violations, []);
            assert_greeted(&report.heard());
            let row =
                stage.wait_call(uuid, "a recording that is closed", |call| call["recording_ms"].is_u64());
            let recorded = Duration::from_millis(row["recording_ms"].as_u64().unwrap());
            assert!(recorded + Duration::from_secs(2) > lasted, "{recorded:?} of {lasted:?}");
        }
    }
}

#[test]
fn live_calls_survive_every_stranger_on_every_listener() {
    let _load = with_load();
    let leased = free_ports(1).unwrap();
    let range = format!("{}-{}", leased.start, leased.end - 1);
    let webrtc = SocketAddr::from(([127, 0, 0, 1], free_ports(1).unwrap().start));
    let webrtc_listen = webrtc.to_string();
    let stage = Stage::open(&[
        ("audiosocket.port_range", &range),
        ("webrtc.enabled", "true"),
        ("webrtc.listen", &webrtc_listen),
        ("calls.max", "2000"),
        ("calls.meet_timeout_s", "1"),
        ("calls.silence_prompt_s", "600"),
        ("registration", "open"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "auth-token-of-the-tests"),
        ("http.public_base_url", "https://calls.example.com"),
        ("log.level", "warn"),
    ]);
    let account = json!({
        "email": "mallory@example.com", "password": "correct horse battery staple", "name": "Mallory", "organization": "Else",
    });
    let made = stage.server.post("/api/v1/auth/register", &account, Token::None).unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    let user = made.json()["access_token"].as_str().unwrap().to_owned();
    let lease = stage.server.post("/api/v1/audio-ports", &json!({ "ttl_s": 600 }), Token::Admin).unwrap();
    assert_eq!(lease.status, 201, "{}", lease.text());
    let port = lease.json()["port"].as_u64().unwrap();
    let mut before = stage.held();

    let callers = Callers::join(&stage);
    callers.beside(&stage, "nobody", Strangers::nobody);
    let leased = SocketAddr::from(([127, 0, 0, 1], port.try_into().unwrap()));
    let listeners = listeners(&stage, &user, leased, webrtc);
    let beset = || {
        for listener in &listeners {
            callers.beside(&stage, listener.name, || listener.beset(OF_EACH));
            // A leased port takes one call.
            if listener.name != "leased port" {
                callers
                    .beside(&stage, &format!("{} of {}", crowd(), listener.name), || listener.crowd(crowd()));
            }
        }
    };
    // A second round of the same leaves nothing: memory that the first round used is used again.
    beset();
    before.memory_mb = stage.held().memory_mb;
    beset();
    callers.hang_up(&stage);
    stage.wait_nothing_left(before);
}

#[test]
fn silent_audio_sockets_block_no_visitor() {
    let stage = Stage::open(&[]);
    let before = stage.held();
    let profile = stage.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let link = json!({ "name": "Our website", "profile_id": profile });
    let made = stage.server.post("/api/v1/talk-links", &link, Token::Admin).unwrap().json();
    let token = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let http = stage.server.addresses().http;
    let silent: Vec<_> = (0..300).map(|_| browser::open(http, None).unwrap()).collect();
    let begun =
        stage.server.post(&format!("/api/v1/talk/{token}/calls"), &json!({}), Token::None).unwrap().json();
    let visitor = browser::Caller::connect(http, begun["token"].as_str().unwrap(), 16_000);
    wait_until("the visitor to be let in", LIMIT, || visitor.ready()).unwrap();
    drop(silent);
    visitor.hang_up();
    stage.wait_nothing_left(before);
}
