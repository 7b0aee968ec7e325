//! Twilio's HTTP side: its names, the signature of its requests, the content of its webhooks, and its REST API.
//!
//! Source: twilio.com/docs/voice/twiml#request-parameters. The media stream is in [`twilio_media`](super::twilio_media), the
//! answers to webhooks are in [`twiml`](super::twiml).

mod conference;
mod form;
mod message;
mod names;
pub mod rest;
mod sid;
pub mod signature;
mod status;
pub mod webhook;

pub use conference::{ConferenceEvent, ConferenceEventKind};
pub use form::{BadForm, Form};
pub use message::{IncomingMessage, MessageEvent, MessageStatus};
pub use names::{FormFields, Names};
pub use sid::{AccountSid, BadSid, CallSid, ConferenceSid, MessageSid, RecordingSid, StreamSid};
pub use status::{CallStatus, StatusEvent, StatusOrder};
