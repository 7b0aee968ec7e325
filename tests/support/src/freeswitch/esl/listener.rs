//! The events that one connection subscribed to, and those that wait to be sent to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::Event;
use super::subscription::Subscription;

/// How many events may wait for a connection.
const EVENTS_MAX: usize = 100_000;

/// Whether the purpose of a connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::freeswitch) enum Over {
    #[default]
    No,
    /// The call that it controls was hung up, and its last events are still to come.
    HungUp,
    /// The call that it controls, or is bound to, is over, and all its events were sent.
    Call,
    /// The whole switch.
    Switch,
}

#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) wanted: Subscription,
    pub(super) waiting: VecDeque<Arc<Event>>,
    pub(super) over: Over,
}

/// A connection's side of the events.
#[derive(Debug, Default)]
pub(in crate::freeswitch) struct Listener {
    desk: Mutex<Desk>,
    pub(super) wake: Notify,
}

impl Listener {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an event if the connection subscribed to it.
    pub(in crate::freeswitch) fn offer(&self, event: &Arc<Event>) {
        let mut desk = self.desk();
        if desk.over != Over::Switch && desk.wanted.wants(event) && desk.waiting.len() < EVENTS_MAX {
            desk.waiting.push_back(Arc::clone(event));
            drop(desk);
            self.wake.notify_one();
        }
    }

    /// Whether `myevents UUID` bound it to a call.
    pub(in crate::freeswitch) fn is_bound_to(&self, uuid: &str) -> bool {
        self.desk().wanted.mine.as_deref() == Some(uuid)
    }

    /// Its call was hung up.
    pub(in crate::freeswitch) fn call_hung_up(&self) {
        self.desk().over = Over::HungUp;
        self.wake.notify_one();
    }

    /// Its call is over, and reported.
    pub(in crate::freeswitch) fn call_over(&self) {
        self.desk().over = Over::Call;
        self.wake.notify_one();
    }

    /// The switch is stopping.
    pub(in crate::freeswitch) fn switch_over(&self) {
        self.desk().over = Over::Switch;
        self.wake.notify_one();
    }
}
