//! Recordings of calls that are over: which form they have, and where they lie.
//!
//! A recording is written as WAV while its call lives, because a WAV that a killed process leaves is playable up to its last
//! 400 ms. Behind the call it becomes Opus, where the configuration says so:
//!
//! ```text
//! id.wav ──encode──> id.opus.part ──fsync, rename──> id.opus ──the row names id.opus──> id.wav is deleted ──> the row says so
//! ```
//!
//! A process may be killed between any two of these steps. The next one finds the row as it was and goes on there. Then it is moved to the
//! object store, where the configuration names one ([`moving`]). A recording that is deleted meanwhile has no row to go on with: what was
//! made of it is found by its mark ([`unsettled`]).

mod bounded_http;
mod files;
mod keeper;
mod moving;
mod names;
mod opus_file;
mod opus_reading;
mod outline;
mod remote;
mod tally;
mod unsettled;

pub use files::RecordingFiles;
pub(crate) use files::{NotDeleted, RecordingFile};
pub use keeper::{GB, RecordingKeeper, RecordingsError, RecordingsWork};
pub(crate) use names::is_opus;
pub(crate) use opus_reading::{OpusCut, OpusError};
pub use remote::{RemoteError, RemoteStore};
