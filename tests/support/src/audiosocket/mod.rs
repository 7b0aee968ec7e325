//! A stand-in for Asterisk on an AudioSocket connection: it sends what Asterisk sends, when Asterisk sends it, takes
//! offence at what Asterisk takes offence at, and remembers everything that came with its time.

mod caller;
mod message;
mod report;

pub use self::caller::{Caller, LegEnd};
pub use self::message::{Message, MessageReader, audio_kind, kind, rate_of_kind};
pub use self::report::{Pacing, Report, TimedFrame, Violation};
