//! The assistant: the AI on a call.
//!
//! ```text
//! CallActor --AssistantOrder--> RealtimeAiActor --orders--> Headset \
//!     ^                              | starts and ends               > Provider::run, a task of its own
//!     '------------- Fact -----------'------------------- Headset  /
//!
//! caller's mouth --cord--> Headset (frames as they come)       Headset --cord--> caller's ear
//! ```
//!
//! The actor runs until its call stops or releases it, or until the provider ends; the provider's task never outlives the actor.
//! A provider knows nothing of actors, mailboxes and cords: all it has is a [`Headset`].

mod actor;
mod builtin;
pub mod cascade;
pub mod deepgram;
mod ears;
pub mod elevenlabs;
pub mod gemini;
mod headset;
pub mod kind;
mod memory;
pub mod openai;
pub mod openai_live;
mod passed_over;
mod provider;
mod rehearsal;
pub mod remote;
pub mod sounds;
mod tap;
mod turn;
pub mod voices;

pub use actor::RealtimeAiActor;
pub use builtin::Builtin;
pub use cascade::Cascade;
pub use deepgram::Deepgram;
pub use ears::{Ears, Recognizer, Sound, Speech};
pub use elevenlabs::ElevenLabs;
pub use gemini::Gemini;
pub use headset::{Headset, Input, Utterance};
use kind::voices;
pub use openai::OpenAi;
pub use openai_live::OpenAiLive;
pub use passed_over::PassedOver;
pub use provider::{Account, Provider, ProviderFault};
pub use rehearsal::{Rehearsal, RehearsalInput, Written, WrittenAnswer, WrittenCall};
pub use remote::account::{AgentAccount, Host};
pub use remote::words::session_instructions;
pub use tap::{Tap, Tapped};

voices! {
    openai,
    openai_live,
    deepgram,
    gemini,
    elevenlabs,
    cascade,
}
