//! Twilio: the whole server, and a stand-in that signs webhooks, does what their TwiML asks for and opens streams.

mod alarms;
mod desks;
mod documents;
#[allow(dead_code, reason = "other tests take more of it")]
#[path = "../../store/entries.rs"]
mod entries;
mod killed;
mod missed_texts;
mod numbers;
mod own_accounts;
mod own_chains;
mod owner;
mod people;
mod profiles;
mod rest;
mod rooms;
mod setup;
mod story;
mod strangers;
mod streams;
mod texts;
mod voicemail;
mod webhooks;
