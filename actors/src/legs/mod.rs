//! Common parts of the legs of every kind: a port, a recording, tones, the call's orders, an actor that takes them, and
//! the one report with which they leave. The protocol is in the kind's own folder (`asterisk/`, `freeswitch/`, `twilio/`, `web/`, `rtc/`).
//!
//! ```text
//! a leg                    one per leg, on its call's arbiter: a task of its wire's own, which owns the connection (`AudioSocketActor`)
//! ├─ LegActor              takes the call's orders; where it died there is another one at once (`keep_actor`)
//! ├─ its parts             read and write; where one panicked it is run once more (`unharmed`)
//! └─ Leaving               tells the call once that the leg has left, however the stay ends
//! ```

mod actor;
mod burst;
mod clock;
mod kind;
mod leaving;
mod leg;
mod marked_playback;
mod marked_writer;
mod parts;
mod played;
mod reading;
mod recording;
mod sounding;
mod source;

pub(crate) use burst::Burst;
pub(crate) use clock::LegClock;
use kind::legs;
pub use kind::{LegCheck, LegComplaint, LegSection};
pub(crate) use leaving::Leaving;
pub(crate) use leg::{Buffered, Leg, LegShape};
pub(crate) use marked_playback::{MarkedPlayback, MarkedWire};
pub(crate) use marked_writer::write_marked;
pub(crate) use parts::{keep_actor, unharmed};
use played::Played;
pub(crate) use reading::{MessageHearing, MessageSource, OddMessages, read_messages};
pub use source::{AnnouncedCaller, AudioSource, LegPlace, LegSettings};

legs! {
    audiosocket: crate::asterisk::AudioSocketSection,
    webrtc: crate::rtc::WebrtcSection,
}
