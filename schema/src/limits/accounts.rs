//! Bounds of accounts: users, their credentials, and the credentials of programs.

/// Bytes of an e-mail address (RFC 5321, 4.5.3.1.3).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Characters of a user's or an organization's name.
pub const ACCOUNT_NAME_CHARS_MAX: usize = 100;

/// Minimum characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 10;

/// Maximum bytes of a password, so that a client can't make the server hash megabytes.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Passwords from unknown places that are hashed at once; each takes 19 MiB.
pub const PASSWORDS_AT_ONCE: usize = 2;

/// Further passwords that are hashed at once, of users who have signed in from the same place before.
pub const FAMILIAR_PASSWORDS_AT_ONCE: usize = 1;

/// Milliseconds that a sign-in waits for its turn to be hashed.
pub const PASSWORD_WAIT_MS: u64 = 5_000;

/// Lifetime of an access token in milliseconds.
pub const ACCESS_TOKEN_MS: u64 = 15 * 60_000;

/// Lifetime of an unused refresh token in milliseconds; each use makes a new one.
pub const REFRESH_TOKEN_MS: u64 = 30 * 24 * 3_600_000;

/// Concurrent sign-ins of one user; the next one ends the oldest.
pub const USER_SESSIONS_MAX: i64 = 50;

/// Milliseconds between two updates of when a session or token was last used.
pub const USED_NOTE_MS: u64 = 60_000;

/// Interval in milliseconds at which a socket checks whether its session still exists; another server may have ended it.
pub const SESSION_POLL_MS: u64 = 5_000;

/// Recently ended sessions that sockets learn about immediately; they learn about older ones at their next check.
pub const SESSIONS_ENDED_MAX: usize = 4_096;

/// Lifetime of an invitation in milliseconds.
pub const INVITATION_MS: u64 = 7 * 24 * 3_600_000;

/// Lifetime of a password reset link in milliseconds.
pub const PASSWORD_RESET_MS: u64 = 3_600_000;

/// Lifetime of the link that confirms a user's new e-mail address, in milliseconds.
pub const ADDRESS_LINK_MS: u64 = 3_600_000;

/// Users of an organization.
pub const USERS_MAX: i64 = 1_000;

/// Open invitations of an organization.
pub const INVITATIONS_MAX: i64 = 200;

/// API tokens of an organization.
pub const API_TOKENS_MAX: i64 = 200;

/// Maximum lifetime of an API token in days.
pub const API_TOKEN_DAYS_MAX: u32 = 3_650;

/// Recovery codes of a user with two-factor authentication.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a client's `User-Agent` that are stored with a session.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Mails with a link that wait for the mail server. Beyond that no such link is made.
pub const MAILS_WAITING_MAX: i64 = 10_000;

/// Waiting mails up to which a weekly report may be queued: the rest of the room is for links.
pub const MAILS_BEFORE_REPORT_MAX: i64 = 5_000;

/// Mails that report changes of one user's account and wait for the mail server. The limit leaves room for other users' links
/// when a user changes their account again and again.
pub const MAILS_OF_USER_WAITING_MAX: i64 = 20;

/// Milliseconds that a mail server may take for each answer.
pub const MAIL_MS_MAX: u64 = 20_000;

/// Milliseconds of a whole SMTP conversation: less than `NOTICE_MS_MAX`, and less than a claim to a mail lasts, so that no other
/// server delivers it as well.
pub const MAIL_TALK_MS_MAX: u64 = 45_000;

/// Bytes that a mail server may send in one conversation; a conversation has a dozen answers.
pub const MAIL_TALK_BYTES_MAX: usize = 65_536;

/// Mails with a link that one server delivers concurrently. The same number of notices is delivered in addition.
pub const MAILS_AT_ONCE: usize = 4;

/// Milliseconds after which a mail delivery attempt without a result counts as lost, for example because its server died.
pub const MAIL_CLAIM_MS: u64 = 120_000;

/// Milliseconds until the second attempt to deliver a mail with a link; each further attempt waits three times as long.
pub const MAIL_PAUSE_MS_MIN: u64 = 5_000;

/// Longest pause between two attempts to deliver a mail with a link, in milliseconds.
pub const MAIL_PAUSE_MS_MAX: u64 = 10 * 60_000;

/// Maximum milliseconds until a mail is tried again: one and a half times the longest pause. If its time is further ahead, the
/// mail was postponed by a clock that was ahead.
pub const MAIL_AHEAD_MS_MAX: u64 = 15 * 60_000;

/// Milliseconds after which a mail with a link is given up, if its link is valid for that long: a day.
pub const MAIL_GIVE_UP_MS: u64 = 24 * 3_600_000;

/// Milliseconds between two checks for mails that another server has queued. A server knows its own mails.
pub const MAIL_POLL_MS: u64 = 10_000;

/// Lines of the audit log that wait in memory while the database takes nothing. Further lines are lost, and the log reports that.
pub const AUDIT_WAITING_MAX: usize = 10_000;

/// Lines of the audit log that one transaction writes.
pub const AUDIT_BATCH_ROWS: usize = 100;

/// Milliseconds during which requests for parts of one recording by one person count as one listening, with one line in the audit
/// log.
pub const LISTENING_MS: u64 = 30 * 60 * 1_000;

/// Listenings that are remembered at once. Beyond that the oldest is forgotten, and logged again if it continues.
pub const LISTENINGS_MAX: usize = 4_096;
