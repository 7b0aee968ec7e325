//! FreeSWITCH: control by ESL, audio by WebSocket or by UDP.
//!
//! | file | subject |
//! | --- | --- |
//! | `commands.rs` (pure) | a call's requests to its channel, as ESL commands |
//! | `pending.rs` (pure) | which reply or event settles which request |
//! | `translation.rs` (pure) | a channel's events as facts of its call |
//! | `playback_queue.rs` (pure) | chunks of audio in files, played in order |
//! | `chunk_replies.rs` (pure) | which replies belong to chunks |
//! | `last_reports.rs` (pure) | the state of a channel, as reported to its call |
//! | `channel_control.rs` (pure) | one control connection: frames, orders and time in, commands and messages out |
//! | `control_opening.rs` (pure) | the first commands on such a connection |
//! | `esl_listener.rs`, `esl_handshake.rs` | the port that a dialplan's `socket` connects to |
//! | `esl_arrival.rs` | such a connection on its way to its call |
//! | `esl_actor.rs`, `esl_connection.rs`, `esl_end.rs` | a control connection of one call |
//! | `switch_actor.rs`, `switch.rs` | our own connection to a switch |
//! | `stream_listener.rs` | the port that `mod_audio_stream` connects to |
//! | `stream_request.rs`, `stream_tokens.rs` | what the request of such a connection has to contain |
//! | `audio_stream_actor.rs`, `stream_*.rs` | a leg over that WebSocket |
//! | `chunks.rs`, `gathering.rs`, `heard_track.rs` | what such a leg sends, and how much of it its caller has heard; pure |
//! | `unicast_actor.rs`, `unicast_*.rs` | a leg over UDP |
//! | `ordered_audio.rs` | which of the two a call orders, and how |
//! | `section.rs`, `starting.rs` | its settings; its ports and switches at a start |

mod audio_stream_actor;
pub mod channel_control;
mod chunk_replies;
mod chunks;
pub mod commands;
mod control_opening;
mod esl_actor;
mod esl_arrival;
mod esl_connection;
mod esl_end;
mod esl_handshake;
mod esl_listener;
mod gathering;
mod heard_track;
mod last_reports;
mod ordered_audio;
pub mod pending;
pub mod playback_queue;
mod section;
mod starting;
mod stream_handshake;
mod stream_listener;
mod stream_playback;
mod stream_reader;
mod stream_refusal;
mod stream_request;
mod stream_socket;
mod stream_tokens;
mod stream_writer;
mod switch;
pub mod switch_actor;
pub mod translation;
mod unicast_actor;
mod unicast_exchange;
mod unicast_packets;

pub use audio_stream_actor::{AudioStreamActor, StreamConnection, StreamProof};
pub use esl_actor::{ControlSettings, EslActor};
pub use esl_arrival::{ChannelSettings, ControlConnection, EslArrival};
pub use esl_end::refuse_control;
pub use esl_listener::{EslListener, EslListenerCounters, EslListenerHandle, EslSettings, ServerAt};
pub use ordered_audio::OrderedAudio;
pub use section::{AudioRate, FreeswitchSection, FreeswitchServer, FreeswitchServers};
pub use stream_listener::{StreamListener, StreamListenerCounters, StreamListenerHandle, StreamSettings};
pub use stream_refusal::refuse_stream;
pub use stream_tokens::StreamTokens;
pub use unicast_actor::{UnicastActor, UnicastSettings, bind_unicast};
