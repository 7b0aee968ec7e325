//! Bounds of campaigns.

/// Campaigns of an organization.
pub const CAMPAIGNS_MAX: i64 = 200;

/// Contacts of a campaign.
pub const CAMPAIGN_CONTACTS_MAX: i64 = 1_000_000;

/// Contacts that one JSON request adds.
pub const CONTACTS_AT_ONCE_MAX: usize = 200;

/// Bytes of the note for the assistant or agent of an agreed call-back: the limit of a fact of a call, and of a dialler's column.
pub const CALL_BACK_NOTE_BYTES_MAX: usize = 255;

/// Characters of the text of an e-mail that an assistant sends to a callee.
pub const CAMPAIGN_EMAIL_CHARS_MAX: usize = 4_000;

/// Characters of the subject of such an e-mail.
pub const CAMPAIGN_EMAIL_SUBJECT_CHARS_MAX: usize = 120;

/// Such e-mails of an organization in a day, by UTC.
pub const CAMPAIGN_EMAILS_PER_DAY_MAX: i64 = 1_000;

/// Bytes of an imported CSV file of contacts.
pub const CSV_CONTACTS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Rows of such a file, not counting its header.
pub const CSV_CONTACTS_ROWS_MAX: usize = 100_000;

/// Columns of such a file.
pub const CSV_CONTACTS_COLUMNS_MAX: usize = 100;

/// Contacts of an exported CSV file that are in memory at a time.
pub const CSV_CONTACTS_AT_ONCE: i64 = 500;

/// Columns of variables of an exported CSV file: each row has all of them, and each contact may have different ones.
pub const CSV_CONTACTS_VARIABLES_MAX: usize = 1_000;

/// Characters of the reference to where somebody's consent to be called, or their objection, is recorded.
pub const EVIDENCE_CHARS_MAX: usize = 500;

/// Numbers on an organization's do-not-call list that programs and pages have added. Callees who ask for it are not counted.
pub const SUPPRESSIONS_MAX: i64 = 1_000_000;

/// Conditions of a campaign's filter.
pub const CAMPAIGN_CONDITIONS_MAX: usize = 10;

/// Characters of the value of one of them.
pub const CAMPAIGN_CONDITION_CHARS_MAX: usize = 200;

/// Contacts to which a filter is applied in one write to the store.
pub const CAMPAIGN_FILTERED_AT_ONCE: i64 = 500;

/// Contacts that are checked to show how many a filter admits before it is saved.
pub const CAMPAIGN_FILTER_TRIED_MAX: u64 = 200_000;

/// Contacts that are checked in one write to the store.
pub const CAMPAIGN_LOOKED_AT_MAX: i64 = 100;

/// Contact links of a campaign.
pub const CONTACT_LINKS_MAX: usize = 20;

/// Bytes of a body with contacts, from a contact link or a program: the limit of the proxies that we ship.
pub const CONTACT_POST_BYTES_MAX: usize = 192 * 1024;

/// Contacts that one such body adds.
pub const CONTACT_POST_CONTACTS_MAX: usize = 100;

/// Fields of a contact in such a body that are read, and fields of a form.
pub const CONTACT_POST_FIELDS_MAX: usize = 500;

/// Requests that a contact link accepts in a minute.
pub const CONTACT_POSTS_PER_MINUTE_MAX: u32 = 300;

/// Requests that one address may send in a minute to contact links that don't exist.
pub const CONTACT_POST_MISSES_PER_MINUTE_MAX: u32 = 60;

/// Refusals of a contact link that are kept.
pub const CONTACT_REFUSALS_KEPT: usize = 10;

/// Characters of the path to a value in such a body.
pub const CONTACT_PATH_CHARS_MAX: usize = 200;

/// Characters of the name of the header that has a body's signature.
pub const SIGNATURE_HEADER_CHARS_MAX: usize = 64;

/// Maximum characters of a signing secret that another service has made.
pub const SIGNING_SECRET_CHARS_MAX: usize = 255;

/// Minimum characters of such a secret.
pub const SIGNING_SECRET_CHARS_MIN: usize = 16;
