//! The stand-in with the programs of the captures: it gets what they sent at the same moments, phones do what they did, and the stand-in must answer
//! as the real switch answered.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::freeswitch::replay::{Capture, Side, Step};
use cordboard_test_support::freeswitch::{
    Action, Call, Door, Extension, FreeSwitch, Phone, Script, Settings,
};

use cordboard_test_support::waiting::wait_until;

use crate::program::{Esl, Frame};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/freeswitch")
}

fn prompt(ms: u64) -> Sound {
    tone(440.0, 8000.0, Duration::from_millis(ms), 8000)
}

/// The text of a frame, without ids, times and sizes. Replies and events are two lists: how they are mixed is a matter of microseconds.
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

/// Ids, and the switch's own age and version, are not compared.
fn without_ids(text: &str) -> String {
    let words =
        text.split(' ').map(|word| if word.trim_matches(['[', ']']).len() == 36 { "ID" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    if text.starts_with("UP ") { "UP".to_owned() } else { text }
}

/// Replies, events, and the headers of the first event of each name, in their order.
type CapturedFrames = (Vec<String>, Vec<String>, BTreeMap<String, Vec<String>>);

/// The number of variables depends on what happened, so they are not compared.
fn headers(frame: &Frame) -> Vec<String> {
    let names = frame.inner.iter().map(|(name, _)| name.clone());
    names.filter(|name| !name.starts_with("variable_")).collect()
}

fn lists(frames: &[Frame]) -> CapturedFrames {
    let (mut replies, mut events, mut shapes) = (Vec::new(), Vec::new(), BTreeMap::new());
    for frame in frames.iter().filter(|frame| !frame.inner.is_empty()) {
        shapes.entry(frame.event().to_owned()).or_insert_with(|| headers(frame));
    }
    for (kind, text) in frames.iter().map(told) {
        if kind == "reply" { replies.push(text) } else { events.push(text) }
    }
    // On the real switch it is a race whether the first park is seen.
    if let Some(park) = events.iter().position(|event| event == "CHANNEL_PARK").filter(|park| *park == 0) {
        events.remove(park);
    }
    // On the real switch it is a race when the notice comes among the last events.
    events.sort_by_key(|event| event.starts_with("notice"));
    (replies, events, shapes)
}

/// The frames in captured bytes.
fn frames_of(bytes: Vec<u8>) -> Vec<Frame> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut writing = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut esl = Esl::new(listener.accept().unwrap().0);
    let writer = thread::spawn(move || writing.write_all(&bytes).unwrap());
    let frames = esl.drain();
    writer.join().unwrap();
    frames
}

/// In the stand-in the phone of a remark does what it did in the capture.
fn act(step: &Step, switch: &FreeSwitch, call: &Call) {
    let words: Vec<&str> = step.remark.split(' ').collect();
    let callee = || switch.leg_at("1002");
    match words[..] {
        ["1001>fs", "SIP", "BYE" | "CANCEL", ..] => call.hang_up(),
        ["1001>fs", "RTP", "RFC2833", "event", digit, "begins", ..] => {
            call.press(digit.chars().next().unwrap())
        }
        ["1001>fs", "SIP", "INVITE", .., "a=sendonly"] => call.hold(),
        ["1001>fs", "SIP", "INVITE", .., "a=sendrecv"] if step.at_ms > 0.0 => call.unhold(),
        ["1002>fs", "SIP", "SIP/2.0", "200", "OK", _, "INVITE)", ..] => {
            callee().iter().filter(|callee| !callee.is_answered()).for_each(Call::answer);
        }
        ["1002>fs", "SIP", "BYE", ..] => callee().iter().for_each(Call::hang_up),
        _ => {}
    }
}

/// How late the stand-in may be. Where it sends one event less (races of the captures) this time passes at every step.
const LATE_MAX: Duration = Duration::from_millis(150);

/// The number of plain events in bytes.
fn events(bytes: &[u8]) -> usize {
    const NAME: &[u8] = b"\nEvent-Name: ";
    bytes.windows(NAME.len()).filter(|window| *window == NAME).count()
}

/// Messages of a program within this time, with nothing between, are one burst: between its writes the switch has no time to act, and a busy machine
/// must not give it any.
const BURST_MS: f64 = 1.0;

/// The steps up to the last that is not a remark, with each burst of the program as one step.
fn bursts(steps: &[Step]) -> Vec<Step> {
    let last = steps.iter().rposition(|step| step.side != Side::Remark).unwrap();
    let mut bursts: Vec<Step> = Vec::new();
    for step in &steps[..=last] {
        if let Some(burst) = bursts.last_mut()
            && (burst.side, step.side) == (Side::Program, Side::Program)
            && step.at_ms - burst.at_ms < BURST_MS
        {
            burst.bytes.extend_from_slice(&step.bytes);
        } else {
            bursts.push(step.clone());
        }
    }
    bursts
}

/// Sends what the program of the capture sent, when it did, and returns what came back.
fn repeat(capture: &Capture, mut stream: TcpStream, switch: &FreeSwitch, call: Option<&Call>) -> Vec<u8> {
    let mut reading = stream.try_clone().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    let reader = thread::spawn(move || {
        let mut buffer = [0; 65_536];
        // A reset is an end, too.
        while let Ok(count @ 1..) = reading.read(&mut buffer) {
            hearing.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    });
    let mut expected = Vec::new();
    let mut start = Instant::now();
    for step in &bursts(&capture.steps) {
        // This repeats the rhythm of the capture.
        let due = Duration::try_from_secs_f64(step.at_ms / 1000.0).unwrap_or_default();
        thread::sleep(due.saturating_sub(start.elapsed()));
        if step.side == Side::Switch {
            expected.extend_from_slice(&step.bytes);
        } else {
            // Events that the real switch had sent by now are read first, because a busy machine is late.
            let late = Instant::now();
            let told = || (events(&heard.lock().unwrap()) >= events(&expected)).then_some(());
            let _ = wait_until("what the real one had sent", LATE_MAX, told);
            start += late.elapsed();
        }
        match (step.side, call) {
            // The switch may have closed it, as in the capture.
            (Side::Program, _) => drop(stream.write_all(&step.bytes)),
            (Side::Remark, Some(call)) => act(step, switch, call),
            _ => {}
        }
    }
    // Events of the last moment of the capture.
    thread::sleep(Duration::from_millis(150));
    let _ = stream.shutdown(std::net::Shutdown::Both);
    reader.join().unwrap();
    Arc::into_inner(heard).unwrap().into_inner().unwrap()
}

fn settings(person: Person) -> Settings {
    let mut settings = Settings::default()
        .with_number("9196", [Action::answer(), Action::app("echo", "")])
        .with_extension(person.extension());
    for (name, ms) in [("short", 500), ("hello", 2000), ("long", 20_000)] {
        settings = settings.with_prompt(&format!("/var/lib/pbx/prompts/{name}.wav"), prompt(ms));
    }
    settings
}

fn captured(capture: &Capture) -> CapturedFrames {
    let bytes =
        capture.steps.iter().filter(|step| step.side == Side::Switch).flat_map(|step| step.bytes.clone());
    lists(&frames_of(bytes.collect()))
}

/// One outbound capture: what was captured, and what the stand-in sends.
fn outbound(name: &str, words: &str, person: Person) -> (CapturedFrames, CapturedFrames) {
    let capture = Capture::read(&folder(), name).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let switch = FreeSwitch::start(settings(person)).unwrap();
    let bytes: Vec<u8> = capture.steps.iter().find(|step| step.side == Side::Switch).unwrap().bytes.clone();
    let uuid = frames_of(bytes)[0].get("Unique-ID").to_owned();
    let socket = Action::app("socket", format!("{} {words}", listener.local_addr().unwrap()).trim());
    let call =
        switch.call(Script::to("5000").uuid(&uuid).runs([Action::set("cordboard_tenant", "acme"), socket]));
    let stream = listener.accept().unwrap().0;
    let frames = frames_of(repeat(&capture, stream, &switch, Some(&call)));
    (captured(&capture), lists(&frames))
}

fn inbound(name: &str, person: Person) -> (CapturedFrames, CapturedFrames) {
    let capture = Capture::read(&folder(), name).unwrap();
    let switch = FreeSwitch::start(settings(person)).unwrap();
    if name == "in_rude_rejection" {
        switch.faults(|faults| faults.door = Door::Rude);
    }
    let stream = TcpStream::connect(switch.esl_address()).unwrap();
    let frames = frames_of(repeat(&capture, stream, &switch, None));
    (captured(&capture), lists(&frames))
}

/// How 1002's phone behaves in a capture.
#[derive(Debug, Clone, Copy)]
enum Person {
    Answers,
    Phone(Phone),
    /// Not registered.
    Away,
}

impl Person {
    fn extension(self) -> Extension {
        let extension = Extension::new("1002");
        match self {
            // The timeline contains the moment of the answer.
            Self::Answers => extension.phone(Phone::Rings),
            Self::Phone(phone) => extension.phone(phone),
            Self::Away => extension.unregistered(),
        }
    }
}

use Person::{Answers, Away};

/// The captures, with the words of their dialplan and the behaviour of 1002.
const OUTBOUND: [(&str, &str, Person); 53] = [
    ("out_app_exec_hangup", "async full", Answers),
    ("out_app_hangup", "async full", Answers),
    ("out_app_hangup_busy_preanswer", "async full", Answers),
    ("out_app_uuid_kill", "async full", Answers),
    ("out_bad_app", "async full", Answers),
    ("out_bare", "", Answers),
    ("out_before_connect", "async full", Answers),
    ("out_break_locked_queue", "async full", Answers),
    ("out_bridge_a_hangs_up", "async full", Answers),
    ("out_bridge_badendpoint", "async full", Answers),
    ("out_bridge_busy", "async full", Person::Phone(Phone::Busy)),
    ("out_bridge_busy_defaults", "async full", Person::Phone(Phone::Busy)),
    ("out_bridge_cancel", "async full", Person::Phone(Phone::Rings)),
    ("out_bridge_cancel_caller_hangs_up", "async full", Person::Phone(Phone::Rings)),
    ("out_bridge_decline", "async full", Person::Phone(Phone::Declines)),
    ("out_bridge_gwdown", "async full", Answers),
    ("out_bridge_kill_bleg", "async full", Person::Phone(Phone::Rings)),
    ("out_bridge_kill_bleg_cof", "async full", Person::Phone(Phone::Rings)),
    ("out_bridge_noanswer", "async full", Person::Phone(Phone::Rings)),
    ("out_bridge_notfound", "async full", Person::Phone(Phone::NotFound)),
    ("out_bridge_nouser", "async full", Answers),
    ("out_bridge_stale_registration", "async full", Person::Phone(Phone::Dead)),
    ("out_bridge_unreachable", "async full", Person::Phone(Phone::Dead)),
    ("out_bridge_unregistered", "async full", Answers),
    ("out_bridge_hangup_after_bridge", "async full", Answers),
    ("out_bridge_b_hangs_up", "async full", Answers),
    ("out_broadcast", "async full", Answers),
    ("out_custom_not_last", "async full", Answers),
    ("out_deflect", "async full", Answers),
    ("out_divert_events", "async full", Answers),
    ("out_dtmf_inband_sipinfo", "async full", Answers),
    ("out_errors", "async full", Away),
    ("out_errors2", "async full", Away),
    ("out_eventlock", "async full", Answers),
    ("out_exec_transfer", "async full", Answers),
    ("out_filter_bgjob", "async full", Answers),
    ("out_hangup_during_playback_nolinger", "async full", Answers),
    ("out_hangup_linger5", "async full", Answers),
    ("out_hangup_noevents", "async full", Answers),
    ("out_hangup_nolinger_evsub", "async full", Answers),
    ("out_hangup_nolinger_myevents", "async full", Answers),
    ("out_hangup_preanswer", "async full", Answers),
    ("out_hold_reinvite_unbridged", "async full", Answers),
    ("out_limited", "async", Answers),
    ("out_percent_ambiguity", "async full", Answers),
    ("out_pipelined_open", "async full", Answers),
    ("out_playback_break", "async full", Answers),
    ("out_playback_star", "async full", Answers),
    ("out_progress", "async full", Answers),
    ("out_sync", "full", Answers),
    ("out_uuid_transfer_away", "async full", Answers),
    ("out_uuid_transfer_away_nolinger", "async full", Answers),
    ("out_xferext", "async full", Answers),
];

const INBOUND: [(&str, Person); 5] = [
    ("in_auth_bad", Answers),
    ("in_auth_bad2", Answers),
    ("in_auth_ok", Answers),
    ("in_misc", Answers),
    ("in_rude_rejection", Answers),
];

#[test]
fn the_stand_in_answers_as_the_real_one_did() {
    let running: Vec<_> = OUTBOUND
        .into_iter()
        .map(|(name, words, person)| (name, thread::spawn(move || outbound(name, words, person))))
        .chain(INBOUND.into_iter().map(|(name, person)| (name, thread::spawn(move || inbound(name, person)))))
        .collect();
    let (mut different, mut shapes) = (Vec::new(), BTreeSet::new());
    for (name, thread) in running {
        let Ok((real, ours)) = thread.join() else {
            different.push(format!("{name} fell"));
            continue;
        };
        for (event, names) in &ours.2 {
            if let Some(real) = real.2.get(event).filter(|real| *real != names) {
                shapes.insert((event.clone(), real.clone(), names.clone()));
            }
        }
        for (real, ours) in [(&real.0, &ours.0), (&real.1, &ours.1)] {
            if real != ours {
                different.push(format!("{name}\n  real {real:?}\n  ours {ours:?}"));
            }
        }
    }
    for (event, real, ours) in shapes {
        let only = |these: &[String], those: &[String]| {
            let only: Vec<String> = these.iter().filter(|name| !those.contains(name)).cloned().collect();
            only.join(" ")
        };
        let (missing, strange) = (only(&real, &ours), only(&ours, &real));
        different.push(format!(
            "headers of {event}: missing [{missing}], strange [{strange}], or in another order"
        ));
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
