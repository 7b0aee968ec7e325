//! The running handshakes of a port.

use std::collections::VecDeque;

use tokio::task::AbortHandle;

/// The running handshakes of one port, oldest first. Dropping it drops their connections, unless they outlive the port.
#[derive(Debug)]
pub(super) struct Handshakes {
    under_way: VecDeque<AbortHandle>,
    most: usize,
    outlive: bool,
}

/// Whether a handshake had to be dropped for a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    OldestDropped,
}

impl Handshakes {
    /// Returns an empty list with this limit.
    pub(super) fn at_most(most: usize) -> Self {
        Self { under_way: VecDeque::new(), most, outlive: false }
    }

    /// Lets handshakes that are running when the port closes continue, until they end or time out.
    pub(super) fn outliving_the_port(mut self) -> Self {
        self.outlive = true;
        self
    }

    /// Adds a new handshake. Above the limit the oldest is dropped: it has been silent for the longest, and a switch never is.
    pub(super) fn push(&mut self, handshake: AbortHandle) -> Room {
        while self.under_way.front().is_some_and(AbortHandle::is_finished) {
            self.under_way.pop_front();
        }
        if self.under_way.len() >= self.most {
            self.under_way.retain(|handshake| !handshake.is_finished());
        }
        let oldest = if self.under_way.len() >= self.most { self.under_way.pop_front() } else { None };
        self.under_way.push_back(handshake);
        match oldest {
            Some(oldest) => {
                oldest.abort();
                Room::OldestDropped
            }
            None => Room::Free,
        }
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        if self.outlive {
            return;
        }
        for handshake in &self.under_way {
            handshake.abort();
        }
    }
}
