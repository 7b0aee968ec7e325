//! What others tell us by HTTP: their own forms, signed in their own way.

pub(super) mod twilio;
