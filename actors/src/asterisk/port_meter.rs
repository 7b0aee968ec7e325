//! The figures of leased ports, written by their actor and read by others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::listener::{Counters, ListenerCounters};
use crate::listening::Tally;

/// Measures leased ports. Clones measure together.
#[derive(Clone, Debug, Default)]
pub struct PortMeter(Arc<Figures>);

#[derive(Debug, Default)]
struct Figures {
    free: AtomicU32,
    waiting: AtomicU32,
    in_calls: AtomicU32,
    over: AtomicU64,
    expired: AtomicU64,
    given_back: AtomicU64,
    used_up: AtomicU64,
    wrong_uuid: AtomicU64,
    connections: Arc<Counters>,
}

/// State of leased ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortFigures {
    /// Ports that are not leased.
    pub free: u32,
    /// Ports that wait for their connection.
    pub waiting: u32,
    /// Ports of live calls.
    pub in_calls: u32,
    /// Leases that ended with their call.
    pub over: u64,
    /// Leases whose connection did not arrive in time.
    pub expired: u64,
    /// Leases that were ended on request.
    pub given_back: u64,
    /// Requests that found no port.
    pub used_up: u64,
    /// Connections that sent another UUID than the port was leased for.
    pub wrong_uuid: u64,
    /// Connections up to their UUID, by their outcome.
    pub connections: ListenerCounters,
}

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaseEnd {
    Over,
    Expired,
    GivenBack,
}

impl PortMeter {
    /// Returns their state.
    pub fn figures(&self) -> PortFigures {
        let Figures { free, waiting, in_calls, over, expired, given_back, used_up, wrong_uuid, connections } =
            &*self.0;
        let now = |number: &AtomicU32| number.load(Ordering::Relaxed);
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        PortFigures {
            free: now(free),
            waiting: now(waiting),
            in_calls: now(in_calls),
            over: count(over),
            expired: count(expired),
            given_back: count(given_back),
            used_up: count(used_up),
            wrong_uuid: count(wrong_uuid),
            connections: connections.read(),
        }
    }

    pub(super) fn set(&self, free: u32, waiting: u32, in_calls: u32) {
        self.0.free.store(free, Ordering::Relaxed);
        self.0.waiting.store(waiting, Ordering::Relaxed);
        self.0.in_calls.store(in_calls, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, how: LeaseEnd) {
        let counter = match how {
            LeaseEnd::Over => &self.0.over,
            LeaseEnd::Expired => &self.0.expired,
            LeaseEnd::GivenBack => &self.0.given_back,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn used_up(&self) {
        self.0.used_up.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn wrong_uuid(&self) {
        self.0.wrong_uuid.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connections(&self) -> Arc<Counters> {
        Arc::clone(&self.0.connections)
    }
}
