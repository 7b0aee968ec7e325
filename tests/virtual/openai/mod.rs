//! OpenAI Realtime: the whole server, a stand-in for the provider that knows its rules, and callers who listen.
//!
//! Each case checks what the caller heard, what was sent to the provider, and what the API returns.

mod barge_in;
mod chain;
mod costs;
mod dialects;
#[allow(dead_code, reason = "shared with the cases of a real telephone")]
#[path = "../../openai/ears.rs"]
pub(crate) mod ears;
mod expiry;
mod failures;
mod losses;
mod notice;
mod refusals;
mod returns;
pub(crate) mod stage;
mod stream;
mod tools;
mod trial;
mod voice;
mod whole_call;
