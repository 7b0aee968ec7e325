//! Bounds of replays and examples.

/// Turns of the caller in a replay; further turns of the stored call are left out.
pub const REPLAY_TURNS_MAX: usize = 60;

/// Milliseconds that a replayed call may take.
pub const REPLAY_MS_MAX: u64 = 300_000;

/// Milliseconds that an assistant may take for one answer of a replay.
pub const REPLAY_ANSWER_MS_MAX: u64 = 30_000;

/// Rounds of tool requests in one turn before an assistant must say something.
pub const REPLAY_TOOL_ROUNDS_MAX: usize = 6;

/// Budget of one replay, in millionths of the currency. The replay ends after the turn that reaches it.
pub const REPLAY_COST_MICROS_MAX: u64 = 2_000_000;

/// Concurrent replays of an organization.
pub const REPLAYS_AT_ONCE: i64 = 2;

/// Replays that an organization may begin in an hour.
pub const REPLAYS_PER_HOUR: i64 = 60;

/// Replays of a profile that are kept, the newest.
pub const REPLAYS_KEPT: i64 = 100;

/// Examples of a profile.
pub const EXAMPLES_MAX: i64 = 50;

/// Milliseconds that a run of all examples may take.
pub const EXAMPLES_MS_MAX: u64 = 900_000;

/// Characters of an example's name.
pub const EXAMPLE_NAME_CHARS_MAX: usize = 120;

/// Expectations of each kind that an example has.
pub const EXPECTATIONS_MAX: usize = 16;

/// Characters of expected words, or of a tool's name.
pub const EXPECTATION_CHARS_MAX: usize = 200;

/// Characters of the meaning that an example expects.
pub const EXPECTED_MEANING_CHARS_MAX: usize = 500;

/// Bytes of a conversation, as JSON, that a judge model gets. A longer conversation gets no verdict, because the verdict on a
/// part of it could differ from the verdict on the whole.
pub const JUDGED_BYTES_MAX: usize = 96 * 1024;

/// Characters of a judge model's reason. An answer with a longer reason is no verdict.
pub const JUDGE_REASON_CHARS_MAX: usize = 500;

/// Entries of a call's journal that are read for a replay.
pub const REPLAY_JOURNAL_MAX: i64 = 20_000;
