//! What the words of an Asterisk about one call cost to read: `cargo bench -p cordboard-actors --bench ami`.
#![allow(missing_docs, reason = "criterion's macros make functions without docs")]
#![allow(clippy::unwrap_used, reason = "a measurement stops where it fails")]

use std::hint::black_box;
use std::path::Path;

use cordboard_schema::wire::ami::{
    AmiEvent, Bridging, CallAnnounced, ChannelLine, Decoder, Ended, Frame, KeyReleased,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A whole call with two keys, a person who takes over, and the goodbye, as Asterisk told it to a connection that asked for
/// all classes of events.
const CALL: &str = "../tests/captures/asterisk/ami/inbound-ai-transfer.ami2app.bin";

/// Reads what concerns calls of every message; how many messages there were.
fn read(bytes: &[u8]) -> usize {
    let (mut decoder, mut input, mut messages) = (Decoder::new(), bytes, 0);
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        let Frame::Message(message) = frame else { continue };
        messages += 1;
        match message.event() {
            Some(AmiEvent::BridgeEnter | AmiEvent::BridgeLeave) => drop(black_box(Bridging::of(&message))),
            Some(AmiEvent::UserEvent) => drop(black_box(CallAnnounced::of(&message))),
            Some(AmiEvent::DtmfEnd) => drop(black_box(KeyReleased::of(&message))),
            Some(AmiEvent::Hangup | AmiEvent::HangupRequest) => drop(black_box(Ended::of(&message))),
            Some(_) => drop(black_box(ChannelLine::of(&message))),
            None => {}
        }
    }
    messages
}

fn calls(bench: &mut Criterion) {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(CALL)).unwrap();
    let mut group = bench.benchmark_group("ami");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function(format!("a call of {} messages", read(&bytes)), |bencher| {
        bencher.iter(|| read(black_box(&bytes)))
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
