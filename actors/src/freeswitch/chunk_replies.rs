//! The replies on a control connection that belong to chunks of audio, and the reply after which the switch reports about chunks.
//! Pure.
//!
//! Replies arrive in the order of the commands, one for each.

use std::collections::VecDeque;

/// Counts the replies of one connection.
#[derive(Debug)]
pub(super) struct ChunkReplies {
    come: u64,
    /// The number of the last reply to the opening: after it the switch sends the channel's events.
    opened_by: u64,
    /// Chunks without a reply, each with the number of the reply that belongs to it.
    asked: VecDeque<(u64, u64)>,
    /// Whether the call waits to be told that chunks can be played.
    is_wanted: bool,
}

impl ChunkReplies {
    /// Starts for a connection whose opening gets this many replies.
    pub(super) fn after_opening(replies: usize) -> Self {
        Self { come: 0, opened_by: replies as u64, asked: VecDeque::new(), is_wanted: false }
    }

    /// Notes that the switch was told to play a chunk, by the last of the commands that are unanswered.
    pub(super) fn asked(&mut self, chunk: u64, unanswered: usize) {
        self.asked.push_back((self.come + unanswered as u64, chunk));
    }

    /// Counts the next reply. Returns the chunk that it belongs to, if any.
    pub(super) fn came(&mut self) -> Option<u64> {
        self.come += 1;
        let (_, chunk) = self.asked.front().copied().filter(|(reply, _)| *reply <= self.come)?;
        self.asked.pop_front();
        Some(chunk)
    }

    /// Notes that the call wants to be told when chunks can be played.
    pub(super) fn want(&mut self) {
        self.is_wanted = true;
    }

    /// Returns whether the call is to be told now. True only once.
    pub(super) fn begins(&mut self) -> bool {
        self.come >= self.opened_by && std::mem::take(&mut self.is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_gets_the_reply_in_its_place() {
        let mut replies = ChunkReplies::after_opening(1);
        replies.asked(7, 2);
        replies.asked(8, 4);
        assert_eq!([(); 5].map(|()| replies.came()), [None, Some(7), None, Some(8), None]);
    }

    #[test]
    fn audio_begins_after_the_opening_once_per_request() {
        let mut replies = ChunkReplies::after_opening(2);
        replies.want();
        replies.came();
        assert!(!replies.begins());
        replies.came();
        assert!(replies.begins() && !replies.begins());
        replies.want();
        assert!(replies.begins());
    }
}
