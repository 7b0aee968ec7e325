//! The router as an actor: it starts, takes its messages one by one, and lives again when it died.

use std::task::{Context as Task, Poll};

use tracing::error;

use super::router::RouterActor;
use crate::keeper::{Restartable, TurnEnd, keep};
use crate::line::RouterMailbox;

impl RouterActor {
    /// Starts the router behind its mailbox on the current arbiter, for as long as that runs. Not on an arbiter of calls.
    pub fn start(mailbox: RouterMailbox) {
        keep(Self::new(mailbox));
    }
}

impl Restartable for RouterActor {
    const TURNS: usize = 32;

    /// The task that looks at the store holds a line, so this does not end.
    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        self.take_in(task)
    }

    /// The next one knows every desk and caller that it knew, and the message at which it died.
    fn died(&mut self, deaths: u32) {
        self.remember();
        error!(deaths, "the router died: it lives again");
    }
}
