//! Tests of the AudioSocket stand-in itself: it parses the captures as their timelines list them, sends what Asterisk sent, and finds in the captured
//! server's mistakes what Asterisk found.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, silence, tone};
use cordboard_test_support::audiosocket::{
    Caller, LegEnd, Message, MessageReader, Violation, kind, rate_of_kind,
};
use uuid::Uuid;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/asterisk/audiosocket");
const LIMIT: Duration = Duration::from_secs(10);

/// A timeline's run in one direction: offset, kind, length and how many of them in a row. `None` stands for a part of a message that the server wrote
/// on purpose.
#[derive(Debug)]
struct Run {
    offset: usize,
    message: Option<(u8, usize)>,
    count: usize,
}

fn runs(timeline: &str, direction: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for line in timeline.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, way, offset, rest @ ..] = &words[..] else { continue };
        let Some(offset) = offset.strip_prefix('@').filter(|_| *way == direction) else { continue };
        let message = match rest {
            ["kind", kind, "len", length, ..] => {
                let kind = u8::from_str_radix(kind.trim_start_matches("0x"), 16).unwrap();
                Some((kind, length.parse().unwrap()))
            }
            _ => None,
        };
        let count = rest.iter().position(|word| *word == "x").map_or(1, |at| rest[at + 1].parse().unwrap());
        runs.push(Run { offset: offset.parse().unwrap(), message, count });
    }
    runs
}

fn messages(bytes: &[u8]) -> Vec<(usize, Message)> {
    let mut reader = MessageReader::default();
    let mut offset = 0;
    reader.push(bytes);
    let whole = std::iter::from_fn(|| {
        let message = reader.next_message()?;
        let begun = offset;
        offset += 3 + message.payload.len();
        Some((begun, message))
    });
    whole.collect()
}

fn scenarios() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(CAPTURES)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".txt").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn capture(scenario: &str, suffix: &str) -> Vec<u8> {
    fs::read(format!("{CAPTURES}/{scenario}.{suffix}")).unwrap()
}

#[test]
fn all_captures_are_read_as_their_timelines_list_them() {
    let mut compared = 0;
    for scenario in scenarios() {
        let timeline = fs::read_to_string(format!("{CAPTURES}/{scenario}.txt")).unwrap();
        for (direction, suffix) in [("->", "a2s.bin"), ("<-", "s2a.bin")] {
            let read = messages(&capture(&scenario, suffix));
            let told: Vec<(usize, u8, usize)> = runs(&timeline, direction)
                .iter()
                .filter_map(|run| run.message.map(|(kind, length)| (run, kind, length)))
                .flat_map(|(run, kind, length)| {
                    (0..run.count).map(move |index| (run.offset + index * (3 + length), kind, length))
                })
                .collect();
            // Parts of messages are listed as parts; the bytes have one more message for each group of parts.
            let parts: Vec<usize> = runs(&timeline, direction)
                .iter()
                .filter(|run| run.message.is_none())
                .map(|run| run.offset)
                .collect();
            let whole: Vec<(usize, u8, usize)> = read
                .iter()
                .filter(|(offset, _)| !parts.contains(offset))
                .map(|(offset, message)| (*offset, message.kind, message.payload.len()))
                .collect();
            let mut told = told;
            told.sort_unstable();
            assert_eq!(whole, told, "{scenario} {direction}");
            compared += told.len();
        }
    }
    assert!(compared > 5000, "{compared} messages");
}

/// A caller whose server is this function.
fn with_server(rate: u32, serve: impl FnOnce(TcpStream) + Send + 'static) -> Caller {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    Caller::connect(address, Uuid::from_u128(7), rate).unwrap()
}

#[test]
fn captured_server_bytes_end_calls_as_asterisk_did() {
    for (scenario, end, violations) in [
        ("app-server-hangup", LegEnd::Hangup, vec![]),
        ("app-server-fin", LegEnd::Fin, vec![]),
        ("app-zero-length", LegEnd::Violation, vec![Violation::EmptyAudio]),
        ("app-kind-unknown", LegEnd::Violation, vec![Violation::BadKind(2)]),
        ("app-kind-dtmf", LegEnd::Violation, vec![Violation::BadKind(3)]),
        ("app-kind-error", LegEnd::Violation, vec![Violation::BadKind(0xFF)]),
    ] {
        let bytes = capture(scenario, "s2a.bin");
        let caller = with_server(8000, move |mut stream| {
            stream.write_all(&bytes).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
        });
        assert_eq!(caller.wait_ended(LIMIT).unwrap().0, end, "{scenario}");
        let mut report = caller.report();
        // The capture is written at once here, so the kernel cuts it where it likes.
        report.violations.retain(|violation| !matches!(violation, Violation::Split { .. }));
        assert_eq!(report.violations, violations, "{scenario}");
        assert!(!report.frames.is_empty(), "{scenario}");
    }
}

