//! The writing side of a leg: one frame each 20 ms, silence if there is no audio.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::limits::{AUDIOSOCKET_SEND_BUFFER_MS, AUDIOSOCKET_STALL_MS_MAX};
use cordboard_schema::wire::audiosocket::encode_audio;
use futures_util::FutureExt;
use tokio::time::timeout;

use super::leg_reader::RATE_WITHOUT_AUDIO;
use crate::legs::{Leg, LegClock};
use crate::socket::Writings;

/// How long a leg waits for the caller's first audio to learn its rate. Asterisk sends it within 20 ms. A caller without any audio
/// has to get silence well within the 2 s after which Asterisk hangs up.
const FIRST_AUDIO_WAIT: Duration = Duration::from_millis(200);

const STALL_LIMIT: Duration = Duration::from_millis(AUDIOSOCKET_STALL_MS_MAX);

/// Why no more audio can be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteFault {
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error("a message was sent only in part, so nothing can follow it")]
    Cut,
    #[error("the peer has read no audio for {AUDIOSOCKET_STALL_MS_MAX} ms")]
    Stalled,
}

/// Plays what the leg's ear hears, from the caller's first audio until the connection fails. After a panic it can be called again.
pub(super) async fn write_frames(leg: &Leg, writings: &Writings<'_>) -> Result<Infallible, WriteFault> {
    if writings.is_cut() {
        return Err(WriteFault::Cut);
    }
    // The first audio joins the leg. If that is late this does it, so the outcome does not matter.
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
            // The kernel mostly takes it at once; a time limit is needed only if it does not.
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

/// Frames of one rate as messages, in a buffer that is reused.
#[derive(Debug)]
struct FrameMessages {
    rate: SampleRate,
    message: Vec<u8>,
    /// Whether the message is silence: it is sent again as long as there is no audio.
    is_silence: bool,
}

impl FrameMessages {
    fn new(rate: SampleRate) -> Self {
        Self { rate, message: Vec::new(), is_silence: false }
    }

    /// Returns the message of a frame of this rate. Anything except 20 ms of linear samples, which no ear of this rate gives, is
    /// sent as silence.
    fn of(&mut self, frame: Option<&Frame>) -> &[u8] {
        let speech = match frame {
            Some(Frame::Pcm { rate, samples }) if *rate == self.rate => Some(samples),
            _ => None,
        };
        let is_written = speech.is_some_and(|samples| self.write(samples));
        if !is_written && !self.is_silence {
            self.is_silence = self.write(&vec![0; self.rate.samples_per_frame()]);
            debug_assert!(self.is_silence, "a frame of silence is one frame");
        }
        &self.message
    }

    fn write(&mut self, samples: &[i16]) -> bool {
        self.is_silence = false;
        self.message.clear();
        encode_audio(self.rate, samples, &mut self.message).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_sent_unchanged_and_all_else_as_silence() {
        let rate = SampleRate::HZ_8000;
        let message_of = |sample: i16| {
            let mut message = Vec::new();
            encode_audio(rate, &[sample; 160], &mut message).unwrap();
            message
        };
        let speech = Frame::pcm(rate, vec![7; 160]);
        let of_another_rate = Frame::pcm(SampleRate::HZ_16000, vec![7; 320]);
        let mut messages = FrameMessages::new(rate);
        for (frame, sample) in [
            (None, 0),
            (None, 0),
            (Some(&speech), 7),
            (Some(&of_another_rate), 0),
            (Some(&speech), 7),
            (None, 0),
        ] {
            assert_eq!(messages.of(frame), message_of(sample));
        }
    }
}
