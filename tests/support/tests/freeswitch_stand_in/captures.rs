//! The stand-in under the programs of the captures: what they said is said again at the same moments, phones do what
//! they did, and the stand-in must answer as the real switch answered.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::freeswitch::replay::{Capture, Side, Step};
use cordboard_test_support::freeswitch::{Action, Extension, FreeSwitch, Phone, Script, Settings};

use crate::program::{Esl, Frame};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/freeswitch")
}

fn prompt(ms: u64) -> Sound {
    tone(440.0, 8000.0, Duration::from_millis(ms), 8000)
}

/// What a frame says, without ids, times and sizes. Replies and events are two lists: how they are mixed is a matter of
/// microseconds.
fn told(frame: &Frame) -> (&'static str, String) {
    let event = frame.event();
    if event == "CHANNEL_DATA" {
        return ("reply", "connected".to_owned());
    }
    if !event.is_empty() {
        let more = [
            "Event-Subclass",
            "Application",
            "Application-Response",
            "Playback-Status",
            "Hangup-Cause",
            "DTMF-Digit",
        ];
        let more: Vec<&str> =
            more.iter().map(|name| frame.get(name)).filter(|value| !value.is_empty()).collect();
        return ("event", format!("{event} {}", more.join(" ")).trim().to_owned());
    }
    match frame.get("Content-Type") {
        "command/reply" => ("reply", without_ids(frame.reply())),
        "api/response" => ("reply", without_ids(frame.body.split('\n').next().unwrap_or_default())),
        "text/disconnect-notice" => ("event", format!("notice {}", frame.get("Content-Disposition"))),
        other => ("event", other.to_owned()),
    }
}

/// Ids, and what a switch says of its own age and version, are not compared.
fn without_ids(text: &str) -> String {
    let words =
        text.split(' ').map(|word| if word.trim_matches(['[', ']']).len() == 36 { "ID" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    if text.starts_with("UP ") { "UP".to_owned() } else { text }
}

type Told = (Vec<String>, Vec<String>);

fn lists(frames: &[Frame]) -> Told {
    let (mut replies, mut events) = (Vec::new(), Vec::new());
    for (kind, text) in frames.iter().map(told) {
        if kind == "reply" { replies.push(text) } else { events.push(text) }
    }
    (replies, events)
}

/// The frames of bytes that were captured.
fn frames_of(bytes: Vec<u8>) -> Vec<Frame> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut writing = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut esl = Esl::new(listener.accept().unwrap().0);
    let writer = thread::spawn(move || writing.write_all(&bytes).unwrap());
    let frames = esl.drain();
    writer.join().unwrap();
    frames
}

/// The phone of a remark does in the stand-in what it did in the capture.
fn act(step: &Step, call: &cordboard_test_support::freeswitch::Call) {
    let words: Vec<&str> = step.remark.split(' ').collect();
    match words[..] {
        ["1001>fs", "SIP", "BYE" | "CANCEL", ..] => call.hang_up(),
        ["1001>fs", "RTP", "RFC2833", "event", digit, "begins", ..] => {
            call.press(digit.chars().next().unwrap())
        }
        ["1001>fs", "SIP", "INVITE", .., "a=sendonly"] => call.hold(),
        ["1001>fs", "SIP", "INVITE", .., "a=sendrecv"] if step.at_ms > 0.0 => call.unhold(),
        _ => {}
    }
}

/// Says what the program of the capture said, when it did, and gives what came back.
fn repeat(
    capture: &Capture,
    mut stream: TcpStream,
    call: Option<&cordboard_test_support::freeswitch::Call>,
) -> Vec<u8> {
    let mut reading = stream.try_clone().unwrap();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        // A reset is an end, too.
        let _ = reading.read_to_end(&mut bytes);
        bytes
    });
    let start = Instant::now();
    for step in &capture.steps {
        // The rhythm of the capture is what is repeated here.
        let due = Duration::try_from_secs_f64(step.at_ms / 1000.0).unwrap_or_default();
        thread::sleep(due.saturating_sub(start.elapsed()));
        match (step.side, call) {
            // The switch may have closed it, as in the capture.
            (Side::Program, _) => drop(stream.write_all(&step.bytes)),
            (Side::Remark, Some(call)) => act(step, call),
            _ => {}
        }
    }
    // What was told at the last moment of the capture.
    thread::sleep(Duration::from_millis(150));
    let _ = stream.shutdown(std::net::Shutdown::Both);
    reader.join().unwrap()
}

fn settings(phone: Phone) -> Settings {
    let mut settings = Settings::default()
        .with_number("9196", [Action::answer(), Action::app("echo", "")])
        .with_extension(Extension::new("1002").phone(phone));
    for (name, ms) in [("short", 500), ("hello", 2000), ("long", 20_000)] {
        settings = settings.with_prompt(&format!("/var/lib/pbx/prompts/{name}.wav"), prompt(ms));
    }
    settings
}