#[test]
fn it_sends_what_asterisk_sends() {
    let (results, received) = std::sync::mpsc::channel();
    let caller = with_server(8000, move |mut stream| {
        let started = Instant::now();
        let mut reader = MessageReader::default();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            reader.push(&buffer[..count]);
            while let Some(message) = reader.next_message() {
                results.send((started.elapsed(), message)).unwrap();
            }
        }
    });
    caller.say(&tone(1000.0, 8000.0, Duration::from_millis(400), 8000));
    caller.press('5');
    // Something after the digit, so that the hole has an end.
    caller.say(&silence(Duration::from_millis(60), 8000));
    caller.wait_said(LIMIT).unwrap();
    caller.hang_up();
    let all: Vec<(Duration, Message)> = received.iter().collect();

    assert_eq!(all[0].1, Message { kind: kind::UUID, payload: Uuid::from_u128(7).as_bytes().to_vec() });
    let digit = all.iter().position(|(_, message)| message.kind == kind::DTMF).unwrap();
    assert_eq!(all[digit].1.payload, b"5");
    let hole = all[digit + 1].0 - all[digit - 1].0;
    assert!(hole > Duration::from_millis(150) && hole < Duration::from_millis(250), "{hole:?}");
    let samples = all[1..digit].iter().flat_map(|(_, message)| message.samples());
    // Silent frames come first until the test says something.
    let said: Vec<i16> = samples.skip_while(|sample| *sample == 0).take(3000).collect();
    assert!(Sound { rate: 8000, samples: said }.tone_share(1000.0) > 0.99);
    assert!(all[1..digit].iter().all(|(_, message)| rate_of_kind(message.kind) == Some(8000)));
    let frames_ms = (all[digit - 1].0 - all[1].0).as_secs_f64() * 1000.0;
    assert!((frames_ms / (digit - 2) as f64 - 20.0).abs() < 1.0, "{frames_ms} ms for {digit} frames");
}

#[test]
fn split_frames_are_violations_and_whole_ones_are_not() {
    let frame = Message::audio(8000, &[9; 160]).to_bytes();
    let caller = with_server(8000, move |mut stream| {
        stream.set_nodelay(true).unwrap();
        stream.write_all(&frame).unwrap();
        thread::sleep(Duration::from_millis(30));
        stream.write_all(&frame[..100]).unwrap();
        thread::sleep(Duration::from_millis(30));
        stream.write_all(&frame[100..]).unwrap();
        stream.write_all(&[0, 0, 0]).unwrap();
        while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
    });
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    let report = caller.report();
    let [Violation::Split { gap }] = report.violations[..] else { panic!("{:?}", report.violations) };
    assert!(gap > Duration::from_millis(20));
    assert_eq!(report.frames.len(), 2);
}

#[test]
fn resets_of_caller_and_server_are_both_seen() {
    let (results, received) = std::sync::mpsc::channel();
    let mut caller = with_server(8000, move |mut stream| {
        let error = loop {
            match stream.read(&mut [0; 4096]) {
                Ok(0) => break None,
                Ok(_) => {}
                Err(error) => break Some(error.kind()),
            }
        };
        results.send(error).unwrap();
    });
    caller.reset().unwrap();
    assert_eq!(received.recv().unwrap(), Some(std::io::ErrorKind::ConnectionReset));

    let caller = with_server(8000, |mut stream| {
        // A reset before the caller has sent their UUID would be a failed connection.
        stream.read_exact(&mut [0; 19]).unwrap();
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Reset);
}

#[test]
fn a_server_that_does_not_read_loses_its_caller() {
    let caller = with_server(8000, |stream| {
        thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    for _ in 0..4 {
        caller.burst(&tone(500.0, 3000.0, Duration::from_secs(200), 8000));
    }
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::NotRead);
}
