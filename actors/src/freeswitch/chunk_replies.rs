//! Replies on a control connection that answer for chunks of sound, and the one from which on the switch tells of chunks. Pure.
//!
//! Replies come in the order of the commands, one for each.

use std::collections::VecDeque;

/// The replies of one connection, counted.
#[derive(Debug)]
pub(super) struct ChunkReplies {
    come: u64,
    /// The number of the last reply to the opening: behind it the switch tells of the channel.
    opened_by: u64,
    /// Chunks that the switch has not answered for, each with the number of the reply that does.
    asked: VecDeque<(u64, u64)>,
    /// The call waits for our word that we have chunks played.
    is_wanted: bool,
}

impl ChunkReplies {
    /// Of a connection whose opening gets so many replies.
    pub(super) fn behind_opening(replies: usize) -> Self {
        Self { come: 0, opened_by: replies as u64, asked: VecDeque::new(), is_wanted: false }
    }

    /// The switch was told to play a chunk, by the last of so many commands whose reply has not come.
    pub(super) fn asked(&mut self, chunk: u64, unanswered: usize) {
        self.asked.push_back((self.come + unanswered as u64, chunk));
    }

    /// The next reply has come. Answers the chunk that it is for, if it is for one.
    pub(super) fn came(&mut self) -> Option<u64> {
        self.come += 1;
        let (_, chunk) = self.asked.front().copied().filter(|(reply, _)| *reply <= self.come)?;
        self.asked.pop_front();
        Some(chunk)
    }

    /// The call wants to know when chunks can be played.
    pub(super) fn want(&mut self) {
        self.is_wanted = true;
    }

    /// Whether that is to be said now; once.
    pub(super) fn begins(&mut self) -> bool {
        self.come >= self.opened_by && std::mem::take(&mut self.is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_answered_by_the_reply_in_its_place() {
        let mut replies = ChunkReplies::behind_opening(1);
        replies.asked(7, 2);
        replies.asked(8, 4);
        assert_eq!([(); 5].map(|()| replies.came()), [None, Some(7), None, Some(8), None]);
    }

    #[test]
    fn sound_begins_after_the_opening_and_once_per_wish() {
        let mut replies = ChunkReplies::behind_opening(2);
        replies.want();
        replies.came();
        assert!(!replies.begins());
        replies.came();
        assert!(replies.begins() && !replies.begins());
        replies.want();
        assert!(replies.begins());
    }
}
