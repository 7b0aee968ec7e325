//! Every captured connection, whole and in pieces.

use std::fs;

use cordboard_schema::wire::ami::{Decoder, Frame};

use crate::{bytes, drain, folder, messages, scenarios};

#[test]
fn every_capture_is_messages_from_first_to_last_byte() {
    let names = scenarios();
    assert_eq!(names.len(), 86, "scenarios in the folder");
    let (mut answers, mut events, mut others) = (0, 0, 0);
    for name in &names {
        for message in messages(name) {
            match (message.is_answer(), message.get("Event")) {
                (true, _) => answers += 1,
                (false, Some(_)) => events += 1,
                (false, None) => others += 1,
            }
        }
        let bytes = bytes(&format!("{name}.ami2app.bin"));
        let mut decoder = Decoder::new();
        drain(&mut decoder, &bytes);
        assert_eq!(decoder.position(), bytes.len() as u64, "{name} is not read completely");
    }
    assert_eq!((answers, events, others), (345, 2_189, 0));
}

/// The offsets of the timelines were written by another program, which saw the bytes arrive.
#[test]
fn messages_start_where_the_timelines_say() {
    let mut compared = 0;
    for name in scenarios() {
        let bytes = bytes(&format!("{name}.ami2app.bin"));
        let mut starts: Vec<u64> =
            drain(&mut Decoder::new(), &bytes).into_iter().map(|(end, _)| end).collect();
        starts.insert(0, 0);
        for line in fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, "->", at] = words[..] else { continue };
            let at: u64 = at.strip_prefix('@').unwrap().parse().unwrap();
            assert!(starts.contains(&at), "{name}: no message starts at {at}");
            compared += 1;
        }
    }
    assert!(compared > 2_000, "only {compared} messages in the timelines");
}

#[test]
fn where_a_capture_is_cut_makes_no_difference() {
    for name in ["inbound-ai-transfer", "login-md5", "errors", "status-lists", "command"] {
        let bytes = bytes(&format!("{name}.ami2app.bin"));
        let whole: Vec<_> = drain(&mut Decoder::new(), &bytes);
        for at in 0..bytes.len().min(6_000) {
            let mut decoder = Decoder::new();
            let mut cut = drain(&mut decoder, &bytes[..at]);
            cut.extend(drain(&mut decoder, &bytes[at..]));
            assert!(cut == whole, "{name} cut at byte {at}");
        }
    }
}

#[test]
fn a_capture_read_byte_by_byte_gives_the_same_messages() {
    for name in scenarios() {
        let bytes = bytes(&format!("{name}.ami2app.bin"));
        let whole: Vec<_> = drain(&mut Decoder::new(), &bytes);
        let mut decoder = Decoder::new();
        let single: Vec<_> = bytes.chunks(1).flat_map(|byte| drain(&mut decoder, byte)).collect();
        assert!(single == whole, "{name}");
    }
}

#[test]
fn an_incomplete_message_is_waited_for() {
    let bytes = bytes("login-ok.ami2app.bin");
    let mut decoder = Decoder::new();
    drain(&mut decoder, &bytes[..bytes.len() - 1]);
    assert!(decoder.buffered_bytes() > 0);
    let last = drain(&mut decoder, &bytes[bytes.len() - 1..]);
    assert!(
        matches!(&last[..], [(_, Ok(Frame::Message(message)))] if message.get("Response") == Some("Goodbye"))
    );
}
