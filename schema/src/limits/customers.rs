//! Bounds of customers, leads, appointments, activities and messages.

/// Characters of a name of a person.
pub const NAME_CHARS_MAX: usize = 120;

/// Characters of one line: an address, a budget, the title of an activity.
pub const LINE_CHARS_MAX: usize = 300;

/// Characters of notes, and of what a caller needs.
pub const NOTES_CHARS_MAX: usize = 4_000;

/// Characters of an e-mail address (RFC 5321: 254 bytes).
pub const EMAIL_CHARS_MAX: usize = 254;

/// Numbers of one customer beside the first.
pub const CUSTOMER_NUMBERS_MAX: usize = 10;

/// Customers among whom doubles are looked for: the newest.
pub const DOUBLES_CUSTOMERS_MAX: i64 = 20_000;

/// Pairs of an organization's customers that somebody has noted to be two: all of them are read where doubles are looked for.
pub const CUSTOMERS_APART_MAX: i64 = 20_000;

/// Pairs of likely doubles of one answer.
pub const DOUBLES_MAX: usize = 100;

/// Customers of one CSV file.
pub const CSV_CUSTOMERS_MAX: usize = 100_000;

/// Customers of a CSV file that are in memory at a time.
pub const CSV_CUSTOMERS_AT_ONCE: i64 = 500;

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

/// Bytes of a CSV file of leads that is taken in.
pub const CSV_IMPORT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Rows of such a file, its head not counted.
pub const CSV_IMPORT_ROWS_MAX: usize = 5_000;

/// Faulty rows of such a file that are reported.
pub const CSV_IMPORT_FAULTS_MAX: usize = 100;

/// Leads of such a file that a preview shows.
pub const CSV_IMPORT_SHOWN_MAX: usize = 20;

/// The last moment that a time which people set may have: the year 2200 begins.
pub const SET_TIME_MS_MAX: i64 = 7_258_118_400_000;

/// Minutes of an appointment: a long working day, which is 48 slots.
pub const APPOINTMENT_MINUTES_MAX: i64 = 12 * 60;

/// Minutes for which a slot may be held for a customer who thinks about it.
pub const HOLD_MINUTES_MAX: u32 = 24 * 60;

/// Services that are listed for a caller who asks for one that can't be booked.
pub const BOOKABLE_TOLD_MAX: usize = 30;

/// Days in which free slots are looked for at once.
pub const SLOT_DAYS_MAX: i64 = 31;

/// Free slots of one answer.
pub const SLOTS_MAX: usize = 500;

/// Appointments of a calendar feed that are in memory at a time.
pub const FEED_APPOINTMENTS_AT_ONCE: i64 = 500;

/// Things that the assistants of one call may write: leads, appointments, events and to-dos, each change counted.
pub const TOOL_WRITES_PER_CALL_MAX: i64 = 30;

/// Things that the assistants of all calls of an organization may write in a day, by UTC.
pub const TOOL_WRITES_PER_DAY_MAX: i64 = 5_000;

/// Minutes for which an assistant holds a slot.
pub const TOOL_HOLD_MINUTES: u64 = 15;
/// Slots that a call holds at once: a caller compares two, and keeps no more from others. The oldest gives way to the next.
pub const TOOL_HOLDS_MAX: usize = 2;

/// Free slots that an assistant gets at once: more than anybody reads out.
pub const TOOL_SLOTS_MAX: usize = 24;

/// Days of one dashboard: a quarter of a year.
pub const DASHBOARD_DAYS_MAX: i64 = 92;
/// Days of one report: a leap year.
pub const REPORT_DAYS_MAX: i64 = 366;
/// Days of one report by hours.
pub const REPORT_HOUR_DAYS_MAX: i64 = 31;
/// Numbers, profiles, agents and so on that one report lists; those with the most calls are shown.
pub const REPORT_KEYS_MAX: usize = 200;
/// The same of a report's file.
pub const REPORT_FILE_KEYS_MAX: usize = 10_000;
/// Hours that have changed and that a report counts itself; for more of them the report is marked as behind.
pub const REPORT_HOURS_COUNTED_MAX: usize = 26;
/// Milliseconds between two looks for hours that have changed.
pub const FIGURES_LOOK_MS: u64 = 15_000;
/// Hours that are counted anew for one transaction.
pub const FIGURES_HOURS_AT_ONCE: usize = 24;
/// Hours that are marked in one transaction where all are to be counted anew, as for another time zone.
pub const FIGURES_HOURS_MARKED_AT_ONCE: usize = 200;
/// Sums of before that are deleted in one transaction then.
pub const FIGURES_FORGOTTEN_AT_ONCE: i64 = 5_000;
/// Milliseconds between two such transactions; others want to write, too.
pub const FIGURES_PAUSE_MS: u64 = 50;
/// Days in which a caller must not call again for their call to count as resolved.
pub const RESOLUTION_DAYS: u64 = 7;
/// Milliseconds that are waited beyond these days: records that are still being written are there then.
pub const RESOLUTION_GRACE_MS: u64 = 600_000;
/// Milliseconds by which it goes on at least, how far it is counted whether calls are resolved.
pub const RESOLUTION_STEP_MS: u64 = 900_000;
/// Milliseconds between two looks for days whose calls are to be written for the warehouse.
pub const EXPORT_LOOK_MS: u64 = 60_000;
/// Milliseconds for which a day has been over when its calls are written, and when its figures are compared with the usual ones.
pub const DAY_SETTLED_MS: u64 = 3_600_000;
/// Milliseconds between two looks for days whose figures are to be compared.
pub const COMPARE_LOOK_MS: u64 = 60_000;
/// Milliseconds for which the server that writes a day is left alone; one that has died is waited for no longer.
pub const EXPORT_CLAIM_MS: u64 = 1_800_000;
/// The longest time after which something is deleted, in days; a longer time means for ever.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// Milliseconds between two looks for what is kept long enough.
pub const RETENTION_LOOK_MS: u64 = 600_000;
/// Milliseconds between the start and the first look: calls come first.
pub const RETENTION_START_MS: u64 = 30_000;
/// Calls, or customers, that are deleted in one transaction; others want to write, too.
pub const RETENTION_AT_ONCE: i64 = 20;
/// Milliseconds between two such transactions.
pub const RETENTION_PAUSE_MS: u64 = 50;
/// Milliseconds between two looks for weekly reports that are due.
pub const REPORT_MAIL_LOOK_MS: u64 = 60_000;
/// Milliseconds from now within which a weekly report is due at the latest; one whose time lies further ahead was set by a clock that was ahead.
pub const REPORT_MAIL_AHEAD_MS_MAX: u64 = 8 * 24 * 3_600_000;
/// Milliseconds for which a weekly report that is due waits for hours of its days that are not counted yet; then it says that they are missing.
pub const REPORT_MAIL_WAIT_MS_MAX: u64 = 6 * 3_600_000;
/// Milliseconds after its time within which a weekly report is of the week before that time; a later one is of the newest week. More than
/// [`REPORT_MAIL_WAIT_MS_MAX`].
pub const REPORT_MAIL_LATE_MS_MAX: u64 = 12 * 3_600_000;
/// Weekly reports that are made at one look.
pub const REPORT_MAILS_AT_ONCE: i64 = 100;
/// The assistant's answers that come later than this many ms count as something else.
pub const REPLY_MS_MAX: u64 = 30_000;
/// The most calls, leads or appointments that are counted of one day by its hours.
pub const DAY_CALLS_MAX: i64 = 50_000;
