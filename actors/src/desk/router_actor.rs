//! The router as an actor: it starts, handles its messages one by one, and is restarted when it dies.

use std::task::{Context as Task, Poll};

use tracing::error;

use super::router::RouterActor;
use crate::keeper::{Restartable, TurnEnd, keep};
use crate::line::RouterMailbox;

impl RouterActor {
    /// Starts the router with its mailbox on the current arbiter, for as long as that runs. Not to be used on an
    /// arbiter of calls.
    pub fn start(mailbox: RouterMailbox) {
        keep(Self::new(mailbox));
    }
}

impl Restartable for RouterActor {
    const TURNS: usize = 32;

    /// The task that reads the store holds a line, so this never ends.
    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        self.take_in(task)
    }

    /// The next actor has every desk and caller that this one had, and the message at which it died.
    fn died(&mut self, deaths: u32) {
        self.remember();
        error!(deaths, "the router died: it is restarted");
    }
}
