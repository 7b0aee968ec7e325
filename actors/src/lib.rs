//! Cordboard's verbs: actors, the pure machines that they use, the media plane.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod assistant;
pub mod asterisk;
mod at_hand;
pub mod call;
pub mod circuits;
pub mod clock;
pub mod cut_secret;
#[cfg(feature = "fault-injection")]
mod days_ahead;
pub mod desk;
#[cfg(feature = "fault-injection")]
pub mod disk_fault;
pub mod error_text;
#[cfg(feature = "fault-injection")]
pub mod fault;
pub mod freeswitch;
mod keeper;
pub mod known;
pub mod lasting;
pub mod late_span;
pub mod ledger;
pub mod legs;
pub mod line;
pub mod listening;
pub mod live_count;
pub mod media;
pub mod messages;
pub mod meters;
#[expect(clippy::disallowed_methods, reason = "secrets")]
mod one_time_tokens;
pub mod outside_access;
pub mod panic_text;
pub mod registry;
pub mod rtc;
pub mod shadow;
pub mod shares;
pub mod sign_ins;
mod socket;
pub mod switches;
#[expect(clippy::disallowed_methods, reason = "it asks the system for everybody, or a test's world instead")]
pub mod threads;
pub mod tls;
pub mod twilio;
pub mod vitals;
pub mod web;
#[expect(
    clippy::disallowed_methods,
    reason = "it asks the system for everybody, or is a test's world instead"
)]
pub mod world;

pub use cordboard_call::{alarm_watch, tools};
