//! Recordings of ended calls: their formats, and where they are stored.
//!
//! A recording is written as WAV during its call, because a WAV left by a killed process is playable up to its last 400 ms. After the call it becomes
//! Opus, if the configuration says so:
//!
//! ```text
//! id.wav ──encode──> id.opus.part ──fsync, rename──> id.opus ──the row names id.opus──> id.wav is deleted ──> the row says so
//! ```
//!
//! A process may be killed between any two of these steps. The next process finds the row unchanged and continues from there. Then the recording is
//! moved to the object store, if the configuration names one ([`moving`]). A recording that is deleted during this work has no row; files made from
//! it are found by its mark ([`unsettled`]).

mod bounded_http;
mod files;
mod keeper;
mod marker;
mod moving;
mod names;
mod opus_file;
mod opus_reading;
mod outline;
mod remote;
#[cfg(test)]
pub(crate) mod scripted_s3;
mod tally;
mod unsettled;

pub use files::RecordingFiles;
pub(crate) use files::{NotDeleted, RecordingFile};
pub use keeper::{GB, RecordingKeeper, RecordingsError, RecordingsWork};
pub(crate) use marker::{NOTE as NOTE_OF_FOLDERS, missing_mark};
pub(crate) use names::{WAV_PART, is_opus, opus_of_wav, stem};
pub(crate) use opus_reading::{OpusCut, OpusError};
pub(crate) use remote::is_silence;
pub use remote::{RemoteError, RemoteStore};
