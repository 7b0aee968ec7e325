//! Common parts of all remote providers, whatever their protocol is.
//!
//! | file | subject |
//! | --- | --- |
//! | `service.rs`, `act.rs` | one call served: the acts of its session, carried out |
//! | `place.rs`, `stream.rs` | address of a provider, and the steps to it: name, TCP, TLS, WebSocket |
//! | `credentials.rs` | credentials for a server that speaks as OpenAI's |
//! | `secrets.rs` | its secrets, struck out of what a provider says |
//! | `target.rs` | a provider that is reached by one request |
//! | `link.rs` | link of an assistant |
//! | `connection.rs` | texts and bytes both ways over a WebSocket, without ever waiting for it |
//! | `by_frame.rs` | what it reads, given frame by frame |
//! | `ahead.rs` | long texts that go out beside it |
//! | `lines.rs` | the connections of a call, those that are being made too |
//! | `loss.rs` | a connection that was lost, and whether another is worth an attempt |
//! | `outage.rs` | a time without a provider: the attempts in it |
//! | `playout.rs` | sound that was given to the caller's line: numbers of utterances, and the times of their sound |
//! | `look.rs` | a connection that is only looked at |
//! | `uplink.rs` | the caller's audio, brought to the provider's format |
//! | `watch.rs` | an ear of our own on the caller |
//! | `comfort.rs` | sound while the caller waits |
//! | `memory.rs` | the conversation so far, for a session that goes on with it |
//! | `account.rs`, `talk.rs` | an account that has agents, and a call with one |
//! | `sessions.rs` | a service that begins a session for each call |
//! | `asked_ids.rs` | ids of requests that were made, so that none is done twice |
//! | `agent/` | a conversation with an agent that is whole at its provider |
//! | `words.rs` | instructions of a model: its role, and the meaning of a line of the call |

pub(super) mod account;
pub mod act;
pub(super) mod agent;
mod ahead;
pub(super) mod asked_ids;
mod by_frame;
pub(super) mod comfort;
pub(super) mod connection;
pub(super) mod credentials;
pub(super) mod lines;
pub(super) mod link;
pub(super) mod look;
pub mod loss;
pub(super) mod memory;
pub(super) mod outage;
pub(super) mod place;
pub(super) mod playout;
pub(super) mod secrets;
pub(super) mod service;
pub mod sessions;
pub(super) mod stream;
pub(super) mod talk;
pub(super) mod target;
pub(super) mod uplink;
pub(super) mod watch;
pub(super) mod words;

pub use act::Act;
pub use loss::{LinkId, Loss, Retry};
pub use outage::Patience;
pub use place::TargetError;
