//! Bounds of shadows: voices that hear calls and that nobody hears.

/// Highest monthly budget of a profile's shadows, in millionths of the currency.
pub const SHADOW_MONTH_COST_MICROS_MAX: u64 = 1_000_000_000_000;

/// Turns that are kept of a shadow's record of a call; further turns of the call are left out.
pub const SHADOW_TURNS_MAX: usize = 200;

/// Characters of the caller's words, and of an answer, that are kept of a turn.
pub const SHADOW_TEXT_CHARS_MAX: usize = 4_000;

/// Tools that are kept of a turn.
pub const SHADOW_TOOLS_MAX: usize = 10;

/// Tools that a shadow may ask for in one turn. A shadow that asks for more runs in a circle, and is stopped.
pub const SHADOW_TOOL_CALLS_MAX: usize = 20;

/// Bytes of a tool's arguments, as JSON. Longer ones are left out.
pub const SHADOW_ARGUMENTS_BYTES_MAX: usize = 2_000;

/// Events of a call that wait for its shadow. A shadow that is so far behind is ended.
pub const SHADOW_NEWS_WAITING_MAX: usize = 256;

/// Milliseconds after which what is new of a shadow's call is written.
pub const SHADOW_KEEP_MS: u64 = 2_000;

/// Milliseconds that the database may take for a shadow.
pub const SHADOW_STORE_MS_MAX: u64 = 10_000;

/// Milliseconds that a shadow has to end when its call goes on without it: its usage until then is reported.
pub const SHADOW_END_MS_MAX: u64 = 2_000;

/// Calls of a profile with what its shadows made of them that are kept, the newest.
pub const SHADOW_CALLS_KEPT: i64 = 500;
