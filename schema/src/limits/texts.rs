//! Bounds of text messages that assistants send.

/// Text messages that the assistants of one call may send.
pub const TEXTS_PER_CALL_MAX: i64 = 5;

/// Text messages that the assistants of all calls of an organization may send in a day, by UTC.
pub const TEXTS_PER_DAY_MAX: i64 = 1_000;

/// Templates of an organization.
pub const SMS_TEMPLATES_MAX: usize = 50;

/// Characters of a template's name.
pub const SMS_TEMPLATE_NAME_CHARS_MAX: usize = 60;

/// Milliseconds that an assistant waits to learn whether a message was accepted; after that it is told that the message is on its
/// way.
pub const TEXT_TAKEN_WAIT_MS: u64 = 2_000;

/// Milliseconds after which an unsent message is no longer sent, because the caller doesn't expect it any more. A message that
/// may or may not have been sent is marked as such after that time.
pub const TEXT_QUEUED_MS_MAX: u64 = 10 * 60_000;

/// Milliseconds between two checks for messages that wait. A younger message is being sent by the process that queued it.
pub const TEXT_POLL_MS: u64 = 5_000;

/// Milliseconds for which messages that an earlier server has left wait for the first look for messages that no webhook has brought, with a
/// STOP perhaps.
pub const TEXT_STOPS_WAIT_MS: u64 = 60_000;

/// Messages that waited and are sent concurrently.
pub const TEXTS_AT_ONCE: usize = 8;

/// Milliseconds that a report on the delivery of a message may take. After that its status is asked for, each time after as long.
pub const TEXT_REPORT_MS_MAX: u64 = 60 * 60_000;

/// Milliseconds for which the status of a message is asked for. After that nothing new is known of it.
pub const TEXT_ASKED_ABOUT_MS_MAX: u64 = 24 * 60 * 60_000;

/// Milliseconds between two questions for incoming messages that no webhook has brought.
pub const TEXT_MISSED_POLL_MS: u64 = 60 * 60_000;

/// Milliseconds after which such a question is repeated that was not answered.
pub const TEXT_MISSED_RETRY_MS: u64 = 10 * 60_000;

/// Milliseconds for which two such questions overlap, because a message may be late in the provider's list.
pub const TEXT_MISSED_OVERLAP_MS: u64 = 10 * 60_000;

/// Accounts that are asked for such messages concurrently.
pub const TEXT_MISSED_ACCOUNTS: usize = 8;

/// Milliseconds that an account's answers may take. After that they are given up until the next time.
pub const TEXT_MISSED_LOOK_MS_MAX: u64 = 10 * 60_000;

/// Milliseconds for which incoming messages are asked for that no webhook has brought. Older ones are not looked for.
pub const TEXT_MISSED_MS_MAX: u64 = 30 * 24 * 60 * 60_000;
