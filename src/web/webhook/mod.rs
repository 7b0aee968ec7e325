//! Webhooks of others: their own forms, signed in their own way.

mod behind_the_end;
pub(super) mod body;
pub(super) mod elevenlabs;
pub(super) mod twilio;
pub(super) mod unsigned;
pub(super) mod waiting_reports;
