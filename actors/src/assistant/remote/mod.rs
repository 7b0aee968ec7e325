//! Common parts of all remote providers, for any protocol.
//!
//! | file | subject |
//! | --- | --- |
//! | `service.rs`, `act.rs` | one running call: carries out the acts of its session |
//! | `place.rs`, `stream.rs` | address of a provider, and the steps to connect to it: name, TCP, TLS, WebSocket |
//! | `credentials.rs` | credentials for a server with OpenAI's API |
//! | `secrets.rs` | its secrets, redacted from what a provider says |
//! | `target.rs` | a provider that is reached by one request |
//! | `link.rs` | link of an assistant |
//! | `connection.rs` | texts and bytes in both directions over a WebSocket, without ever waiting for it |
//! | `by_frame.rs` | its incoming data, passed on frame by frame |
//! | `ahead.rs` | long texts that are written past it |
//! | `lines.rs` | the connections of a call, including those that are being made |
//! | `loss.rs` | a connection that was lost, and whether a reconnect is worthwhile |
//! | `losses_in_a_row.rs` | sessions that were lost one after the other: when the provider is given up |
//! | `outage.rs` | a time without a provider: the attempts to reconnect |
//! | `playout.rs` | sound that was sent to the caller's line: numbers of utterances, and the times of their sound |
//! | `check.rs` | a connection that is only a check |
//! | `uplink.rs` | the caller's audio, converted to the provider's format |
//! | `watch.rs` | our own detection of the caller's speech |
//! | `comfort.rs` | sound while the caller waits |
//! | `memory.rs` | the conversation so far, for a session that continues it |
//! | `account.rs`, `talk.rs` | an account that has agents, and a call with one |
//! | `sessions.rs` | a service that begins a session for each call |
//! | `asked_ids.rs` | ids of requests that were made, so that none is run twice |
//! | `agent/` | a conversation with an agent that is hosted at its provider |
//! | `words.rs` | instructions of a model: its role, and what each line of the call means |

pub(super) mod account;
pub mod act;
pub(super) mod agent;
mod ahead;
pub(super) mod asked_ids;
mod by_frame;
pub(super) mod check;
pub(super) mod comfort;
pub(super) mod connection;
pub(super) mod credentials;
pub(super) mod lines;
pub(super) mod link;
pub mod loss;
pub(super) mod losses_in_a_row;
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
