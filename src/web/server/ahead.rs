//! How much of a connection is read ahead of its answers. Pure.
//!
//! The HTTP library keeps each complete request, some kilobytes for a request of 26 bytes: a client that sends thousands and reads no answer could
//! fill the memory. So only little is read after the request that is being answered, and while none is, only a little at a time.

use cordboard_schema::limits::{HTTP_AHEAD_BYTES_MAX, HTTP_BODY_BYTES_AHEAD_MAX, HTTP_BYTES_AT_ONCE};

/// Room for more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// This many bytes may be read.
    For(usize),
    /// The reader first handles what it has, and then reads on.
    NextTime,
    /// Nothing is read until the request is answered, or until more of its body is wanted.
    Later,
}

/// How many bytes may still be read from a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadAhead {
    /// After the request that is being answered.
    after_request: u64,
    /// Of its body.
    of_body: u64,
    /// Whether bytes were read, while no request is being answered, that have not been handled yet.
    has_read: bool,
}

impl ReadAhead {
    /// Starts with nothing read.
    pub(super) const fn new() -> Self {
        Self { after_request: HTTP_AHEAD_BYTES_MAX as u64, of_body: 0, has_read: false }
    }

    /// Room for the next bytes, whether a request is being answered or not.
    pub(super) fn room(&mut self, is_under_way: bool) -> Room {
        if is_under_way {
            let left = self.after_request.saturating_add(self.of_body);
            return if left == 0 {
                Room::Later
            } else {
                Room::For(usize::try_from(left).unwrap_or(usize::MAX))
            };
        }
        // Everything that was read has been answered.
        (self.after_request, self.of_body) = (HTTP_AHEAD_BYTES_MAX as u64, 0);
        if std::mem::take(&mut self.has_read) { Room::NextTime } else { Room::For(HTTP_BYTES_AT_ONCE) }
    }

    /// Counts bytes that have come, whether a request is being answered or not.
    pub(super) fn came(&mut self, bytes: u64, is_under_way: bool) {
        if !is_under_way {
            self.has_read = true;
            return;
        }
        let of_body = bytes.min(self.of_body);
        self.of_body -= of_body;
        self.after_request = self.after_request.saturating_sub(bytes - of_body);
    }

    /// A request begins whose head declares this body length; `None` if it has no body or no declared length.
    pub(super) fn head_came(&mut self, length: Option<u64>) {
        self.of_body = length.unwrap_or(0);
    }

    /// More of the request's body is wanted: what was read of it is used up.
    pub(super) fn body_is_wanted(&mut self) {
        self.of_body = self.of_body.max(HTTP_BODY_BYTES_AHEAD_MAX as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AHEAD: u64 = HTTP_AHEAD_BYTES_MAX as u64;

    #[test]
    fn little_is_read_ahead_of_an_answer() {
        let mut ahead = ReadAhead::new();
        assert_eq!(ahead.room(false), Room::For(HTTP_BYTES_AT_ONCE));
        ahead.came(2_000, false);
        assert_eq!(ahead.room(false), Room::NextTime, "there may be requests in it");
        assert_eq!(ahead.room(false), Room::For(HTTP_BYTES_AT_ONCE), "or a part of a long one");
        ahead.head_came(None);
        ahead.came(AHEAD - 1, true);
        assert_eq!(ahead.room(true), Room::For(1));
        ahead.came(1, true);
        // Requests that were read with it are answered next, and make no room.
        for _ in 0..100 {
            assert_eq!(ahead.room(true), Room::Later);
            ahead.head_came(None);
        }
        assert_eq!(ahead.room(false), Room::For(HTTP_BYTES_AT_ONCE));
        assert_eq!(ahead.room(true), Room::For(HTTP_AHEAD_BYTES_MAX));
    }

    #[test]
    fn bodies_are_read_to_their_length_or_as_wanted() {
        let mut ahead = ReadAhead::new();
        ahead.head_came(Some(1_000_000));
        assert_eq!(ahead.room(true), Room::For(1_000_000 + HTTP_AHEAD_BYTES_MAX));
        ahead.came(1_000_000, true);
        assert_eq!(ahead.room(true), Room::For(HTTP_AHEAD_BYTES_MAX));
        ahead.came(u64::MAX, true);
        assert_eq!(ahead.room(true), Room::Later);
        for _ in 0..3 {
            ahead.body_is_wanted();
            assert_eq!(ahead.room(true), Room::For(HTTP_BODY_BYTES_AHEAD_MAX));
        }
        ahead.head_came(Some(u64::MAX));
        ahead.came(1, true);
        assert_eq!(ahead.room(true), Room::For(usize::MAX - 1));
    }
}
