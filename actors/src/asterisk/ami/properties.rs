//! Properties that hold for everything captured from an Asterisk, and for its messages in any order.

use std::path::Path;

use cordboard_schema::event::Fact;
use cordboard_schema::wire::ami::Decoder;
use proptest::prelude::*;

use super::tests::{AUDIO, Bench, CALLER, PERSON, announced, bridge, dial_begin, hangup, newchannel, person};
use super::*;
use crate::messages::ChannelAction;

/// Returns frames that were captured from an Asterisk, in their order.
fn captured(scenario: &str) -> Vec<Frame> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/asterisk/ami");
    let bytes = std::fs::read(folder.join(format!("{scenario}.ami2app.bin"))).unwrap();
    let (mut decoder, mut input, mut frames) = (Decoder::new(), &bytes[..], Vec::new());
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        frames.push(frame);
        assert!(frames.len() <= bytes.len(), "a frame uses up no input: {:?}", frames.last());
    }
    frames
}

fn audiosocket_in(frames: &[Frame]) -> Option<Uuid> {
    frames.iter().find_map(|frame| match frame {
        Frame::Message(message) => {
            cordboard_schema::wire::ami::CallAnnounced::of(message).map(|announced| announced.audiosocket)
        }
        Frame::Banner(_) => None,
    })
}

#[test]
fn a_captured_call_with_keys_and_transfer_is_reported_completely() {
    let frames = captured("inbound-ai-transfer");
    let audiosocket = audiosocket_in(&frames).unwrap();
    let mut bench = Bench::up();
    bench.watch_over(audiosocket, None);
    for frame in frames {
        bench.asterisk.received(frame, bench.now);
    }
    let kinds = bench.kinds();
    assert_eq!(kinds, ["announced", "control_attached", "dtmf", "dtmf", "bridged", "unbridged", "hangup"]);
}

#[test]
fn every_capture_reports_at_most_one_hang_up() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/asterisk/ami");
    let mut heard = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(scenario) = name.strip_suffix(".ami2app.bin") else { continue };
        let frames = captured(scenario);
        let mut bench = Bench::up();
        if let Some(audiosocket) = audiosocket_in(&frames) {
            bench.watch_over(audiosocket, None);
        }
        for frame in frames {
            bench.asterisk.received(frame, bench.now);
            bench.asterisk.tick(bench.now);
        }
        let ends = bench.kinds().iter().filter(|kind| **kind == "hangup").count();
        assert!(ends <= 1, "{scenario}: {ends} ends");
        heard += 1;
    }
    assert_eq!(heard, 86);
}

proptest! {
    /// Messages of Asterisk in any order, between orders and losses: a call is attached once at a time, ends once, and gets no
    /// reports after that.
    #[test]
    fn calls_attach_once_at_a_time_and_end_once(steps in prop::collection::vec(0_u8..14, 0..60)) {
        let mut bench = Bench::up();
        let mut is_attached = false;
        let mut ends = 0;
        for step in steps {
            match step {
                0 => bench.watch_once(),
                1 => bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6)),
                2 => bench.say(&dial_begin()),
                3 => bench.say(&announced(CALLER)),
                4 => bench.say(&bridge("BridgeEnter", "b2", CALLER, "PJSIP/trunk-1")),
                5 => bench.say(&bridge("BridgeEnter", "b2", &person(), "PJSIP/2001-1")),
                6 => bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1")),
                7 => bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1")),
                8 => bench.say(&hangup("HangupRequest", CALLER, 16)),
                9 => bench.say(&hangup("Hangup", CALLER, 16)),
                10 => bench.say(&hangup("Hangup", &person(), 16)),
                11 => bench.asterisk.lost(WireFault::Ended, bench.now),
                12 => bench.come_back(),
                _ => bench.act(ChannelAction::Hold { channel: PERSON }),
            }
            for fact in bench.facts() {
                prop_assert!(ends == 0 || matches!(fact, Fact::ActionDone { .. }), "{fact:?} after the end");
                match fact {
                    Fact::ControlAttached { .. } => {
                        prop_assert!(!is_attached, "attached twice");
                        is_attached = true;
                    }
                    Fact::ControlLost { .. } => {
                        prop_assert!(is_attached, "lost without having been attached");
                        is_attached = false;
                    }
                    Fact::Hangup { .. } | Fact::ChannelGone => ends += 1,
                    _ => {}
                }
            }
        }
    }
}

impl Bench {
    fn watch_once(&mut self) {
        if !self.asterisk.watched.contains_key(&AUDIO) {
            self.watch();
        }
    }

    /// Brings the connection back, with the caller's channel as it was.
    fn come_back(&mut self) {
        if self.asterisk.shown().is_connected {
            return;
        }
        self.sign_in();
        self.say("Event: FullyBooted");
        let row = format!("Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6");
        self.list(&[&row]);
    }
}
