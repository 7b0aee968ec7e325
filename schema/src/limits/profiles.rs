//! Bounds of customers' profiles, and of the cache that stores them.

/// Lines of the conversation in a profile, the newest.
pub const PROFILE_LINES_MAX: usize = 200;

/// Characters of one of these lines.
pub const PROFILE_LINE_CHARS_MAX: usize = 2_000;

/// Characters of all these lines together: an hour of conversation has about 50,000, and a person reads the end.
pub const PROFILE_HISTORY_CHARS_MAX: usize = 20_000;

/// Events and to-dos of the call in a profile, the newest.
pub const PROFILE_ACTIVITIES_MAX: usize = 50;

/// Characters of a title, a name and similar texts in a profile.
pub const PROFILE_TEXT_CHARS_MAX: usize = 200;

/// Variables of a contact in a profile.
pub const PROFILE_VARIABLES_MAX: usize = 50;

/// Earlier calls that a profile lists, the newest.
pub const PROFILE_EARLIER_CALLS_MAX: usize = 5;

/// Characters of a quotation in a summary.
pub const PROFILE_QUOTE_CHARS_MAX: usize = 160;

/// Milliseconds that a hand-off waits for the profile to be cached, before it rings anyway. A caller who has asked for a person
/// by a key hears nothing meanwhile, and no caller should hear nothing for 1.5 s.
pub const PROFILE_WAIT_MS_MAX: u64 = 1_200;

/// Milliseconds that a caller whom the switch sends on is kept waiting for it: they hear nothing meanwhile.
pub const PROFILE_LED_ON_WAIT_MS_MAX: u64 = 1_000;

/// Names of one target under which a profile is cached.
pub const PROFILE_NAMES_MAX: usize = 8;

/// Lifetime of a profile after its call, in seconds.
pub const PROFILE_TTL_S: u64 = 3_600;

/// Bytes of one value in the cache: the largest profile fits, however JSON encodes its characters.
pub const CACHE_VALUE_BYTES_MAX: usize = 256 * 1024;

/// Values that the cache of a process holds; beyond that those that would expire first are removed.
pub const CACHE_ENTRIES_MAX: usize = 50_000;

/// Bytes of all values in the cache of a process.
pub const CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Characters of an extension in a key.
pub const CACHE_EXTENSION_CHARS_MAX: usize = 79;

/// Milliseconds that a Redis may take for one request.
pub const REDIS_WAIT_MS_MAX: u64 = 1_000;

/// Milliseconds between two checks that a Redis answers and is still the same one.
pub const REDIS_POLL_MS: u64 = 1_000;

/// Connections to a Redis.
pub const REDIS_CONNECTIONS_MAX: usize = 8;

/// Lifetime of a call's session in the cache, in seconds, unless it is renewed (`calls.session_ttl_s`).
pub const SESSION_TTL_S: u32 = 300;
