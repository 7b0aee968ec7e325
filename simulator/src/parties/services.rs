//! What the server of a life needs beside its database, as far as it has trouble with that.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::faults;
use crate::plan::{Happening, Plan};
use crate::services::ServiceTrouble;

/// The services of a life.
#[derive(Debug, Default)]
pub(crate) struct Services {
    troubled_until: Option<Instant>,
}

impl Services {
    /// Has one of them have trouble from now on, for so long.
    pub(crate) fn strike(&mut self, trouble: ServiceTrouble, length: Duration) {
        let until = Instant::now() + length;
        self.troubled_until = self.troubled_until.max(Some(until));
        match trouble {
            ServiceTrouble::Disk(trouble) => {
                faults::set_disk(Some(trouble));
                tokio::task::spawn_local(async move {
                    sleep_until(until).await;
                    faults::set_disk(None);
                });
            }
        }
    }

    /// A life has begun: what began before it and is not over goes on.
    pub(crate) fn go_on(&mut self, plan: &Plan, began_ms: u64) {
        for timed in &plan.happenings {
            if let Happening::Service { trouble, ms } = timed.what
                && timed.at_ms < began_ms
                && timed.at_ms + ms > began_ms
            {
                self.strike(trouble, Duration::from_millis(timed.at_ms + ms - began_ms));
            }
        }
    }

    /// Waits until none of them has trouble.
    pub(crate) async fn wait(&self) {
        if let Some(until) = self.troubled_until {
            sleep_until(until).await;
        }
    }
}
