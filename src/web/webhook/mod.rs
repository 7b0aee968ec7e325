//! Webhooks of other services: each has its own form and signature.

mod after_end;
pub(super) mod body;
pub(super) mod elevenlabs;
pub(super) mod stored_reports;
pub(super) mod twilio;
pub(super) mod unsigned;
pub(super) mod waiting_reports;
