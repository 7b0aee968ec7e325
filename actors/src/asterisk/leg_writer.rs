//! The writing side of a leg: one frame each 20 ms, silence where nobody speaks.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::limits::{AUDIOSOCKET_SEND_BUFFER_MS, AUDIOSOCKET_STALL_MS_MAX};
use cordboard_schema::wire::audiosocket::encode_audio;
use futures_util::FutureExt;
use tokio::time::timeout;

use super::audiosocket_actor::RATE_WITHOUT_AUDIO;
use crate::legs::{Leg, LegClock};
use crate::socket::Writings;

/// How long a leg waits for the caller's first audio to learn its rate. Asterisk sends it within 20 ms; a caller without
/// any audio has to get silence well within the 2 s after which Asterisk hangs up.
const FIRST_AUDIO_WAIT: Duration = Duration::from_millis(200);

const STALL_LIMIT: Duration = Duration::from_millis(AUDIOSOCKET_STALL_MS_MAX);

/// Why no more audio can be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteFault {
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error("a message went out in part, and what follows would be taken for its rest")]
    Cut,
    #[error("the peer has taken no audio for {AUDIOSOCKET_STALL_MS_MAX} ms")]
    Stalled,
}

/// Plays what the leg's ear hears, from the caller's first audio until the connection fails. Where it panicked it can be
/// called again.
pub(super) async fn write_frames(leg: &Leg, writings: &Writings<'_>) -> Result<Infallible, WriteFault> {
    if writings.is_cut() {
        return Err(WriteFault::Cut);
    }
    // The first audio joins the leg; where it is late this does, so the outcome does not matter.
    let _ = timeout(FIRST_AUDIO_WAIT, leg.joined()).await;
    let port = leg.join(RATE_WITHOUT_AUDIO);
    let rate = port.ear.rate();
    writings.bound_kernel_buffer(rate.samples_in_ms(AUDIOSOCKET_SEND_BUFFER_MS) * size_of::<i16>());
    let mut clock = LegClock::at_random_phase();
    let mut messages = FrameMessages::new(rate);
    loop {
        let due = clock.tick(leg).await;
        for _ in 0..due {
            let tick = port.ear.tick();
            let frame = leg.with_tones(tick.frame, rate);
            let message = messages.of(frame.as_ref());
            let mut writing = pin!(writings.write(message));
            // The kernel mostly takes it at once, and a time limit is needed only where it does not.
            match writing.as_mut().now_or_never() {
                Some(written) => written?,
                None => timeout(STALL_LIMIT, writing).await.map_err(|_| WriteFault::Stalled)??,
            }
            leg.recording.played(frame.as_ref());
            for played in tick.played {
                leg.say_played(played);
            }
        }
    }
}

/// Frames of one rate as messages, in memory that is used again.
#[derive(Debug)]
struct FrameMessages {
    rate: SampleRate,
    silence: Vec<u8>,
    speech: Vec<u8>,
}

impl FrameMessages {
    fn new(rate: SampleRate) -> Self {
        let mut silence = Vec::new();
        let encoded = encode_audio(rate, &vec![0; rate.samples_per_frame()], &mut silence);
        debug_assert!(encoded.is_ok(), "a frame of silence is one frame");
        Self { rate, silence, speech: Vec::new() }
    }

    /// The message of a frame of this rate. Anything else than 20 ms of linear samples, which no ear of this rate gives,
    /// goes out as silence.
    fn of(&mut self, frame: Option<&Frame>) -> &[u8] {
        self.speech.clear();
        match frame {
            Some(Frame::Pcm { rate, samples })
                if *rate == self.rate && encode_audio(*rate, samples, &mut self.speech).is_ok() =>
            {
                &self.speech
            }
            _ => &self.silence,
        }
    }
}
