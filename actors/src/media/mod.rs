//! The media plane: mouths, ears and the cords between them; clocks, mixing, speech detection, recording.
//!
//! ```text
//! leg's reader task -> Mouth --cord--> lane \
//!                                            Ear -> leg's writer task (one frame a Playout tick)
//! other leg's mouth -------cord--> lane /          \-> Track -> recorder thread -> WAV
//! ```
//!
//! Samples never pass through a mailbox: the call plugs and unplugs cords and touches no frame.

pub mod answer_listener;
pub mod answering_machine;
pub mod beep;
mod endless_sound;
mod lane;
pub mod mixer;
mod music;
mod pipe;
pub mod playout;
pub mod port;
pub mod recorder;
mod recorder_thread;
mod recorder_trouble;
mod ring_back;
mod timeline;
mod tone_watch;
mod tones;
pub mod vad;
mod wav;
mod wav_file;

pub use answer_listener::AnswerReport;
pub use answering_machine::AnswerVerdict;
pub use endless_sound::EndlessSound;
pub use lane::{EarCounters, ItemEnd, ItemGiven, ItemPlayed};
pub use music::play_music;
pub use pipe::{MessagePipe, PipeEnd, PipedMessage, SpokenAt};
pub use playout::Playout;
pub use port::{Ear, EarOutput, Mouth, Pace, Port, Tick, plug, plug_alongside, unplug};
pub use recorder::{Recorder, RecorderCounters, RecorderHandle, RecordingEvent, Track, TrackInlet};
pub use ring_back::sound_ring_back;
pub(crate) use timeline::PAST_MS_MAX;
pub use tone_watch::ToneWatch;
pub use tones::Tones;
pub use vad::{Vad, VadEdge, VadSettings};
pub use wav::wav;
pub use wav_file::{Repair, WavError, recorded_ms, repair};
