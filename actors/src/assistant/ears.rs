//! Local speech recognition for the built-in assistant: one caller's words at a time, on its own thread.
//!
//! Recognition keeps a processor busy for up to a second, and longer on a slow machine. So it never runs on the threads that
//! carry sound, few requests may be queued, and the requester goes on without the words if they arrive too late.

use std::fmt;
use std::io;

use cordboard_schema::audio::{Resampler, SampleRate};
use tokio::sync::{mpsc, oneshot};

use crate::threads::Threads;

/// Pieces of speech that may be queued; further ones are not recognized.
const WAITING_MAX: usize = 8;

/// A piece of speech to recognize.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// Mono, at [`Speech::RATE`].
    pub samples: Vec<i16>,
    /// The expected language: a tag as in RFC 5646 (`en`, `de-AT`).
    pub language: String,
}

impl Speech {
    /// Sample rate of speech models.
    pub const RATE: SampleRate = SampleRate::HZ_16000;
    /// Longest speech that is recognized, in ms; of a longer one only the beginning is.
    pub const LONGEST_MS: u32 = 28_000;
}

/// A piece of speech with the sample rate of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Mono; not longer than [`Speech::LONGEST_MS`].
    pub samples: Vec<i16>,
    /// The sample rate.
    pub rate: SampleRate,
    /// The expected language.
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
    /// Returns the words; empty if there are none.
    ///
    /// # Errors
    /// The reason, for the operator.
    fn recognize(&mut self, speech: &Speech) -> Result<String, String>;
}

/// Speech, and the receiver of its words.
struct Job {
    sound: Sound,
    words: oneshot::Sender<String>,
}

/// A handle to a recognizer that runs on its own thread.
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
    /// Starts a recognizer. It ends when its last handle is dropped.
    ///
    /// # Errors
    /// The system provides no thread.
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

    /// Queues a sound for recognition. The receiver gets its words, or an error if the queue is full or the recognition failed.
    pub fn recognize(&self, sound: Sound) -> oneshot::Receiver<String> {
        let (words, receiver) = oneshot::channel();
        if self.jobs.try_send(Job { sound, words }).is_err() {
            tracing::debug!("speech is not recognized: the queue is full");
        }
        receiver
    }
}
