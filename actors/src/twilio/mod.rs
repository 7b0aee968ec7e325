//! Twilio: legs over Media Streams, and the account's REST API.
//!
//! ```text
//! webhook's TwiML <Stream> with a token ──> Twilio ──WebSocket──> src/web: signature, upgrade
//!                                                                   │ MessagePipe
//! admission.rs: connected, start, format, token <───────────────────┤ 5 s
//!    └─ AudioArrived ──> registry ──> the call ── starts ──> MediaStreamActor (media_actor.rs)
//!                                                                   ├─ stream_reader.rs   texts -> mouth, keys, echoes
//!                                                                   └─ legs/marked_writer.rs   ear -> media, marks, clear
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `stream_timeline.rs` | the position of a piece of audio, and what was lost before it; pure |
//! | `stream_playback.rs` | the playback from the ear into Twilio's queue |
//! | `rest_actor.rs` | the actor of an account: calls that we make, hang-ups, messages, all requests to the API |
//! | `rest/client.rs`, `rest/retry.rs` (pure) | one try of a request; whether there is another |
//! | `section.rs`, `starting.rs` | its settings; the start of the configured account |
//! | `rest/placed.rs` (pure), `rest/creating.rs` (pure) | a call that we make: its progress, and the request for it |

mod admission;
mod media_actor;
mod rest;
mod rest_actor;
mod section;
mod starting;
mod stream_playback;
mod stream_reader;
mod stream_timeline;

pub use admission::{StreamPasses, TurnedAway, let_in};
pub use media_actor::{MediaStream, MediaStreamActor};
pub use rest::{RestAccess, RestFault, RestSecret, waiting_room};
pub use rest_actor::{TwilioActor, TwilioSettings};
pub use section::{TwilioNumbers, TwilioSection};
pub use starting::ConfiguredTwilio;
