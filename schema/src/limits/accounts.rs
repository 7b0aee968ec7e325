//! Bounds of accounts: users, their credentials, and the credentials of programs.

/// Bytes of an e-mail address (RFC 5321, 4.5.3.1.3).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Characters of a user's or an organization's name.
pub const ACCOUNT_NAME_CHARS_MAX: usize = 100;

/// Characters of a password at least.
pub const PASSWORD_CHARS_MIN: usize = 10;

/// Bytes of a password at most: hashing must not take a client's megabytes.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Passwords of strangers that are hashed at once; each takes 19 MiB.
pub const PASSWORDS_AT_ONCE: usize = 2;

/// Passwords that are hashed beside them at once, of who has signed in from there before.
pub const FAMILIAR_PASSWORDS_AT_ONCE: usize = 1;

/// Milliseconds that a sign-in waits for its turn to be hashed.
pub const PASSWORD_WAIT_MS: u64 = 5_000;

/// Milliseconds that an access token lasts.
pub const ACCESS_TOKEN_MS: u64 = 15 * 60_000;

/// Milliseconds that a refresh token lasts that nobody uses; each use makes a new one.
pub const REFRESH_TOKEN_MS: u64 = 30 * 24 * 3_600_000;

/// Sign-ins of one user at once; the next one ends the oldest.
pub const USER_SESSIONS_MAX: i64 = 50;

/// Milliseconds between two notes of when a session or token was last used.
pub const USED_NOTE_MS: u64 = 60_000;

/// Milliseconds after which a socket looks again whether its session still is, where another server may have ended it.
pub const SESSION_LOOK_MS: u64 = 5_000;

/// Recently ended sessions that sockets know at once; the oldest are learned of at the next look.
pub const SESSIONS_ENDED_MAX: usize = 4_096;

/// Milliseconds that an invitation lasts.
pub const INVITATION_MS: u64 = 7 * 24 * 3_600_000;

/// Milliseconds that a link to a new password lasts.
pub const PASSWORD_RESET_MS: u64 = 3_600_000;

/// Users of an organization.
pub const USERS_MAX: i64 = 1_000;

/// Invitations of an organization that wait.
pub const INVITATIONS_MAX: i64 = 200;

/// API tokens of an organization.
pub const API_TOKENS_MAX: i64 = 200;

/// Days that an API token may last.
pub const API_TOKEN_DAYS_MAX: u32 = 3_650;

/// Recovery codes of a user with two factors.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a client's own description that are kept with a session.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Mails with a link that wait for the mail server. Beyond that no such link is made.
pub const MAILS_WAITING_MAX: i64 = 10_000;

/// Of those so many may wait when a report of the week is put to them: the rest is kept for links.
pub const MAILS_BEFORE_REPORT_MAX: i64 = 5_000;

/// Mails that tell one user what became of their account and wait for the mail server: a user who changes it again and again leaves room for
/// the links of others.
pub const MAILS_OF_USER_WAITING_MAX: i64 = 20;

/// Milliseconds that a mail server may take for each answer.
pub const MAIL_MS_MAX: u64 = 20_000;

/// Milliseconds that a whole talk with it may take: less than `NOTICE_MS_MAX`, and than a claim to a mail holds, so that nobody else brings it as well.
pub const MAIL_TALK_MS_MAX: u64 = 45_000;

/// Bytes that a mail server may say in a talk; a talk has a dozen answers.
pub const MAIL_TALK_BYTES_MAX: usize = 65_536;

/// Mails with a link that one server brings at the same time. So many notices are brought beside them.
pub const MAILS_AT_ONCE: usize = 4;

/// Milliseconds after which an attempt to bring a mail of which nothing was heard counts as lost, as by the death of a server.
pub const MAIL_CLAIM_MS: u64 = 120_000;

/// Milliseconds until the second attempt to bring a mail with a link; each further one waits three times as long.
pub const MAIL_PAUSE_MS_MIN: u64 = 5_000;

/// Longest pause between two attempts to bring a mail with a link, in milliseconds.
pub const MAIL_PAUSE_MS_MAX: u64 = 10 * 60_000;

/// Milliseconds from now within which a mail is tried again at the latest: the longest pause, and a half of it. One whose time lies further ahead was
/// put off by a clock that was ahead.
pub const MAIL_AHEAD_MS_MAX: u64 = 15 * 60_000;

/// Milliseconds after which a mail with a link is given up, where its link holds for so long: a day.
pub const MAIL_GIVE_UP_MS: u64 = 24 * 3_600_000;

/// Milliseconds between two looks for mails that another server has queued. A server knows its own mails.
pub const MAIL_LOOK_MS: u64 = 10_000;

/// Lines of the audit log that wait in memory while the database takes
/// nothing. Further lines are lost, and the log reports that.
pub const AUDIT_WAITING_MAX: usize = 10_000;

/// Lines of the audit log that one transaction writes.
pub const AUDIT_BATCH_ROWS: usize = 100;

/// For so long, in ms, a person who listens to a recording goes on listening: requests for parts of it are one line of the audit log.
pub const LISTENING_MS: u64 = 30 * 60 * 1_000;

/// Listenings that are remembered at once; of more, the oldest is forgotten, and logged again when it goes on.
pub const LISTENINGS_MAX: usize = 4_096;
