//! Webhooks of others: their own forms, signed in their own way.

mod behind_the_end;
mod body;
pub(super) mod elevenlabs;
pub(super) mod twilio;
