//! Bounds of customers' profiles, and of the cache that they are in.

/// Lines of the conversation that a profile has, the newest.
pub const PROFILE_LINES_MAX: usize = 200;

/// Characters of one of them.
pub const PROFILE_LINE_CHARS_MAX: usize = 2_000;

/// Characters of all of them: an hour of talk has some 50,000, and a person reads the end.
pub const PROFILE_HISTORY_CHARS_MAX: usize = 20_000;

/// Events and to-dos of the call that a profile has, the newest.
pub const PROFILE_ACTIVITIES_MAX: usize = 50;

/// Characters of a title, a name and the like in a profile.
pub const PROFILE_TEXT_CHARS_MAX: usize = 200;

/// Variables of a contact that a profile has.
pub const PROFILE_VARIABLES_MAX: usize = 50;

/// Earlier calls that a profile lists, the newest.
pub const PROFILE_EARLIER_CALLS_MAX: usize = 5;

/// Characters of words that a summary repeats.
pub const PROFILE_QUOTE_CHARS_MAX: usize = 160;

/// Milliseconds that a hand-off waits for the profile to be cached, before it rings all the same. A caller who has asked for a person
/// by a key hears nothing meanwhile, and no caller is to hear nothing for 1.5 s.
pub const PROFILE_WAIT_MS_MAX: u64 = 1_200;

/// Milliseconds for which a caller who is led on by the switch is kept waiting for that: they hear nothing meanwhile.
pub const PROFILE_LED_ON_WAIT_MS_MAX: u64 = 1_000;

/// Names of one target that a profile is cached under.
pub const PROFILE_NAMES_MAX: usize = 8;

/// Seconds that a profile lives after its call.
pub const PROFILE_TTL_S: u64 = 3_600;

/// Bytes of one value in the cache: the largest profile fits, whatever its characters are in JSON.
pub const CACHE_VALUE_BYTES_MAX: usize = 256 * 1024;

/// Values that the cache of a process keeps; beyond it those go that would go first by themselves.
pub const CACHE_ENTRIES_MAX: usize = 50_000;

/// Bytes of all values that the cache of a process keeps.
pub const CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Characters of an extension in a key.
pub const CACHE_EXTENSION_CHARS_MAX: usize = 79;

/// Milliseconds that a Redis may take for one thing that it is asked.
pub const REDIS_WAIT_MS_MAX: u64 = 1_000;

/// Milliseconds between two looks whether a Redis answers, and is the one of before.
pub const REDIS_LOOK_MS: u64 = 1_000;

/// Connections to a Redis.
pub const REDIS_CONNECTIONS_MAX: usize = 8;

/// Seconds that a call's session lives in the cache, unless it is renewed (`calls.session_ttl_s`).
pub const SESSION_TTL_S: u32 = 300;
