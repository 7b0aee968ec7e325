//! Speech recognition on this machine, for the built-in assistant: one caller's words at a time, on a thread of its own.
//!
//! Recognizing takes a processor for as long as a second, and longer on a slow machine. So it never runs where sound is carried, little
//! waits for it, and the requester goes on without the words if they do not come in time.

use std::fmt;
use std::io;

use cordboard_schema::audio::{Resampler, SampleRate};
use tokio::sync::{mpsc, oneshot};

use crate::threads::Threads;

/// Pieces of speech that may wait; further ones are not understood.
const WAITING_MAX: usize = 8;

/// One thing that somebody has said.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// Mono, at [`Speech::RATE`].
    pub samples: Vec<i16>,
    /// The language that is expected: a tag as in RFC 5646 (`en`, `de-AT`).
    pub language: String,
}

impl Speech {
    /// Sample rate of speech models.
    pub const RATE: SampleRate = SampleRate::HZ_16000;
    /// The longest that is recognized, in ms; of one that is longer its beginning is.
    pub const LONGEST_MS: u32 = 28_000;
}

/// Something that was said as a line brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Mono; not more than [`Speech::LONGEST_MS`] of it.
    pub samples: Vec<i16>,
    /// Their rate.
    pub rate: SampleRate,
    /// The language that is expected.
    pub language: String,
}

impl From<Sound> for Speech {
    fn from(Sound { samples, rate, language }: Sound) -> Self {
        let mut at_rate = Vec::new();
        let mut resampler = Resampler::new(rate, Self::RATE);
        resampler.push(&samples, &mut at_rate);
        resampler.finish(&mut at_rate);
        Self { samples: at_rate, language }
    }
}

/// Turns speech into words. Blocks.
pub trait Recognizer: Send {
    /// Its words; empty if there are none.
    ///
    /// # Errors
    /// Why it can't be done, for an operator.
    fn recognize(&mut self, speech: &Speech) -> Result<String, String>;
}

/// Speech, and the receiver of its words.
struct Job {
    sound: Sound,
    words: oneshot::Sender<String>,
}

/// The way to a recognizer that runs beside everything else.
#[derive(Clone)]
pub struct Ears {
    jobs: mpsc::Sender<Job>,
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ears").finish_non_exhaustive()
    }
}

impl Ears {
    /// Starts one. It ends when nobody can ask it any more.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(threads: Threads, mut recognizer: impl Recognizer + 'static) -> io::Result<Self> {
        let (jobs, mut waiting) = mpsc::channel::<Job>(WAITING_MAX);
        threads.start("ears", move || async move {
            while let Some(Job { sound, words }) = waiting.recv().await {
                // A caller who has hung up meanwhile needs no words.
                if words.is_closed() {
                    continue;
                }
                match recognizer.recognize(&sound.into()) {
                    Ok(text) => drop(words.send(text)),
                    Err(reason) => tracing::warn!(%reason, "speech could not be recognized"),
                }
            }
        })?;
        Ok(Self { jobs })
    }

    /// Has it recognized. The receiver gets its words, or an error: too many wait, or it could not be done.
    pub fn recognize(&self, sound: Sound) -> oneshot::Receiver<String> {
        let (words, receiver) = oneshot::channel();
        if self.jobs.try_send(Job { sound, words }).is_err() {
            tracing::debug!("speech is not recognized: too much waits");
        }
        receiver
    }
}
