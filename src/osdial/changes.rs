//! Changes between two reads of the dialler's tables. Pure.
//!
//! A read of a table gives a digest for each bucket of rows. Only rows of buckets with a new digest are read. The result is compared with the known
//! rows.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::rows::{LiveAgent, OsdialCampaign, OsdialList, OsdialStatus, RemoteAgent};

/// Maximum rows in one event. With the longest rows this stays well below what a control socket's client must accept.
pub(super) const ROWS_OF_EVENT_MAX: usize = 200;

/// A change in the dialler's database, by any program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum OsdialChange {
    /// Remote agents.
    RemoteAgents {
        /// New and changed ones.
        changed: Vec<RemoteAgent>,
        /// The ids of removed ones.
        gone: Vec<u32>,
    },
    /// Lines that are logged in.
    LiveAgents {
        /// New and changed ones.
        changed: Vec<LiveAgent>,
        /// The ids of removed ones.
        gone: Vec<u32>,
    },
    /// Campaigns.
    Campaigns {
        /// New and changed ones.
        changed: Vec<OsdialCampaign>,
        /// The ids of removed ones.
        gone: Vec<String>,
    },
    /// Lists of leads.
    Lists {
        /// New and changed ones.
        changed: Vec<OsdialList>,
        /// The numbers of removed ones.
        gone: Vec<u64>,
    },
    /// Statuses of leads, all current ones.
    Statuses {
        /// All current ones.
        changed: Vec<OsdialStatus>,
    },
}

/// A row and its key.
pub(super) trait Keyed: Clone + PartialEq {
    /// A key that distinguishes rows.
    type Key: Ord + Clone;

    /// The key of this row.
    fn key(&self) -> Self::Key;

    /// Makes an event of these rows.
    fn change(changed: Vec<Self>, gone: Vec<Self::Key>) -> OsdialChange;
}

macro_rules! keyed {
    ($($Row:ident by $field:ident: $Key:ty => $Variant:ident,)*) => {
        $(impl Keyed for $Row {
            type Key = $Key;

            fn key(&self) -> $Key {
                self.$field.clone()
            }

            fn change(changed: Vec<Self>, gone: Vec<$Key>) -> OsdialChange {
                OsdialChange::$Variant { changed, gone }
            }
        })*
    };
}

keyed! {
    RemoteAgent by remote_agent_id: u32 => RemoteAgents,
    LiveAgent by live_agent_id: u32 => LiveAgents,
    OsdialCampaign by campaign_id: String => Campaigns,
    OsdialList by list_id: u64 => Lists,
}

/// A bucket's number of rows, and its digest.
pub(super) type Digest = (u64, u64);

/// State of a table: the digests of its buckets, and its rows by bucket.
#[derive(Clone, Debug)]
pub(super) struct TableState<R: Keyed> {
    digests: BTreeMap<u64, Digest>,
    rows: BTreeMap<u64, BTreeMap<R::Key, R>>,
}

impl<R: Keyed> Default for TableState<R> {
    fn default() -> Self {
        Self { digests: BTreeMap::new(), rows: BTreeMap::new() }
    }
}

impl<R: Keyed> TableState<R> {
    /// Returns the buckets whose rows must be read, judging by these digests, including those that are gone.
    pub(super) fn stale(&self, seen: &BTreeMap<u64, Digest>) -> BTreeSet<u64> {
        let other = seen.iter().filter(|(bucket, digest)| self.digests.get(bucket) != Some(digest));
        let gone = self.digests.keys().filter(|bucket| !seen.contains_key(bucket));
        other.map(|(bucket, _)| *bucket).chain(gone.copied()).collect()
    }

    /// Stores the rows that were read for these buckets, and returns the changes: at first everything.
    pub(super) fn take(
        &mut self,
        buckets: &BTreeSet<u64>,
        seen: &BTreeMap<u64, Digest>,
        read: Vec<R>,
        bucket_of: impl Fn(&R) -> u64,
    ) -> Vec<OsdialChange> {
        let mut now: BTreeMap<u64, BTreeMap<R::Key, R>> = BTreeMap::new();
        for row in read {
            now.entry(bucket_of(&row)).or_default().insert(row.key(), row);
        }
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for bucket in buckets {
            match seen.get(bucket) {
                Some(digest) => self.digests.insert(*bucket, *digest),
                None => self.digests.remove(bucket),
            };
            let rows = now.remove(bucket).unwrap_or_default();
            let before = self.rows.remove(bucket).unwrap_or_default();
            changed.extend(
                rows.iter().filter(|(key, row)| before.get(key) != Some(row)).map(|(_, row)| row.clone()),
            );
            gone.extend(before.into_keys().filter(|key| !rows.contains_key(key)));
            if !rows.is_empty() {
                self.rows.insert(*bucket, rows);
            }
        }
        events(changed, gone)
    }
}

