//! Counts changed calls after the journal, and maintains the figures of hours, days and months (`store/figures.rs`).
//!
//! It runs periodically, because nobody waits for it: a report counts stale hours itself. A fault is logged once, and tried again in the next round.

use std::time::Duration;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{FIGURES_PAUSE_MS, FIGURES_POLL_MS};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

use crate::repeated_failure::RepeatedFailure;
use crate::store::{Beginning, Connection, Job, Store, StoreError, Uncounted, change, query};

/// Counts, again and again.
pub async fn keep_counting(store: Store) {
    let mut failures = RepeatedFailure::of("counting of figures");
    loop {
        failures.note(all(&store).await, |error| {
            tracing::warn!(%error, "figures can't be counted at the moment; trying again later");
        });
        sleep(Duration::from_millis(FIGURES_POLL_MS)).await;
    }
}

/// Counts what is stale in all organizations. An organization with an unreadable row delays no other.
///
/// # Errors
/// Fails if the database does. What is not counted stays marked.
pub async fn all(store: &Store) -> Result<(), StoreError> {
    let now = UnixMs::from(world::now());
    let mut pass = store.job_faults().begin_pass(Job::Figures);
    let ids = store.reads().run(query::organization_ids).await?;
    for organization_id in pass.readable(ids) {
        match count(store, organization_id, now).await {
            Ok(None) => {}
            Ok(Some(unread)) => pass.note(organization_id, &unread),
            Err(error) => pass.pass_over(organization_id, error)?,
        }
    }
    pass.end();
    Ok(())
}

/// Counts what is stale in an organization. Returns why an hour can't be counted, if one can't be.
async fn count(
    store: &Store,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<String>, StoreError> {
    let stale = move |connection: &mut Connection| query::stale_figures(connection, organization_id, now);
    match store.reads().run(stale).await? {
        None => return Ok(None),
        Some(Uncounted::FromScratch(zone)) => {
            begin(store, organization_id, zone).await?;
            tracing::info!(%organization_id, %zone, "figures are counted again from the beginning");
        }
        Some(Uncounted::Unsettled) => {
            let settle =
                move |connection: &mut Connection| change::settle_figures(connection, organization_id, now);
            store.change(settle).await?;
        }
        Some(Uncounted::Hours | Uncounted::Month) => {}
    }
    let mut unread = None;
    let count = move |connection: &mut Connection| query::count_figures(connection, organization_id);
    while let Some(counted) = store.reads().run(count).await? {
        unread = counted.unread.clone();
        if counted.is_empty() {
            break;
        }
        let is_more = counted.is_more;
        let is_kept = store.change(move |connection| change::keep_figures(connection, &counted)).await?;
        // Another server may have been faster. The next round continues from there.
        if !is_more || !is_kept {
            break;
        }
    }
    let count = move |connection: &mut Connection| query::count_month(connection, organization_id, now);
    while let Some(counted) = store.reads().run(count).await? {
        if !store.change(move |connection| change::keep_month(connection, &counted)).await? {
            break;
        }
    }
    Ok(unread)
}

/// Marks all figures of an organization to be counted again by the hours of this zone. It does so in parts, because others need to write, too.
async fn begin(store: &Store, organization_id: OrganizationId, zone: Tz) -> Result<(), StoreError> {
    let mut part = Beginning::default();
    loop {
        let begin =
            move |connection: &mut Connection| change::begin_figures(connection, organization_id, zone, part);
        let Some(next) = store.change(begin).await? else { return Ok(()) };
        part = next;
        sleep(Duration::from_millis(FIGURES_PAUSE_MS)).await;
    }
}

/// Begins to count an organization that was never counted, such as a newly registered one. If it has very many calls, a part is done, and the next
/// round continues.
///
/// # Errors
/// Fails if the database does. Nothing is begun then.
pub async fn begun(store: &Store, organization_id: OrganizationId) -> Result<(), StoreError> {
    let is_begun = move |connection: &mut Connection| query::figures_are_begun(connection, organization_id);
    if store.reads().run(is_begun).await? {
        return Ok(());
    }
    let begin = move |connection: &mut Connection| {
        // Another server may have begun it in the meantime.
        if query::figures_are_begun(connection, organization_id)? {
            return Ok(());
        }
        let (_, wanted) = query::zone_of_figures(connection, organization_id)?;
        change::begin_figures(connection, organization_id, wanted, Beginning::default()).map(drop)
    };
    store.change(begin).await
}
