//! Parts that legs of every kind have in common: a port, a recording, tones, the call's orders, an actor that takes them, and
//! the one report that the leg has left. The protocol is in the kind's own folder (`asterisk/`, `freeswitch/`, `twilio/`, `web/`,
//! `rtc/`).
//!
//! ```text
//! a leg                    one per leg, on its call's arbiter: a task of its kind, which owns the connection (`AudioSocketActor`)
//! ├─ LegActor              takes the call's orders; if it dies, another one starts at once (`keep_actor`)
//! ├─ its parts             read and write; one that panics is run again (`unharmed`)
//! └─ Leaving               reports once that the leg has left, however it ends
//! ```

mod actor;
mod burst;
mod clock;
mod kind;
mod leaving;
mod leg;
mod live_lead;
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
