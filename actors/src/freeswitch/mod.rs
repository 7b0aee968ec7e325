//! FreeSWITCH: control by ESL, audio by WebSocket or by UDP.
//!
//! | file | subject |
//! | --- | --- |
//! | `commands.rs` (pure) | what a call asks of its channel, as ESL commands |
//! | `pending.rs` (pure) | which reply or event settles which request |
//! | `translation.rs` (pure) | a channel's events as facts of its call |
//! | `playback_queue.rs` (pure) | chunks of sound in files, played in order |
//! | `standing.rs` (pure) | how a channel stands, as its call was told |
//! | `channel_control.rs` (pure) | one control connection: frames, orders and time in, commands and words out |
//! | `esl_listener.rs`, `esl_handshake.rs` | the port that a dialplan's `socket` connects to |
//! | `esl_actor.rs`, `esl_connection.rs`, `esl_end.rs` | a control connection of one call |
//! | `switch_actor.rs`, `switch.rs` | our own connection to a switch |
//! | `stream_listener.rs` | the port that `mod_audio_stream` connects to |
//! | `audio_stream_actor.rs` | a leg over that WebSocket |
//! | `unicast_actor.rs` | a leg over UDP |

pub mod channel_control;
pub mod commands;
pub mod pending;
pub mod playback_queue;
mod standing;
mod switch;
pub mod switch_actor;
pub mod translation;
