//! A running simulated call: the connection, the clock, and what each tick does.

use std::pin::pin;
use std::time::Duration;

use cordboard_schema::audio::Frame;
use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::resample::Resampler;
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender, encode_audio, encode_dtmf, encode_uuid};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use super::hearing::Hearing;
use super::script::{Action, Script};
use super::tape::Tape;
use super::{CALLER_RATE, CallEnd, CallSummary, CallerError, Progress, SILENCE, Step, WRITE_TIMEOUT};

/// How long the other side may take to close after we did.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes per read: 100 ms of a server's audio.
const READ_BYTES: usize = 2_048;

/// A running call.
pub(super) struct Conversation<R, W, P> {
    reader: R,
    writer: W,
    decoder: Decoder,
    script: Script,
    hearing: Hearing,
    /// Converts the server's audio if its rate differs from the caller's, which Asterisk allows.
    rate_bridge: Option<Resampler>,
    tape: Option<Tape>,
    started_at: Instant,
    frames_sent: u64,
    frames_heard: u64,
    progress: P,
}

impl<R, W, P> Conversation<R, W, P>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
    P: FnMut(Duration, Progress),
{
    /// Starts a call now.
    pub(super) fn new(reader: R, writer: W, steps: Vec<Step>, tape: Option<Tape>, progress: P) -> Self {
        Self {
            reader,
            writer,
            decoder: Decoder::new(Sender::Server),
            script: Script::new(steps),
            hearing: Hearing::default(),
            rate_bridge: None,
            tape,
            started_at: Instant::now(),
            frames_sent: 0,
            frames_heard: 0,
            progress,
        }
    }

    /// Runs the conversation to its end.
    pub(super) async fn hold(
        mut self,
        uuid: Uuid,
        stop: impl Future<Output = ()>,
    ) -> Result<CallSummary, CallerError> {
        let mut message = Vec::new();
        encode_uuid(uuid, &mut message);
        self.send(&message).await?;
        (self.progress)(Duration::ZERO, Progress::Connected);

        let mut stop = pin!(stop);
        let mut clock = interval(Duration::from_millis(FRAME_MS.into()));
        // Frames that a stall delayed are sent in a burst, as a telephone's frames arrive after a network stall.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut bytes = [0; READ_BYTES];
        let end = loop {
            tokio::select! {
                read = self.reader.read(&mut bytes) => match read? {
                    0 => break CallEnd::ServerClosed,
                    count => if let Some(end) = self.hear(&bytes[..count])? { break end },
                },
                _ = clock.tick() => if let Some(end) = self.tick().await? { break end },
                () = &mut stop => break CallEnd::Stopped,
            }
        };
        let summary = self.summary(end);
        if let Some(tape) = self.tape.take() {
            tape.finish()?;
        }
        self.close().await;
        Ok(summary)
    }

    /// Sends one frame of the caller or a digit, or nothing while a digit leaves a gap.
    async fn tick(&mut self) -> Result<Option<CallEnd>, CallerError> {
        let at = self.started_at.elapsed();
        self.hearing.tick(at, &mut |happened| (self.progress)(at, happened));
        let action = self.script.tick(&self.hearing, &mut |happened| (self.progress)(at, happened));
        let mut message = Vec::new();
        let mut spoken = SILENCE;
        match action {
            Action::Speak(samples) => {
                spoken = *samples;
                // This can't fail: the array is exactly one frame.
                if encode_audio(CALLER_RATE, &spoken, &mut message).is_ok() {
                    self.frames_sent += 1;
                }
            }
            Action::Hole => {}
            Action::Press(digit) => encode_dtmf(digit, &mut message),
            Action::HangUp => return Ok(Some(CallEnd::CallerHungUp)),
        }
        if let Some(tape) = &mut self.tape {
            tape.tick(&spoken)?;
        }
        self.send(&message).await?;
        Ok(None)
    }

    /// Handles the server's bytes. Returns an end if the server hung up.
    fn hear(&mut self, mut bytes: &[u8]) -> Result<Option<CallEnd>, CallerError> {
        while let Some(message) = self.decoder.decode(&mut bytes)? {
            match message {
                Message::Audio(frame) => self.hear_frame(&frame),
                Message::Hangup => return Ok(Some(CallEnd::ServerHungUp)),
                message @ (Message::Uuid(_)
                | Message::Dtmf(_)
                | Message::Error { .. }
                | Message::Unknown { .. }) => {
                    return Err(CallerError::Unexpected { message });
                }
            }
        }
        Ok(None)
    }

    fn hear_frame(&mut self, frame: &Frame) {
        self.frames_heard += 1;
        let Frame::Pcm { rate, samples } = frame else { return };
        let mut resampled = Vec::new();
        let samples = if *rate == CALLER_RATE {
            samples
        } else {
            let bridge = self.rate_bridge.take().filter(|bridge| bridge.from_rate() == *rate);
            let mut bridge = bridge.unwrap_or_else(|| Resampler::live(*rate, CALLER_RATE));
            bridge.push(samples, &mut resampled);
            self.rate_bridge = Some(bridge);
            resampled.as_slice()
        };
        self.hearing.hear(samples);
        if let Some(tape) = &mut self.tape {
            tape.hear(samples);
        }
    }

    async fn send(&mut self, message: &[u8]) -> Result<(), CallerError> {
        let written = timeout(WRITE_TIMEOUT, self.writer.write_all(message)).await;
        Ok(written.map_err(|_| CallerError::Stalled)??)
    }

    fn summary(&self, end: CallEnd) -> CallSummary {
        CallSummary {
            end,
            duration: self.started_at.elapsed(),
            frames_sent: self.frames_sent,
            frames_heard: self.frames_heard,
            first_sound: self.hearing.first_sound(),
            silence: self.hearing.silence(),
        }
    }

    /// Closes as Asterisk does, with a FIN, and reads up to the server's own FIN so that no reset overtakes it.
    async fn close(mut self) {
        let mut bytes = [0; READ_BYTES];
        let drained = async {
            let _ = self.writer.shutdown().await;
            while let Ok(1..) = self.reader.read(&mut bytes).await {}
        };
        let _ = timeout(CLOSE_TIMEOUT, drained).await;
    }
}
