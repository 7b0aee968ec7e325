//! A simulated caller: what Asterisk does on an AudioSocket connection, driven by a script.
//!
//! It sends the UUID, then a frame of 20 ms at each 20 ms by an absolute clock, speech or silence. A digit makes a hole
//! in the audio and comes at its end, as Asterisk sends it. It hears what the server sends, so that a script can wait for
//! the assistant to speak and to be done. Both sides can be recorded. `cordboard call` and `cordboard demo` use it.
//!
//! ```text
//! SimulatedCaller::call    the connection and the clock
//!   Script                 what is said next (pure)
//!   Hearing                whether the other side speaks (pure)
//!   Tape                   the recording of both sides
//! ```

mod hearing;
mod script;
mod speech;
mod tape;

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::resample::Resampler;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::digit::Digit;
use cordboard_schema::wire::audiosocket::{
    DecodeError, Decoder, Message, Sender, encode_audio, encode_dtmf, encode_uuid,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use hearing::Hearing;
use script::{Action, Script};
use tape::Tape;

pub use speech::{Speech, SpeechError};

/// The rate that a caller speaks and hears at: that of a telephone.
pub const CALLER_RATE: SampleRate = SampleRate::HZ_8000;

/// Samples of one frame at the caller's rate.
const FRAME_SAMPLES: usize = CALLER_RATE.samples_per_frame();

/// How long a connection may take; Asterisk gives up as early.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long one frame may take to be written. A server that stops reading for so long has lost the call.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the other side has to close after we did.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes read at once: 100 ms of what a server sends.
const READ_BYTES: usize = 2_048;

/// One thing that a caller does. After the last one they listen until the server ends the call.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Say nothing for a time.
    Wait(Duration),
    /// Wait until the other side speaks.
    WaitForSpeech {
        /// Go on after this time in any case.
        max: Duration,
    },
    /// Wait until the other side has been quiet for 0.8 s.
    WaitForSilence {
        /// Go on after this time in any case.
        max: Duration,
    },
    /// Say something.
    Speak(Speech),
    /// Press a key.
    Digit(Digit),
    /// Hang up.
    HangUp,
}

/// What happened on the call, `at` from the connection on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The server has the connection.
    Connected,
    /// The other side began to speak.
    HeardSpeech,
    /// The other side has been quiet for a while.
    HeardSilence,
    /// The caller began to speak.
    Speaking {
        /// Name of the speech.
        name: String,
    },
    /// The caller pressed a key.
    Pressed(Digit),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The server ended the leg (`00 00 00`).
    ServerHungUp,
    /// The server closed the connection.
    ServerClosed,
    /// The script hung up.
    CallerHungUp,
    /// The caller was told to stop (Ctrl-C).
    Stopped,
}

/// A call that took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSummary {
    /// How it ended.
    pub end: CallEnd,
    /// From the connection to the end.
    pub duration: Duration,
    /// Frames of 20 ms that were sent.
    pub frames_sent: u64,
    /// Audio messages that came.
    pub frames_heard: u64,
    /// When the first sound came, from the connection on; `None` if all was silence.
    pub first_sound: Option<Duration>,
    /// How much of the call the other side was silent.
    pub silence: Duration,
}

/// Why a call did not take place or broke off.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// Nobody took the call.
    #[error(
        "nobody takes calls at {to}: {cause}; start `cordboard serve`, or name another address with --to"
    )]
    Unreachable {
        /// The address.
        to: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The server took no more audio.
    #[error("the server has read no audio for {} s", WRITE_TIMEOUT.as_secs())]
    Stalled,
    /// The server sent something that is no AudioSocket.
    #[error("the server does not speak AudioSocket: {0}")]
    Wire(#[from] DecodeError),
    /// The server sent a message that only Asterisk sends; Asterisk would have dropped the call.
    #[error("the server sent {message:?}, on which Asterisk drops the call")]
    Unexpected {
        /// The message.
        message: Message,
    },
    /// The recording can't be written.
    #[error("{} can't be written: {cause}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What hound or the system says.
        cause: hound::Error,
    },
}

/// A caller who is about to call.
#[derive(Clone, Debug)]
pub struct SimulatedCaller {
    /// The call's name, which Asterisk's dialplan would have made.
    pub uuid: Uuid,
    /// What the caller does.
    pub script: Vec<Step>,
    /// Where to record the call: a WAV of 8 kHz, left the caller, right what they heard.
    pub record: Option<PathBuf>,
}

impl SimulatedCaller {
    /// Calls, and returns when the call is over. `stop` ends it early, as Ctrl-C does; `progress` is told what happens
    /// and when, from the connection on.
    ///
    /// # Errors
    /// If nobody takes the call, it breaks off, or it can't be recorded.
    pub async fn call(
        self,
        to: &str,
        stop: impl Future<Output = ()>,
        progress: impl FnMut(Duration, Progress),
    ) -> Result<CallSummary, CallerError> {
        let unreachable = |cause| CallerError::Unreachable { to: to.to_owned(), cause };
        let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(to)).await;
        let stream =
            connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unreachable)?;
        stream.set_nodelay(true)?;
        let tape = self.record.map(Tape::create).transpose()?;
        let (reader, writer) = stream.into_split();
        let conversation = Conversation {
            reader,
            writer,
            decoder: Decoder::new(Sender::Server),
            script: Script::new(self.script),
            hearing: Hearing::default(),
            rate_bridge: None,
            tape,
            started_at: Instant::now(),
            frames_sent: 0,
            frames_heard: 0,
            progress,
        };
        conversation.hold(self.uuid, stop).await
    }
}

/// A call while it lasts.
struct Conversation<R, W, P> {
    reader: R,
    writer: W,
    decoder: Decoder,
    script: Script,
    hearing: Hearing,
    /// For a server that sends another rate than it hears, as Asterisk allows.
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
    async fn hold(mut self, uuid: Uuid, stop: impl Future<Output = ()>) -> Result<CallSummary, CallerError> {
        let mut message = Vec::new();
        encode_uuid(uuid, &mut message);
        self.send(&message).await?;
        (self.progress)(Duration::ZERO, Progress::Connected);

        let mut stop = pin!(stop);
        let mut clock = interval(Duration::from_millis(FRAME_MS.into()));
        // What a stall kept back comes in a burst, as from a telephone behind a network.
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

    /// One frame of the caller, or a digit, or nothing where a digit makes a hole.
    async fn tick(&mut self) -> Result<Option<CallEnd>, CallerError> {
        let at = self.started_at.elapsed();
        self.hearing.tick(at, &mut |happened| (self.progress)(at, happened));
        let action = self.script.tick(&self.hearing, &mut |happened| (self.progress)(at, happened));
        let mut message = Vec::new();
        let mut spoken = [0; FRAME_SAMPLES];
        match action {
            Action::Speak(samples) => {
                spoken = samples;
                // Cannot be refused: the array is one frame.
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

    /// What the server sent; an end if it hung up.
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

    /// Closes as Asterisk does, with a FIN; and reads to the server's own, so that no reset overtakes it.
    async fn close(mut self) {
        let mut bytes = [0; READ_BYTES];
        let drained = async {
            let _ = self.writer.shutdown().await;
            while let Ok(1..) = self.reader.read(&mut bytes).await {}
        };
        let _ = timeout(CLOSE_TIMEOUT, drained).await;
    }
}

#[cfg(test)]
mod tests;
