//! FreeSWITCH: control by ESL, audio by WebSocket or by UDP.
//!
//! | file | subject |
//! | --- | --- |
//! | `esl_listener.rs` | the port that a dialplan's `socket` connects to |
//! | `esl_actor.rs` | a control connection of one call |
//! | `switch_actor.rs` | our own connection to a switch |
//! | `stream_listener.rs` | the port that `mod_audio_stream` connects to |
//! | `stream_request.rs`, `stream_tokens.rs` | what has to stand in such a connection's request |
//! | `audio_stream_actor.rs`, `stream_*.rs` | a leg over that WebSocket |
//! | `chunks.rs`, `gathering.rs`, `heard_track.rs` | what such a leg sends, and what its caller has heard of it; pure |
//! | `unicast_actor.rs`, `unicast_*.rs` | a leg over UDP |

mod audio_stream_actor;
mod chunks;
mod gathering;
mod heard_track;
mod stream_handshake;
mod stream_leg;
mod stream_listener;
mod stream_playback;
mod stream_reader;
mod stream_refusal;
mod stream_request;
mod stream_socket;
mod stream_tokens;
mod stream_writer;
mod unicast_actor;
mod unicast_leg;
mod unicast_packets;

pub use audio_stream_actor::AudioStreamActor;
pub use stream_listener::{StreamCounters, StreamListener, StreamListenerHandle, StreamSettings};
pub use stream_refusal::refuse_stream;
pub use stream_tokens::StreamTokens;
pub use unicast_actor::{UnicastActor, UnicastSettings, bind_unicast};

pub use crate::legs::LegSettings;
