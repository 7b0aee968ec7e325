//! OpenAI Realtime: the whole server, a stand-in for the provider that knows its rules, and callers who listen.
//!
//! What a case claims it takes from what the caller heard, what the provider was sent, and what the API tells.

mod barge_in;
mod chain;
mod dialects;
#[path = "../../openai/ears.rs"]
mod ears;
mod failures;
mod losses;
mod notice;
mod refusals;
mod stage;
mod stream;
mod tools;
mod whole_call;
