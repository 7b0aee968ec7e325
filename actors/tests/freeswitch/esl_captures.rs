//! Every captured outbound connection of a real FreeSWITCH, replayed.

use cordboard_actors::freeswitch::translation::{channel_hangup, notice_of_end};
use cordboard_schema::event::Fact;
use cordboard_schema::wire::esl::{ChannelData, Control, Decoder, Frame, Notice, SocketMode};
use tokio::io::AsyncWriteExt;

use crate::esl_stage::{Stage, until};
use crate::esl_switch::{Freeswitch, captured, outbound_captures};

/// Bytes that a FreeSWITCH sent on one connection.
struct Capture {
    name: String,
    bytes: Vec<u8>,
    channel: String,
    /// Each frame after the first, with its end position.
    frames: Vec<(usize, Frame)>,
    /// The end of the answer to `connect`.
    start: usize,
}

/// The captures that Cordboard accepts, and the names of the others.
fn captures() -> (Vec<Capture>, Vec<String>) {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for name in outbound_captures() {
        let bytes = captured(&format!("{name}.fs2app.bin"));
        let (mut decoder, mut rest, mut frames) = (Decoder::new(), &bytes[..], Vec::new());
        while let Some(frame) = decoder.decode(&mut rest).unwrap() {
            frames.push((decoder.position() as usize, frame));
        }
        let (start, first) = frames.remove(0);
        let data = if let Frame::ChannelData(block) = &first { ChannelData::of(block) } else { None };
        match data {
            Some(data) if (data.socket_mode, data.control) == (SocketMode::Async, Control::Full) => {
                taken.push(Capture { name, channel: data.channel, bytes, frames, start });
            }
            _ => refused.push(name),
        }
    }
    (taken, refused)
}

impl Capture {
    /// The hang-up that the bytes up to `end` report: that of the first such event, or of the last notice.
    fn hangup(&self, end: usize) -> Option<Fact> {
        let whole = self.frames.iter().take_while(|(after, _)| *after <= end);
        whole.map(|(_, frame)| frame).find_map(|frame| match frame {
            Frame::Event(event) if event.unique_id() == Some(&self.channel) => channel_hangup(event),
            Frame::Disconnect(Notice::Final { .. }) => Some(notice_of_end()),
            _ => None,
        })
    }

    /// Plays the first `end` bytes, and then the FIN, against a call. Returns the single hang-up that was reported to it.
    async fn replay(&self, stage: &mut Stage, end: usize) -> Option<Fact> {
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        assert_eq!(freeswitch.command().await, "connect");
        freeswitch.send(&self.bytes[..end]).await;
        freeswitch.stream.shutdown().await.unwrap();
        let mut call = stage.take().await;
        let (_, facts) = call.lost().await;
        let hangups: Vec<Fact> =
            facts.into_iter().filter(|fact| matches!(fact, Fact::Hangup { .. })).collect();
        assert!(hangups.len() <= 1, "{} up to {end}: {hangups:?}", self.name);
        freeswitch.commands_to_the_end().await;
        hangups.into_iter().next()
    }
}

#[actix::test]
async fn every_captured_call_ends_once_and_with_its_cause() {
    let (captures, _) = captures();
    assert!(captures.len() > 60);
    let mut stage = Stage::open();
    let mut causes = 0;
    for capture in &captures {
        let end = capture.bytes.len();
        let reported = capture.replay(&mut stage, end).await;
        causes += usize::from(reported.is_some());
        assert_eq!(reported, capture.hangup(end), "{}", capture.name);
    }
    // In the others, the program closed the connection itself.
    assert!(causes > 60, "only {causes} of {} tell of a hang-up", captures.len());
    until("all sockets closed", || stage.live.now() == 0).await;
}

#[actix::test]
async fn a_connection_that_is_cut_anywhere_ends_once() {
    let (captures, _) = captures();
    let mut stage = Stage::open();
    for (number, capture) in captures.iter().enumerate() {
        let whole = capture.bytes.len() - capture.start;
        // Different positions for each capture, and one byte before and after the end of a frame.
        let spread = (0..6).map(|part| capture.start + whole * (part * 7 + number % 7) / 42);
        let (after, _) = capture.frames[number * 5 % capture.frames.len()];
        for end in spread.chain([after - 1, after, (after + 1).min(capture.bytes.len())]) {
            assert_eq!(
                capture.replay(&mut stage, end).await,
                capture.hangup(end),
                "{} up to {end}",
                capture.name
            );
        }
    }
    until("all sockets closed", || stage.live.now() == 0).await;
}

#[actix::test]
async fn connections_other_than_async_full_are_closed_and_counted() {
    let (_, refused) = captures();
    assert_eq!(
        refused,
        ["out_bare", "out_before_connect", "out_limited", "out_sync", "out_sync_close", "out_sync_exit"]
    );
    let stage = Stage::open();
    for name in &refused {
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        assert_eq!(freeswitch.command().await, "connect");
        // The server may have closed it by then.
        let _ = freeswitch.stream.write_all(&captured(&format!("{name}.fs2app.bin"))).await;
        assert_eq!(freeswitch.next_command().await, None, "{name}");
    }
    let counters = stage.listener.counters();
    assert_eq!((counters.not_async_full, counters.not_freeswitch), (5, 1), "{counters:?}");
    assert!(stage.is_without_arrivals());
}