fn captured(capture: &Capture) -> Told {
    let bytes =
        capture.steps.iter().filter(|step| step.side == Side::Switch).flat_map(|step| step.bytes.clone());
    lists(&frames_of(bytes.collect()))
}

/// One outbound capture: what was captured, and what the stand-in tells.
fn outbound(name: &str, words: &str, phone: Phone) -> (Told, Told) {
    let capture = Capture::read(&folder(), name).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let switch = FreeSwitch::start(settings(phone)).unwrap();
    let bytes: Vec<u8> = capture.steps.iter().find(|step| step.side == Side::Switch).unwrap().bytes.clone();
    let uuid = frames_of(bytes)[0].get("Unique-ID").to_owned();
    let socket = Action::app("socket", format!("{} {words}", listener.local_addr().unwrap()).trim());
    let call =
        switch.call(Script::to("5000").uuid(&uuid).runs([Action::set("cordboard_tenant", "acme"), socket]));
    let stream = listener.accept().unwrap().0;
    let frames = frames_of(repeat(&capture, stream, Some(&call)));
    (captured(&capture), lists(&frames))
}

fn inbound(name: &str) -> (Told, Told) {
    let capture = Capture::read(&folder(), name).unwrap();
    let switch = FreeSwitch::start(settings(Phone::Busy)).unwrap();
    let stream = TcpStream::connect(switch.esl_address()).unwrap();
    let frames = frames_of(repeat(&capture, stream, None));
    (captured(&capture), lists(&frames))
}

const ANSWERS: Phone = Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None };
const ANSWERS_AND_LEAVES: Phone =
    Phone::Answers { after: Duration::from_millis(300), hangs_up_after: Some(Duration::from_millis(1000)) };

/// Captures that last, with the words of their dialplan and what 1002 does.
const OUTBOUND: [(&str, &str, Phone); 33] = [
    ("out_app_exec_hangup", "async full", ANSWERS),
    ("out_app_hangup", "async full", ANSWERS),
    ("out_app_hangup_busy_preanswer", "async full", ANSWERS),
    ("out_app_uuid_kill", "async full", ANSWERS),
    ("out_bad_app", "async full", ANSWERS),
    ("out_basic_plain", "async full", ANSWERS),
    ("out_break_locked_queue", "async full", ANSWERS),
    ("out_bridge_badendpoint", "async full", ANSWERS),
    ("out_bridge_busy", "async full", Phone::Busy),
    ("out_bridge_busy_defaults", "async full", Phone::Busy),
    ("out_bridge_decline", "async full", Phone::Declines),
    ("out_bridge_gwdown", "async full", ANSWERS),
    ("out_bridge_noanswer", "async full", Phone::Rings),
    ("out_bridge_notfound", "async full", Phone::NotFound),
    ("out_bridge_nouser", "async full", ANSWERS),
    ("out_bridge_silent", "async full", Phone::Silent),
    ("out_bridge_unregistered", "async full", ANSWERS),
    ("out_bridge_hangup_after_bridge", "async full", ANSWERS_AND_LEAVES),
    ("out_bridge_b_hangs_up", "async full", ANSWERS_AND_LEAVES),
    ("out_custom_not_last", "async full", ANSWERS),
    ("out_errors", "async full", ANSWERS),
    ("out_eventlock", "async full", ANSWERS),
    ("out_hangup_during_playback_nolinger", "async full", ANSWERS),
    ("out_hangup_linger5", "async full", ANSWERS),
    ("out_hangup_noevents", "async full", ANSWERS),
    ("out_hangup_nolinger_evsub", "async full", ANSWERS),
    ("out_hangup_nolinger_myevents", "async full", ANSWERS),
    ("out_hangup_preanswer", "async full", ANSWERS),
    ("out_limited", "async", ANSWERS),
    ("out_pipelined_open", "async full", ANSWERS),
    ("out_playback_break", "async full", ANSWERS),
    ("out_playback_star", "async full", ANSWERS),
    ("out_uuid_transfer_away", "async full", ANSWERS),
];

const INBOUND: [&str; 4] = ["in_auth_bad", "in_auth_bad2", "in_auth_ok", "in_misc"];

#[test]
fn the_stand_in_answers_as_the_real_one_did() {
    let running: Vec<_> = OUTBOUND
        .into_iter()
        .map(|(name, words, phone)| (name, thread::spawn(move || outbound(name, words, phone))))
        .chain(INBOUND.into_iter().map(|name| (name, thread::spawn(move || inbound(name)))))
        .collect();
    let mut different = Vec::new();
    for (name, thread) in running {
        let (real, ours) = thread.join().unwrap_or_else(|_| panic!("{name}"));
        if real != ours {
            different.push(format!(
                "{name}\n  real {:?}\n  ours {:?}\n  real {:?}\n  ours {:?}",
                real.0, ours.0, real.1, ours.1
            ));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
