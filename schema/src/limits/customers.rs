//! Bounds of customers, leads, appointments, activities and messages.

/// Characters of a name of a person.
pub const NAME_CHARS_MAX: usize = 120;

/// Characters of one line: an address, a budget, the title of an activity.
pub const LINE_CHARS_MAX: usize = 300;

/// Characters of notes, and of what a caller needs.
pub const NOTES_CHARS_MAX: usize = 4_000;

/// Characters of an e-mail address (RFC 5321: 254 bytes).
pub const EMAIL_CHARS_MAX: usize = 254;

/// Numbers of one customer in addition to the first.
pub const CUSTOMER_NUMBERS_MAX: usize = 10;

/// Customers that are searched for duplicates: the newest.
pub const DOUBLES_CUSTOMERS_MAX: i64 = 20_000;

/// Pairs of an organization's customers that a user has marked as different people: all of them are read in a search for
/// duplicates.
pub const CUSTOMERS_APART_MAX: i64 = 20_000;

/// Pairs of likely duplicates in one answer.
pub const DOUBLES_MAX: usize = 100;

/// Customers of one CSV file.
pub const CSV_CUSTOMERS_MAX: usize = 100_000;

/// Customers of a CSV file that are in memory at a time.
pub const CSV_CUSTOMERS_AT_ONCE: i64 = 500;

/// Bytes of an imported CSV file of customers.
pub const CSV_CUSTOMERS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Rows of such a file, not counting its header.
pub const CSV_CUSTOMERS_ROWS_MAX: usize = 20_000;

/// Columns of such a file.
pub const CSV_CUSTOMERS_COLUMNS_MAX: usize = 100;

/// Rows of such a file that are compared with the customers, and written, in one transaction: everything waits for the writer, and
/// a change that takes longer than [`COMMIT_WAIT_MS`](super::COMMIT_WAIT_MS) is not made.
pub const CSV_CUSTOMERS_WRITTEN_AT_ONCE: usize = 50;

/// Refused rows of such a file that are returned whole, so that a user can correct them.
pub const CSV_CUSTOMERS_REFUSED_MAX: usize = 5_000;

/// Tags of one customer.
pub const TAGS_MAX: usize = 20;

/// Characters of a tag.
pub const TAG_CHARS_MAX: usize = 40;

/// The largest value of a lead, in the smallest unit of its currency.
pub const VALUE_MINOR_MAX: i64 = 1_000_000_000_000;

/// Leads of one CSV file.
pub const CSV_LEADS_MAX: usize = 100_000;

/// Leads of a CSV file that are in memory at a time.
pub const CSV_LEADS_AT_ONCE: i64 = 500;

/// Bytes of an imported CSV file of leads.
pub const CSV_IMPORT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Rows of such a file, not counting its header.
pub const CSV_IMPORT_ROWS_MAX: usize = 5_000;

/// Faulty rows of an imported file that are reported.
pub const CSV_IMPORT_FAULTS_MAX: usize = 100;

/// Leads, contacts or customers of an imported file that a preview shows.
pub const CSV_IMPORT_SHOWN_MAX: usize = 20;

/// The latest time that users can set: the start of the year 2200.
pub const SET_TIME_MS_MAX: i64 = 7_258_118_400_000;

/// Minutes of an appointment: a long working day, which is 48 slots.
pub const APPOINTMENT_MINUTES_MAX: i64 = 12 * 60;

/// Minutes for which a slot may be held for a customer who is deciding.
pub const HOLD_MINUTES_MAX: u32 = 24 * 60;

/// Services that are listed for a caller who asks for one that can't be booked.
pub const BOOKABLE_LISTED_MAX: usize = 30;

/// Days that one search for free slots covers.
pub const SLOT_DAYS_MAX: i64 = 31;

/// Free slots of one answer.
pub const SLOTS_MAX: usize = 500;

/// Appointments of a calendar feed that are in memory at a time.
pub const FEED_APPOINTMENTS_AT_ONCE: i64 = 500;

/// Records that the assistants of one call may write: leads, appointments, events and to-dos, counting each change.
pub const TOOL_WRITES_PER_CALL_MAX: i64 = 30;

/// Records that the assistants of all calls of an organization may write in a day, by UTC.
pub const TOOL_WRITES_PER_DAY_MAX: i64 = 5_000;

/// Minutes for which an assistant holds a slot.
pub const TOOL_HOLD_MINUTES: u64 = 15;
/// Slots that a call holds at once: a caller compares two, and takes no more from others. The oldest gives way to the next.
pub const TOOL_HOLDS_MAX: usize = 2;

/// Free slots that an assistant gets at once: more than any assistant reads out.
pub const TOOL_SLOTS_MAX: usize = 24;

/// A caller's own appointments that an assistant gets at once: the next ones.
pub const TOOL_APPOINTMENTS_MAX: usize = 5;

