//! Bounds of campaigns.

/// Campaigns of an organization.
pub const CAMPAIGNS_MAX: i64 = 200;

/// Contacts of a campaign.
pub const CAMPAIGN_CONTACTS_MAX: i64 = 1_000_000;

/// Contacts that one request of JSON adds.
pub const CONTACTS_AT_ONCE_MAX: usize = 200;

/// Bytes of the note for whoever has a call that was agreed on: as many as a fact of a call has, and a dialler's column.
pub const CALL_BACK_NOTE_BYTES_MAX: usize = 255;

/// Characters of the text of an e-mail that an assistant sends to a callee.
pub const CAMPAIGN_EMAIL_CHARS_MAX: usize = 4_000;

/// Characters of its subject.
pub const CAMPAIGN_EMAIL_SUBJECT_CHARS_MAX: usize = 120;

/// Such e-mails of an organization in a day, by UTC.
pub const CAMPAIGN_EMAILS_PER_DAY_MAX: i64 = 1_000;

/// Bytes of a CSV file of contacts that is taken in.
pub const CSV_CONTACTS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Rows of such a file, its head not counted.
pub const CSV_CONTACTS_ROWS_MAX: usize = 100_000;

/// Columns of such a file.
pub const CSV_CONTACTS_COLUMNS_MAX: usize = 100;

/// Contacts of a CSV file that are in memory at a time, where it is given out.
pub const CSV_CONTACTS_AT_ONCE: i64 = 500;

/// Columns of variables of a CSV file that is given out: each row has all of them, and each contact may have names of their own.
pub const CSV_CONTACTS_VARIABLES_MAX: usize = 1_000;

/// Characters of where it is written that somebody agreed to be called, or asked not to be.
pub const EVIDENCE_CHARS_MAX: usize = 500;

/// Numbers of an organization that are not to be called, where programs and pages add one. Callees who ask for it come on top.
pub const SUPPRESSIONS_MAX: i64 = 1_000_000;

/// Conditions of a campaign's filter.
pub const CAMPAIGN_CONDITIONS_MAX: usize = 10;

/// Characters of the value of one of them.
pub const CAMPAIGN_CONDITION_CHARS_MAX: usize = 200;

/// Contacts to which a filter is applied within one change of the store.
pub const CAMPAIGN_FILTERED_AT_ONCE: i64 = 500;

/// Contacts that are looked at to say how many a filter admits before it is saved.
pub const CAMPAIGN_FILTER_TRIED_MAX: u64 = 200_000;

/// Contacts that are looked at within one change of the store.
pub const CAMPAIGN_LOOKED_AT_MAX: i64 = 100;

/// Contact links of a campaign.
pub const CONTACT_LINKS_MAX: usize = 20;

/// Bytes of a body with contacts, over a contact link or of a program: as many as the proxies that we ship let through.
pub const CONTACT_POST_BYTES_MAX: usize = 192 * 1024;

/// Contacts that one such body adds.
pub const CONTACT_POST_CONTACTS_MAX: usize = 100;

/// Fields of a contact in such a body that are looked through, and fields of a form.
pub const CONTACT_POST_FIELDS_MAX: usize = 500;

/// Bodies that a contact link takes in a minute.
pub const CONTACT_POSTS_PER_MINUTE_MAX: u32 = 300;

/// Bodies that one address sends in a minute to contact links that there are not.
pub const CONTACT_POST_MISSES_PER_MINUTE_MAX: u32 = 60;

/// Refusals of a contact link that are kept.
pub const CONTACT_REFUSALS_KEPT: usize = 10;

/// Characters of the path to a value in such a body.
pub const CONTACT_PATH_CHARS_MAX: usize = 200;

/// Characters of the name of the header with a body's signature.
pub const SIGNATURE_HEADER_CHARS_MAX: usize = 64;

/// Characters of a signing secret that another service has made.
pub const SIGNING_SECRET_CHARS_MAX: usize = 255;

/// Characters of it at the least.
pub const SIGNING_SECRET_CHARS_MIN: usize = 16;
