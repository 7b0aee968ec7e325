//! Bounds of what an organization says of its business.

/// Opening spans of one day.
pub const BUSINESS_SPANS_MAX: usize = 8;

/// Holidays and other special days of a business.
pub const BUSINESS_HOLIDAYS_MAX: usize = 200;

/// Days that one holiday may last.
pub const BUSINESS_HOLIDAY_DAYS_MAX: i64 = 366;

/// Days after a moment in which the next opening is looked for: a year of holidays, and some.
pub const BUSINESS_OPENING_DAYS_MAX: i64 = 400;