/// Days of one dashboard: a quarter of a year.
pub const DASHBOARD_DAYS_MAX: i64 = 92;
/// Days of one report: a leap year.
pub const REPORT_DAYS_MAX: i64 = 366;
/// Days of one report by hours.
pub const REPORT_HOUR_DAYS_MAX: i64 = 31;
/// Numbers, profiles, agents and so on that one report lists: those with the most calls.
pub const REPORT_KEYS_MAX: usize = 200;
/// The same for a report's file.
pub const REPORT_FILE_KEYS_MAX: usize = 10_000;
/// Changed hours that a report counts itself; if there are more, the report is marked as out of date.
pub const REPORT_HOURS_COUNTED_MAX: usize = 26;
/// Milliseconds between two checks for hours that have changed.
pub const FIGURES_POLL_MS: u64 = 15_000;
/// Hours that are counted again in one transaction.
pub const FIGURES_HOURS_AT_ONCE: usize = 24;
/// Hours that are marked in one transaction when all have to be counted again, for example after a change of the time zone.
pub const FIGURES_HOURS_MARKED_AT_ONCE: usize = 200;
/// Old sums that are deleted in one transaction in that case.
pub const FIGURES_FORGOTTEN_AT_ONCE: i64 = 5_000;
/// Milliseconds between two such transactions, so that other writers get their turn.
pub const FIGURES_PAUSE_MS: u64 = 50;
/// Days in which a caller must not call again for their call to count as resolved.
pub const RESOLUTION_DAYS: u64 = 7;
/// Milliseconds to wait after these days, so that records that are still being written are there.
pub const RESOLUTION_GRACE_MS: u64 = 600_000;
/// Smallest step, in milliseconds, by which the count of resolved calls advances.
pub const RESOLUTION_STEP_MS: u64 = 900_000;
/// Milliseconds between two checks for days whose calls are due to be written for the warehouse.
pub const EXPORT_POLL_MS: u64 = 60_000;
/// Milliseconds after the end of a day when its calls are written, and when its figures are compared with the usual ones.
pub const DAY_SETTLED_MS: u64 = 3_600_000;
/// Milliseconds between two checks for days whose figures are due to be compared.
pub const COMPARE_POLL_MS: u64 = 60_000;
/// Milliseconds for which a server that writes a day keeps its claim; after that, another server takes over.
pub const EXPORT_CLAIM_MS: u64 = 1_800_000;
/// The longest retention, in days; a longer time means for ever.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// The shortest retention of the audit log, in days: with a shorter one somebody could remove the traces of what they just did.
pub const AUDIT_LOG_DAYS_MIN: u32 = 90;
/// Milliseconds between two checks for data whose retention has ended.
pub const RETENTION_POLL_MS: u64 = 600_000;
/// Milliseconds between the start and the first check: calls come first.
pub const RETENTION_START_MS: u64 = 30_000;
/// Calls, or customers, that are deleted in one transaction, so that other writers get their turn.
pub const RETENTION_AT_ONCE: i64 = 20;
/// Entries of the audit log that are deleted in one transaction: nothing belongs to them.
pub const AUDIT_DELETED_AT_ONCE: i64 = 100;
/// Milliseconds between two such transactions.
pub const RETENTION_PAUSE_MS: u64 = 50;
/// Milliseconds between two checks for organizations that are to be deleted.
pub const ORGANIZATION_DELETION_POLL_MS: u64 = 10_000;
/// Milliseconds between two checks for customers about whom everything is to be erased.
pub const CUSTOMER_ERASURE_POLL_MS: u64 = 5_000;
/// Organizations whose customers are erased at the same time.
pub const ERASING_ORGANIZATIONS_MAX: usize = 4;
/// Rows of one read that looks for what an erased person is named in: deliveries, and entries of the audit log.
pub const ERASURE_ROWS_READ: i64 = 500;
/// Calls that are read at once for a person's file.
pub const EXPORTED_CALLS_AT_ONCE: i64 = 10;
/// Lines of transcripts that are read at once for a person's file, about: a call after which there are as many is the last of its part.
pub const EXPORTED_LINES_AT_ONCE: i64 = 500;
/// Records other than calls that are read at once for a person's file.
pub const EXPORTED_RECORDS_AT_ONCE: usize = 200;
/// Rows of an organization that are deleted in one transaction, other than its calls.
pub const ORGANIZATION_ROWS_AT_ONCE: i64 = 500;
/// Milliseconds between two checks for weekly reports that are due.
pub const REPORT_MAIL_POLL_MS: u64 = 60_000;
/// Maximum milliseconds until a weekly report is due. If its time is further ahead, it was set by a clock that was ahead.
pub const REPORT_MAIL_AHEAD_MS_MAX: u64 = 8 * 24 * 3_600_000;
/// Milliseconds that a due weekly report waits for hours that are not counted yet; after that it says that they are missing.
pub const REPORT_MAIL_WAIT_MS_MAX: u64 = 6 * 3_600_000;
/// Milliseconds after its due time within which a weekly report covers the week before that time; a later one covers the newest
/// week. More than [`REPORT_MAIL_WAIT_MS_MAX`].
pub const REPORT_MAIL_LATE_MS_MAX: u64 = 12 * 3_600_000;
/// Weekly reports that are made in one check.
pub const REPORT_MAILS_AT_ONCE: i64 = 100;
/// Response times of the assistant above this, in ms, are not counted as response times.
pub const REPLY_MS_MAX: u64 = 30_000;
/// Maximum calls, leads or appointments that are counted by hour for one day.
pub const DAY_CALLS_MAX: i64 = 50_000;
