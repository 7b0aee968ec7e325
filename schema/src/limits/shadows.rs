//! Bounds of shadows: voices that listen to calls and that nobody hears.

/// Highest monthly budget of a profile's shadows, in millionths of the currency.
pub const SHADOW_MONTH_COST_MICROS_MAX: u64 = 1_000_000_000_000;

/// Turns in a shadow's record of a call; further turns of the call are left out.
pub const SHADOW_TURNS_MAX: usize = 200;

/// Characters of the caller's words, and of an answer, that are stored for a turn.
pub const SHADOW_TEXT_CHARS_MAX: usize = 4_000;

/// Tools that are stored for a turn.
pub const SHADOW_TOOLS_MAX: usize = 10;

/// Tool requests of a shadow in one turn. A shadow with more is in a loop, and is stopped.
pub const SHADOW_TOOL_CALLS_MAX: usize = 20;

/// Bytes of a tool's arguments, as JSON. Longer arguments are left out.
pub const SHADOW_ARGUMENTS_BYTES_MAX: usize = 2_000;

/// Events of a call that wait for its shadow. A shadow that is that far behind is ended.
pub const SHADOW_NEWS_WAITING_MAX: usize = 256;

/// Milliseconds after which new data about a shadow's call is written.
pub const SHADOW_KEEP_MS: u64 = 2_000;

/// Milliseconds that the database may take for a shadow.
pub const SHADOW_STORE_MS_MAX: u64 = 10_000;

/// Milliseconds that a shadow has to end when its call goes on without it: its usage until then is reported.
pub const SHADOW_END_MS_MAX: u64 = 2_000;

/// Calls of a profile that are kept with the results of its shadows, the newest.
pub const SHADOW_CALLS_KEPT: i64 = 500;
