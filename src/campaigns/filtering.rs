//! Applies changed filters of campaigns to their lists, in parts, so that other users of the database are not blocked. After a crash the next process
//! continues.

use std::time::Duration;

use cordboard_schema::changed::Thing;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, sleep_until};

use super::{AGAIN_MS, RECHECK_MS};
use crate::store::{Connection, Store, StoreError, change, query};

/// Applies filters to lists.
#[derive(Clone)]
pub struct ListFilterer {
    /// Keeps campaigns and their lists.
    pub store: Store,
}

/// Result of applying filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    /// All of them were applied.
    All,
    /// Only some of them were. The others are tried again later.
    Part,
}

impl ListFilterer {
    /// Applies them for as long as the store is open.
    pub async fn run(self) {
        // The changes come first, so that a filter that is changed while others are applied is not missed.
        let mut changes = self.store.changes();
        loop {
            let applied = match self.apply_all().await {
                Ok(applied) => applied,
                Err(error) => {
                    tracing::warn!(%error, "filters of campaigns can't be applied to their lists; trying again later");
                    sleep(Duration::from_millis(AGAIN_MS)).await;
                    continue;
                }
            };
            let recheck_at = Instant::now() + Duration::from_millis(RECHECK_MS);
            loop {
                tokio::select! {
                    biased;
                    changed = changes.recv() => match changed {
                        Ok(changed) if changed.what == Thing::Campaign => break,
                        Ok(_) => {}
                        Err(RecvError::Lagged(_)) => break,
                        Err(RecvError::Closed) => return,
                    },
                    () = sleep_until(recheck_at), if applied == Applied::Part => break,
                }
            }
        }
    }

    /// Applies each filter that is not applied to all of its list yet, with all lists in turn.
    async fn apply_all(&self) -> Result<Applied, StoreError> {
        let mut applied = Applied::All;
        let mut left = self.store.reads().run(query::filters_under_way).await?;
        while !left.is_empty() {
            let mut unfinished = Vec::with_capacity(left.len());
            for (organization_id, id) in left {
                let apply = move |connection: &mut Connection| {
                    change::apply_filter_to_some(connection, organization_id, id)
                };
                match self.store.change(apply).await {
                    Ok(true) => unfinished.push((organization_id, id)),
                    Ok(false) => {}
                    Err(error) if error.is_of_the_connection() => return Err(error),
                    // Other lists don't wait for it.
                    Err(error) => {
                        tracing::error!(campaign_id = %id, %error, "a campaign's filter can't be applied to its list");
                        applied = Applied::Part;
                    }
                }
            }
            left = unfinished;
        }
        Ok(applied)
    }
}
