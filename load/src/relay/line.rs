//! Sound for the caller, and how it is sent.

use std::collections::VecDeque;
use std::io;

use cordboard_schema::audio::{Law, SampleRate, g711};
use cordboard_schema::wire::audiosocket::encode_audio;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

const FRAME_SAMPLES: usize = SampleRate::HZ_8000.samples_per_frame();

/// The queue in front of a caller.
#[derive(Debug)]
pub(super) struct Line {
    writer: OwnedWriteHalf,
    waiting: VecDeque<u8>,
    message: Vec<u8>,
}

impl Line {
    pub(super) fn new(writer: OwnedWriteHalf) -> Self {
        Self { writer, waiting: VecDeque::new(), message: Vec::new() }
    }

    /// Queues octets to be played.
    pub(super) fn play(&mut self, octets: &[u8]) {
        self.waiting.extend(octets);
    }

    /// Drops queued sound, because the caller speaks.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Sends the next 20 ms; silence if nothing is queued.
    pub(super) async fn tick(&mut self) -> io::Result<()> {
        let mut samples = [0; FRAME_SAMPLES];
        let due = FRAME_SAMPLES.min(self.waiting.len());
        for (sample, octet) in samples.iter_mut().zip(self.waiting.drain(..due)) {
            *sample = g711::decode(Law::Mu, octet);
        }
        self.message.clear();
        encode_audio(SampleRate::HZ_8000, &samples, &mut self.message).map_err(io::Error::other)?;
        self.writer.write_all(&self.message).await
    }
}
