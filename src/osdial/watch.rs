//! Checks the dialler's tables for changes while there are subscribers, and reports changes.
//!
//! A check is one statement that returns a digest for each bucket of rows, and for each table with a changed digest a statement that reads those
//! rows. So a second without changes costs one statement, and a check never needs more than five.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{MissedTickBehavior, interval};

use super::agents::{self, AGENTS_MAX, LINES_MAX, Which};
use super::campaigns;
use super::changes::{Digest, OsdialChange, TableState};
use super::connection::Link;
use super::error::OsdialError;
use super::rows::{Cells, LiveAgent, OsdialCampaign, OsdialList, OsdialStatus, RemoteAgent};

/// Interval of the checks.
const POLL_INTERVAL: Duration = Duration::from_millis(1_000);
/// Maximum checks that are skipped while the database is unreachable.
const SKIPPED_POLLS_MAX: u32 = 8;
/// Maximum statements of a check in addition to the one for the digests.
const READS_MAX: usize = 4;
/// Number of consecutive ids that share one digest.
const BUCKET_ROWS: u64 = 128;

/// The checked tables, in the order in which they are reported if not all can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    LiveAgents,
    RemoteAgents,
    Campaigns,
    Lists,
    Statuses,
}

/// Everything that is known of the dialler's tables.
#[derive(Default)]
struct Everything {
    live: TableState<LiveAgent>,
    remote: TableState<RemoteAgent>,
    campaigns: TableState<OsdialCampaign>,
    lists: TableState<OsdialList>,
    statuses: Option<Vec<OsdialStatus>>,
    statuses_digest: Option<Digest>,
}

/// Checks until nobody holds the other end of `changes` any more, and pauses while there are no subscribers.
pub(super) async fn watch(link: Link, changes: broadcast::WeakSender<Arc<OsdialChange>>) {
    let mut known = Everything::default();
    let mut polls = interval(POLL_INTERVAL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut failures, mut skipped) = (0, 0);
    loop {
        polls.tick().await;
        let Some(changes) = changes.upgrade() else { return };
        if changes.receiver_count() == 0 {
            // The next subscriber starts with the rows at that time.
            known = Everything::default();
            continue;
        }
        if skipped > 0 {
            skipped -= 1;
            continue;
        }
        let mut new_changes = Vec::new();
        let outcome = poll(&link, &mut known, &mut new_changes).await;
        // Also reports what was read before a table that can't be read: it is known now, and no later check would find it changed.
        for change in new_changes {
            // There are no subscribers any more. The next one starts with the rows at that time.
            let _ = changes.send(Arc::new(change));
        }
        match outcome {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!("the dialler's database answers again");
                }
                failures = 0;
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "the dialler's tables can't be checked");
                }
                skipped = (1 << failures.min(3)).min(SKIPPED_POLLS_MAX);
                failures += 1;
            }
        }
    }
}

/// Checks all tables, and reports changes, as far as they can be read.
async fn poll(
    link: &Link,
    known: &mut Everything,
    new_changes: &mut Vec<OsdialChange>,
) -> Result<(), OsdialError> {
    let seen = digests(link).await?;
    let of = |table: Table| seen.get(&table).cloned().unwrap_or_default();
    let mut reads = 0;
    let mut may_read = |is_stale: bool| {
        let may = is_stale && reads < READS_MAX;
        reads += usize::from(may);
        may
    };

    let seen_live = of(Table::LiveAgents);
    let stale = known.live.stale(&seen_live);
    if may_read(!stale.is_empty()) {
        let rows =
            agents::live_where(link, &in_buckets("live_agent_id", &stale), Vec::new(), LINES_MAX).await?;
        new_changes.extend(known.live.take(&stale, &seen_live, rows, |row| bucket(row.live_agent_id)));
    }
    let seen_remote = of(Table::RemoteAgents);
    let stale = known.remote.stale(&seen_remote);
    if may_read(!stale.is_empty()) {
        let which = Which::Where(in_buckets("remote_agent_id", &stale));
        let rows = agents::remote(link, which, AGENTS_MAX).await?;
        new_changes.extend(known.remote.take(&stale, &seen_remote, rows, |row| bucket(row.remote_agent_id)));
    }
    let seen_campaigns = of(Table::Campaigns);
    let stale = known.campaigns.stale(&seen_campaigns);
    if may_read(!stale.is_empty()) {
        let rows = campaigns::campaigns(link).await?;
        new_changes.extend(known.campaigns.take(&stale, &seen_campaigns, rows, |_| 0));
    }
    let seen_lists = of(Table::Lists);
    let stale = known.lists.stale(&seen_lists);
    if may_read(!stale.is_empty()) {
        let rows = campaigns::lists(link, None).await?;
        new_changes.extend(known.lists.take(&stale, &seen_lists, rows, |_| 0));
    }
    let digest = of(Table::Statuses).get(&0).copied().unwrap_or_default();
    if may_read(known.statuses_digest != Some(digest)) {
        let rows = campaigns::statuses(link, None).await?;
        let before = known.statuses.replace(rows.clone());
        known.statuses_digest = Some(digest);
        if before.as_ref() != Some(&rows) {
            new_changes.push(OsdialChange::Statuses { changed: rows });
        }
    }
    Ok(())
}

