//! FreeSWITCH: control by ESL, audio by WebSocket or by UDP.
//!
//! | file | subject |
//! | --- | --- |
//! | `esl_listener.rs` | the port that a dialplan's `socket` connects to |
//! | `esl_actor.rs` | a control connection of one call |
//! | `switch_actor.rs` | our own connection to a switch |
//! | `stream_listener.rs` | the port that `mod_audio_stream` connects to |
//! | `audio_stream_actor.rs` | a leg over that WebSocket |
//! | `unicast_actor.rs` | a leg over UDP |
