//! A stand-in for Asterisk on an AudioSocket connection. It sends what Asterisk sends, when Asterisk sends it, rejects what Asterisk rejects,
//! and records everything that arrives with its time.
//!
//! There is one implementation, which waits by tokio's clock ([`Line`]). A test that blocks has it on a thread of its own ([`Caller`]), one in
//! virtual time as a task next to the server ([`TaskCaller`]).

mod caller;
mod line;
mod message;
mod report;
mod task;

pub use self::caller::Caller;
pub use self::line::{LegEnd, Line};
pub use self::message::{Message, MessageReader, audio_kind, kind, rate_of_kind};
pub use self::report::{Pacing, Report, TimedFrame, Violation};
pub use self::task::TaskCaller;