/// Returns rows in events of limited length.
fn events<R: Keyed>(changed: Vec<R>, gone: Vec<R::Key>) -> Vec<OsdialChange> {
    let (mut changed, mut gone) = (changed.into_iter(), gone.into_iter());
    let mut events = Vec::new();
    loop {
        let some: Vec<R> = changed.by_ref().take(ROWS_OF_EVENT_MAX).collect();
        let left: Vec<R::Key> = gone.by_ref().take(ROWS_OF_EVENT_MAX - some.len()).collect();
        if some.is_empty() && left.is_empty() {
            return events;
        }
        events.push(R::change(some, left));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(list_id: u64, list_name: &str) -> OsdialList {
        OsdialList { list_id, list_name: list_name.to_owned(), campaign_id: "A".to_owned(), is_active: true }
    }

    fn seen(digests: &[(u64, u64)]) -> BTreeMap<u64, Digest> {
        digests.iter().map(|(bucket, digest)| (*bucket, (1, *digest))).collect()
    }

    /// Processes a read like a poll does, and returns the events.
    fn poll(
        known: &mut TableState<OsdialList>,
        digests: &[(u64, u64)],
        read: &[OsdialList],
    ) -> Vec<OsdialChange> {
        let seen = seen(digests);
        let stale = known.stale(&seen);
        let read = read.iter().filter(|row| stale.contains(&(row.list_id / 10))).cloned().collect();
        known.take(&stale, &seen, read, |row| row.list_id / 10)
    }

    fn changes_of(changed: &[OsdialList], gone: &[u64]) -> Vec<OsdialChange> {
        vec![OsdialChange::Lists { changed: changed.to_vec(), gone: gone.to_vec() }]
    }

    #[test]
    fn the_first_look_reports_everything_and_later_looks_only_changes() {
        let mut known = TableState::default();
        let all = [list(1, "a"), list(11, "b")];
        assert_eq!(poll(&mut known, &[(0, 1), (1, 1)], &all), changes_of(&all, &[]));
        assert_eq!(poll(&mut known, &[(0, 1), (1, 1)], &[]), []);
        let news = poll(&mut known, &[(0, 2), (1, 1)], &[list(1, "c"), list(2, "d"), list(11, "b")]);
        assert_eq!(news, changes_of(&[list(1, "c"), list(2, "d")], &[]));
        assert_eq!(poll(&mut known, &[(0, 3)], &[list(2, "d")]), changes_of(&[], &[1, 11]));
    }

    #[test]
    fn only_buckets_that_changed_are_read() {
        let mut known = TableState::default();
        poll(&mut known, &[(0, 1), (1, 1), (2, 1)], &[list(1, "a"), list(11, "b"), list(21, "c")]);
        assert_eq!(known.stale(&seen(&[(0, 1), (1, 5), (3, 1)])), BTreeSet::from([1, 2, 3]));
        assert_eq!(known.stale(&seen(&[(0, 1), (1, 1), (2, 1)])), BTreeSet::new());
    }

    #[test]
    fn a_digest_change_without_new_rows_causes_no_event() {
        let mut known = TableState::default();
        poll(&mut known, &[(0, 1)], &[list(1, "a")]);
        assert_eq!(poll(&mut known, &[(0, 2)], &[list(1, "a")]), []);
    }

    #[test]
    fn many_changes_are_several_events() {
        let many: Vec<OsdialList> = (0..450).map(|id| list(id, "a")).collect();
        let sent = events(many, (0..30).collect());
        let sizes: Vec<(usize, usize)> = sent
            .iter()
            .map(|event| match event {
                OsdialChange::Lists { changed, gone } => (changed.len(), gone.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes, [(200, 0), (200, 0), (50, 30)]);
    }
}
