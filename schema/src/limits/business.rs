//! Bounds of the description of an organization's business.

/// Opening spans of one day.
pub const BUSINESS_SPANS_MAX: usize = 8;

/// Holidays and other special days of a business.
pub const BUSINESS_HOLIDAYS_MAX: usize = 200;

/// Days that one holiday may last.
pub const BUSINESS_HOLIDAY_DAYS_MAX: i64 = 366;

/// Days ahead in which the next opening is searched: a year of holidays plus a margin.
pub const BUSINESS_OPENING_DAYS_MAX: i64 = 400;

/// Characters of one line about a business: a name, a trade, a promise, a question.
pub const BUSINESS_LINE_CHARS_MAX: usize = 200;

/// Characters of one text about a business: an answer, a description, notes.
pub const BUSINESS_TEXT_CHARS_MAX: usize = 2_000;

/// Services, questions with answers, or promises of a business, each.
pub const BUSINESS_ROWS_MAX: usize = 100;

/// People of a business whom the assistant of one call tries to reach.
pub const ESCALATION_TARGETS_MAX: usize = 10;

/// Languages of a business.
pub const BUSINESS_LANGUAGES_MAX: usize = 20;

/// Characters of the whole description of a business. Together with the longest instructions it still fits into a realtime model.
pub const BUSINESS_CHARS_MAX: usize = 20_000;

/// The highest price, in minor units.
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// Minutes that a service may take: a week.
pub const SERVICE_MINUTES_MAX: u32 = 7 * 24 * 60;

/// Minutes that are kept free before or after an appointment of a service, each: half a day.
pub const BUFFER_MINUTES_MAX: u32 = 12 * 60;

/// Appointments of a service at the same time.
pub const CAPACITY_MAX: u32 = 100;

/// Hours of notice that a business may require for an appointment: thirty days.
pub const NOTICE_HOURS_MAX: u32 = 30 * 24;

/// Days ahead to which a business may limit its appointments.
pub const HORIZON_DAYS_MAX: u32 = 730;

/// Characters of an assistant's instructions at a call's start. If they are longer, the end of the owner's texts about the
/// business is left out.
pub const PROMPT_CHARS_MAX: usize = 80_000;

/// Published versions of one agent profile; the next one replaces the oldest.
pub const PROFILE_VERSIONS_MAX: i64 = 1_000;

/// Characters of the note on a published version.
pub const PROFILE_NOTE_CHARS_MAX: usize = 500;

/// Characters of the notice that a caller hears first.
pub const PROFILE_NOTICE_CHARS_MAX: usize = 1_000;

/// Languages for which a profile has phrases with which its callers ask for a person.
pub const HANDOFF_LANGUAGES_MAX: usize = 20;

/// Phrases of one of those languages.
pub const HANDOFF_PHRASES_MAX: usize = 100;

/// Characters of one phrase.
pub const HANDOFF_PHRASE_CHARS_MAX: usize = 80;

/// The longest pause before an answer, in ms.
pub const RESPONSE_DELAY_MS_MAX: u32 = 5_000;

/// The longest silence, in seconds, before a caller is asked whether they are still there.
pub const SILENCE_REMINDER_S_MAX: u32 = 120;

/// The shortest such silence, in seconds.
pub const SILENCE_REMINDER_S_MIN: u32 = 3;

/// Phone numbers of an organization.
pub const PHONE_NUMBERS_MAX: usize = 1_000;

/// Callers that one phone number may block.
pub const BLOCKED_CALLERS_MAX: usize = 1_000;

/// Characters of a phone number's label.
pub const PHONE_NUMBER_LABEL_CHARS_MAX: usize = 120;
