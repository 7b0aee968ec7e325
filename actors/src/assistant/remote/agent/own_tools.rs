//! Tools of the agent's own, which run at its provider: an agent that waits for one is silent, but alive.

use cordboard_schema::time::UnixMs;

/// Longest run of one, in ms: ElevenLabs' limit. The end of a longer one was not reported.
const TOOL_MS_MAX: u64 = 120_000;
/// Tools that are tracked at a time.
const TOOLS_MAX: usize = 16;
/// Bytes of an id.
const ID_BYTES_MAX: usize = 256;

/// The agent's own tools of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OwnTools {
    /// Each running tool's id, and when it began.
    running: Vec<(String, UnixMs)>,
    /// When the newest of them ended.
    ended_at: Option<UnixMs>,
}

impl OwnTools {
    /// Notes that a tool has begun.
    pub(super) fn began(&mut self, id: String, now: UnixMs) {
        let is_known = self.running.iter().any(|(known, _)| *known == id);
        if !is_known && id.len() <= ID_BYTES_MAX && self.running.len() < TOOLS_MAX {
            self.running.push((id, now));
        }
    }

    /// Notes that a tool has ended, if it is one of these.
    pub(super) fn ended(&mut self, id: &str, now: UnixMs) {
        if let Some(at) = self.running.iter().position(|(known, _)| known == id) {
            self.running.swap_remove(at);
            self.ended_at = Some(now);
        }
    }

    /// Returns until when the agent waits, or waited, for a tool; `None` if there was none.
    pub(super) fn busy_until(&self) -> Option<UnixMs> {
        let running = self.running.iter().map(|(_, began_at)| *began_at + TOOL_MS_MAX);
        running.chain(self.ended_at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_busy_until_its_last_tool_has_ended() {
        let mut tools = OwnTools::default();
        assert_eq!(tools.busy_until(), None);
        tools.began("a".to_owned(), UnixMs(1_000));
        tools.began("b".to_owned(), UnixMs(2_000));
        tools.began("b".to_owned(), UnixMs(9_000));
        assert_eq!(tools.busy_until(), Some(UnixMs(2_000) + TOOL_MS_MAX), "the same tool is reported twice");
        tools.ended("of ours", UnixMs(3_000));
        tools.ended("b", UnixMs(4_000));
        assert_eq!(tools.busy_until(), Some(UnixMs(1_000) + TOOL_MS_MAX));
        tools.ended("a", UnixMs(50_000));
        assert_eq!(tools.busy_until(), Some(UnixMs(50_000)));
    }

    #[test]
    fn tracked_tools_are_limited() {
        let mut tools = OwnTools::default();
        tools.began("x".repeat(ID_BYTES_MAX + 1), UnixMs(0));
        assert_eq!(tools, OwnTools::default());
        (0..100).for_each(|number| tools.began(number.to_string(), UnixMs(0)));
        assert_eq!(tools.running.len(), TOOLS_MAX);
    }
}
