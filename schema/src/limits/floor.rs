//! Bounds of the floor: agents, queues, and wrap-ups.

use std::ops::RangeInclusive;

/// Queues of an organization.
pub const QUEUES_MAX: usize = 100;

/// Members of one queue; their list fits into the body of a request.
pub const QUEUE_MEMBERS_MAX: usize = 300;

/// Characters of a queue's title.
pub const QUEUE_TITLE_CHARS_MAX: usize = 100;

/// Concurrent calls of an agent, including those that are offered to them.
pub const AGENT_CALLS: RangeInclusive<u8> = 1..=5;

/// Skills of an agent, or of a queue.
pub const SKILLS_MAX: usize = 20;

/// Characters of a skill.
pub const SKILL_CHARS_MAX: usize = 40;

/// Seconds for which a queue offers an agent a call.
pub const QUEUE_RING_S: RangeInclusive<u32> = 5..=120;

/// Maximum seconds that a caller waits in a queue.
pub const QUEUE_WAIT_S: RangeInclusive<u32> = 10..=7_200;

/// Maximum callers who wait in a queue.
pub const QUEUE_WAITING: RangeInclusive<u32> = 1..=1_000;

/// Seconds for a wrap-up.
pub const QUEUE_WRAP_UP_S: RangeInclusive<u32> = 5..=3_600;

/// Dispositions of an organization, and reasons to be away.
pub const CHOICES_MAX: usize = 50;

/// Characters of the name of a disposition or a reason: it is on a button.
pub const CHOICE_NAME_CHARS_MAX: usize = 40;

/// Characters of an agent's note on a call.
pub const WRAP_UP_NOTE_CHARS_MAX: usize = 4_000;

/// Calls for which an agent's draft of a wrap-up is kept: the ones that they edited last.
pub const WRAP_UP_DRAFTS_MAX: usize = 20;

/// Maximum characters of the note with which an agent gives a caller back to the assistant.
pub const PASSING_NOTE_CHARS_MAX: usize = 1_000;
