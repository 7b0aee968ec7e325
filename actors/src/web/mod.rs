//! Browsers: legs over `/ws/audio`. Audio by WebRTC (`rtc/`) uses the same leg, of another kind because of its
//! carrier (`admission.rs`).
//!
//! ```text
//! a page asks for a call ──> grants.rs: a one-time token ──> the page ──WebSocket──> src/web: origin, upgrade
//!                                                                          │ MessagePipe
//! admission.rs: hello with the token, or a resume <────────────────────────┤ 5 s
//!    └─ AudioArrived ──> registry ──> the call ── starts ──> WebLegActor (web_leg_actor.rs)
//!                                                               ├─ web_reader.rs   sound -> mouth, keys, echoes of marks
//!                                                               └─ legs/marked_writer.rs   ear -> sound, marks, clear
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `grants.rs` | permissions to send audio: tokens, and the `resume` of a party whose connection broke |
//! | `live_lines.rs` | quality of the live connections |
//! | `allowance.rs` | the limit on the sound of a browser that sends faster than real time; pure |
//! | `typing_pace.rs` | the limit on a visitor's texts; pure |
//! | `received_texts.rs` | the texts of a visitor that the call has; pure |
//! | `web_playback.rs` | from the ear to the browser's queue |

mod admission;
mod allowance;
mod grants;
mod live_lines;
mod received_texts;
mod typing_pace;
mod web_leg_actor;
mod web_playback;
mod web_reader;

pub(crate) use admission::let_in_by;
pub use admission::{Carrier, TurnedAway, WebAudio, hang_up, let_in};
pub use grants::{AudioGrant, AudioPasses, CameFrom};
pub use live_lines::{LiveLine, LiveLines};
pub use web_leg_actor::WebLegActor;
