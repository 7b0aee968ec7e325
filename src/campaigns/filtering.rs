//! Applies the filters of campaigns to their lists, where they were changed: part by part, so that others get at the database in between. A
//! process that dies meanwhile leaves the rest to the next one.

use std::time::Duration;

use cordboard_schema::changed::Thing;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::AGAIN_MS;
use crate::store::{Connection, Store, StoreError, change, query};

/// Applies filters to lists.
#[derive(Clone)]
pub struct ListFilterer {
    /// Keeps campaigns and their lists.
    pub store: Store,
}

impl ListFilterer {
    /// Applies them for as long as the store is open.
    pub async fn run(self) {
        // The changes first: a filter that is changed while others are applied is not missed.
        let mut changes = self.store.changes();
        loop {
            if let Err(error) = self.apply_all().await {
                tracing::warn!(%error, "filters of campaigns can't be applied to their lists; it is tried again");
                sleep(Duration::from_millis(AGAIN_MS)).await;
                continue;
            }
            loop {
                match changes.recv().await {
                    Ok(changed) if changed.what == Thing::Campaign => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    /// Applies each filter that is not applied to all of its list, all lists in turn.
    async fn apply_all(&self) -> Result<(), StoreError> {
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
                    // The others' lists don't wait for it.
                    Err(error) => {
                        tracing::error!(campaign_id = %id, %error, "a campaign's filter can't be applied to its list");
                    }
                }
            }
            left = unfinished;
        }
        Ok(())
    }
}