fn bucket(id: u32) -> u64 {
    u64::from(id) / BUCKET_ROWS
}

/// The condition that a row is in one of these buckets.
fn in_buckets(id: &str, buckets: &BTreeSet<u64>) -> String {
    if buckets.is_empty() {
        return "FALSE".to_owned();
    }
    let buckets: Vec<String> = buckets.iter().map(u64::to_string).collect();
    format!("{id} DIV {BUCKET_ROWS} IN ({})", buckets.join(","))
}

/// Returns digests of each bucket of each table.
async fn digests(link: &Link) -> Result<BTreeMap<Table, BTreeMap<u64, Digest>>, OsdialError> {
    let sql = digests_query(link);
    let mut seen: BTreeMap<Table, BTreeMap<u64, Digest>> = BTreeMap::new();
    for row in link.rows(&sql, ()).await? {
        let mut cells = Cells::of(row);
        let (number, bucket, count, digest): (u8, u64, u64, u64) =
            (cells.number()?, cells.number()?, cells.number()?, cells.number()?);
        let tables =
            [Table::LiveAgents, Table::RemoteAgents, Table::Campaigns, Table::Lists, Table::Statuses];
        let Some(table) = tables.into_iter().find(|table| *table as u8 == number) else { continue };
        let (rows, all) = seen.entry(table).or_default().entry(bucket).or_default();
        // Statuses come from two tables.
        (*rows, *all) = (*rows + count, all.wrapping_mul(3) ^ digest);
    }
    Ok(seen)
}

/// The query of all digests. Columns that nobody sees are not part of a digest, because the dialler updates each line every 2 s.
fn digests_query(link: &Link) -> String {
    let of = |table: Table, name: &str, bucket: &str, columns: &[&str]| {
        let number = table as u8;
        // MD5, because the XOR of two CRCs does not change if two lines swap places.
        let cells: Vec<String> = columns.iter().map(|column| format!("IFNULL({column},0x00)")).collect();
        let digest =
            format!("CAST(CONV(LEFT(MD5(CONCAT_WS(0x1f,{})),16),16,10) AS UNSIGNED)", cells.join(","));
        format!(
            "SELECT {number}, {bucket} AS bucket, COUNT(*), BIT_XOR({digest}) FROM {} GROUP BY bucket",
            link.table(name)
        )
    };
    let by_id = |id: &str| format!("{id} DIV {BUCKET_ROWS}");
    [
        of(
            Table::LiveAgents,
            "live_agents",
            &by_id("live_agent_id"),
            &[
                "live_agent_id",
                "user",
                "server_ip",
                "conf_exten",
                "extension",
                "status",
                "campaign_id",
                "lead_id",
                "uniqueid",
                "callerid",
                "channel",
                "calls_today",
            ],
        ),
        of(
            Table::RemoteAgents,
            "remote_agents",
            &by_id("remote_agent_id"),
            &[
                "remote_agent_id",
                "user_start",
                "number_of_lines",
                "server_ip",
                "conf_exten",
                "status",
                "campaign_id",
                "closer_campaigns",
            ],
        ),
        of(
            Table::Campaigns,
            "campaigns",
            "0",
            &["campaign_id", "campaign_name", "active", "dial_method", "auto_dial_level"],
        ),
        of(Table::Lists, "lists", "0", &["list_id", "list_name", "campaign_id", "active"]),
        of(
            Table::Statuses,
            "statuses",
            "0",
            &["status", "status_name", "selectable", "human_answered", "category"],
        ),
        of(
            Table::Statuses,
            "campaign_statuses",
            "0",
            &["status", "status_name", "campaign_id", "selectable", "human_answered", "category"],
        ),
    ]
    .join(" UNION ALL ")
}
