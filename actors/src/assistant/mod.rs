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
//! The actor lives until its call says stop, lets go of it, or the provider ends; the provider's task never outlives the
//! actor. A provider knows nothing of actors, mailboxes and cords: it has a [`Headset`], and any voice AI can wear it.

mod actor;
mod builtin;
mod headset;
mod provider;
pub mod sounds;
mod turn;

pub use actor::RealtimeAiActor;
pub use builtin::Builtin;
pub use headset::{Headset, Input, Utterance};
pub use provider::{Provider, ProviderFault};
