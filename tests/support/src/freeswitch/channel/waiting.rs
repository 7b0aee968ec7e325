//! How a channel's task waits: it checks in ticks of 20 ms, and takes orders meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::super::apps;
use super::super::settings::{Pace, TICK};
use super::{Channel, Order};
use crate::clock::now;

/// Whether orders are taken while an application runs: `event-lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::freeswitch) enum Lock {
    #[default]
    Open,
    Locked,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::freeswitch) enum Woken {
    /// Its time was over.
    Due,
    /// The watched event has happened.
    Stopped,
    /// The call was sent elsewhere.
    Moved,
    /// The call is over.
    Gone,
}

impl Channel {
    /// Waits until a moment (or for ever), until `stop` is true, or until the call leaves. Orders that come meanwhile are carried out inside it,
    /// unless the application is locked.
    pub(in crate::freeswitch) async fn rest(
        self: &Arc<Self>,
        until: Option<Instant>,
        lock: Lock,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Woken {
        loop {
            if self.is_over() {
                return Woken::Gone;
            }
            if self.state().next.is_some() {
                return Woken::Moved;
            }
            if stop() {
                return Woken::Stopped;
            }
            if lock == Lock::Open {
                let order = self.state().orders.pop_front();
                if let Some(order) = order {
                    self.obey(order).await;
                    continue;
                }
            }
            match until {
                Some(until) if until <= now() => return Woken::Due,
                Some(until) => {
                    tokio::select! {
                        biased;
                        () = self.nudged() => {}
                        () = sleep_until(until.into()) => {}
                    }
                }
                None => self.nudged().await,
            }
        }
    }

    /// Waits for a nudge, and then for the tick at which FreeSWITCH would check. It notices the end of a call at once.
    async fn nudged(&self) {
        self.wake.notified().await;
        if !self.is_over() {
            self.tick().await;
        }
    }

    /// Waits for the next tick of 20 ms; a fast switch has none.
    pub(in crate::freeswitch) async fn tick(&self) {
        if self.switch.settings.pace == Pace::Real {
            let elapsed = now() - self.born;
            let into = Duration::from_nanos(u64::try_from(elapsed.as_nanos() % TICK.as_nanos()).unwrap_or(0));
            sleep_until((now() + TICK.saturating_sub(into)).into()).await;
        }
    }

    /// Carries out one order.
    async fn obey(self: &Arc<Self>, order: Order) {
        match order {
            Order::Execute(execute) => apps::run(self, execute).await,
            Order::Hangup(cause) => self.hang_up(&cause, super::Disposition::SendBye),
            Order::Unicast(order) => super::super::unicast::start(self, &order).await,
            Order::Leave(actions) => self.go(super::super::dialplan::Route::Actions(actions)),
        }
    }
}
