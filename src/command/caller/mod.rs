//! A simulated caller: what Asterisk does on an AudioSocket connection, driven by a script.
//!
//! It sends the UUID, then a frame of 20 ms every 20 ms by an absolute clock: speech or silence. A digit leaves a gap in the audio and is sent at its
//! end, as Asterisk does. The caller hears what the server sends, so a script can wait for the assistant to speak and to finish. Both sides can be
//! recorded. `cordboard call` and `cordboard demo` use it.
//!
//! ```text
//! SimulatedCaller::call    connects
//!   Conversation           the connection and the clock
//!     Script               what is said next (pure)
//!     Hearing              whether the other side speaks (pure)
//!     Tape                 the recording of both sides
//! ```

mod conversation;
mod hearing;
mod script;
mod speech;
mod tape;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::digit::Digit;
use cordboard_schema::wire::audiosocket::{DecodeError, Message};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

use conversation::Conversation;
use tape::Tape;

pub use speech::{Speech, SpeechError};

/// The rate at which a caller speaks and hears: that of a telephone.
pub const CALLER_RATE: SampleRate = SampleRate::HZ_8000;

/// Samples of one frame at the caller's rate.
const FRAME_SAMPLES: usize = CALLER_RATE.samples_per_frame();

/// A frame of silence.
const SILENCE: [i16; FRAME_SAMPLES] = [0; FRAME_SAMPLES];

/// How long connecting may take. Asterisk gives up after the same time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long writing one frame may take. A server that stops reading for this long has lost the call.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// One step of a caller. After the last one they listen until the server ends the call.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Say nothing for this long.
    Wait(Duration),
    /// Wait until the other side speaks.
    WaitForSpeech {
        /// Continue after this time in any case.
        max: Duration,
    },
    /// Wait until the other side has been quiet for 0.8 s.
    WaitForSilence {
        /// Continue after this time in any case.
        max: Duration,
    },
    /// Say something.
    Speak(Speech),
    /// Press a key.
    Digit(Digit),
    /// Hang up.
    HangUp,
}

/// Events of a call. Their times count from the connection.
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
    /// The caller was stopped from outside (Ctrl-C).
    Stopped,
}

/// A call that took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSummary {
    /// How it ended.
    pub end: CallEnd,
    /// From the connection to the end.
    pub duration: Duration,
    /// Frames of 20 ms that the caller sent.
    pub frames_sent: u64,
    /// Audio messages that the server sent.
    pub frames_heard: u64,
    /// When the first sound arrived, counted from the connection; `None` if all was silence.
    pub first_sound: Option<Duration>,
    /// How long the other side was silent, in total.
    pub silence: Duration,
}

/// Why a call did not take place, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// Nothing listens at the address.
    #[error(
        "nobody takes calls at {to}: {cause}; start `cordboard serve`, or name another address with --to"
    )]
    Unreachable {
        /// The address.
        to: String,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The server stopped reading audio.
    #[error("the server has read no audio for {} s", WRITE_TIMEOUT.as_secs())]
    Stalled,
    /// The server sent bytes that are not AudioSocket.
    #[error("the server does not speak AudioSocket: {0}")]
    Wire(#[from] DecodeError),
    /// The server sent a message that only Asterisk may send. Asterisk would have dropped the call.
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
        /// Error of hound or the system.
        cause: hound::Error,
    },
}

/// A caller, before their call.
#[derive(Clone, Debug)]
pub struct SimulatedCaller {
    /// Id of the call, which Asterisk's dialplan would have made.
    pub uuid: Uuid,
    /// What the caller does.
    pub script: Vec<Step>,
    /// File for the recording of the call: a WAV of 8 kHz with the caller left, and what they heard right.
    pub record: Option<PathBuf>,
}

impl SimulatedCaller {
    /// Makes the call, and returns when it is over. `stop` ends it early, as Ctrl-C does. `progress` receives each event with its time since the
    /// connection.
    ///
    /// # Errors
    /// Fails if no server takes the call, the call breaks off, or it can't be recorded.
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
        let conversation = Conversation::new(reader, writer, self.script, tape, progress);
        conversation.hold(self.uuid, stop).await
    }
}

#[cfg(test)]
mod tests;
