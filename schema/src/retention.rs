//! Retention: how long an organization keeps recordings, words, calls and customers. Older data is deleted.

use serde::{Deserialize, Serialize};

use crate::ids::{RetentionPartId, RetentionRunId};
use crate::limits::RETENTION_DAYS_MAX;
use crate::time::{UnixMs, rfc3339};

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3_600_000;

/// Kinds of data with their own retention period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetentionKind {
    /// Recordings of calls.
    Recordings,
    /// Words of calls: transcripts, journals, replays, answers of shadows, and the search index of calls.
    Words,
    /// Calls, with everything that belongs to them.
    Calls,
    /// Customers, leads, appointments and text messages without activity in that time.
    Customers,
}

impl RetentionKind {
    /// All kinds, in the order in which they are processed: data of a call before the call itself.
    pub const ALL: [Self; 4] = [Self::Recordings, Self::Words, Self::Calls, Self::Customers];

    /// Returns its name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recordings => "recordings",
            Self::Words => "words",
            Self::Calls => "calls",
            Self::Customers => "customers",
        }
    }
}

/// For how many days an organization keeps each kind of data; null means for ever. Calls count from their beginning, everything
/// else from its last change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Recordings of calls.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650, example = 90))]
    pub recordings_days: Option<u32>,
    /// Words of calls: transcripts, journals, replays, answers of shadows, and the search index of calls.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650, example = 180))]
    pub words_days: Option<u32>,
    /// Calls, with everything that belongs to them.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    pub calls_days: Option<u32>,
    /// Customers, leads, appointments and text messages without activity in that time.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    pub customers_days: Option<u32>,
}

impl Retention {
    /// Returns the days for which this kind is kept; none for ever.
    pub const fn days(&self, kind: RetentionKind) -> Option<u32> {
        match kind {
            RetentionKind::Recordings => self.recordings_days,
            RetentionKind::Words => self.words_days,
            RetentionKind::Calls => self.calls_days,
            RetentionKind::Customers => self.customers_days,
        }
    }

    /// Returns the time since which data of a kind is kept; none if it is kept for ever.
    pub fn kept_since(&self, kind: RetentionKind, now: UnixMs) -> Option<UnixMs> {
        self.days(kind).map(|days| now - DAY_MS * u64::from(days))
    }

    /// Returns the names of invalid values, each with a reason that follows the name.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("recordings_days", self.recordings_days),
            ("words_days", self.words_days),
            ("calls_days", self.calls_days),
            ("customers_days", self.customers_days),
        ];
        let is_bad = |days: Option<u32>| days.is_some_and(|days| !(1..=RETENTION_DAYS_MAX).contains(&days));
        let bad = given.into_iter().filter(|(_, days)| is_bad(*days));
        bad.map(|(name, _)| (name, format!("must be 1 to {RETENTION_DAYS_MAX}"))).collect()
    }
}

/// Amount of data of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionCounts {
    /// Recordings.
    pub recordings: u64,
    /// Calls that still have their words.
    pub words: u64,
    /// Calls.
    pub calls: u64,
    /// Customers, leads, appointments and text messages.
    pub customers: u64,
}

/// Data that was deleted because its retention period was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionRun {
    /// UUID v7.
    pub id: RetentionRunId,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The kind of data.
    pub kind: RetentionKind,
    /// Days for which it was kept.
    pub kept_days: u32,
    /// Number of deleted recordings, calls, or customers with their data.
    pub deleted: u64,
    /// Size of the deleted files in bytes.
    pub bytes: u64,
}

/// Type of a deleted record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeletedType {
    /// The recording of a call, with its file; the id is the call's.
    Recording,
    /// The words of a call; the id is the call's.
    Words,
    /// A call.
    Call,
    /// A text message.
    Message,
    /// An appointment.
    Appointment,
    /// A lead.
    Lead,
    /// A contact of a campaign.
    Contact,
    /// A customer.
    Customer,
}

impl DeletedType {
    /// All types.
    pub const ALL: [Self; 8] = [
        Self::Recording,
        Self::Words,
        Self::Call,
        Self::Message,
        Self::Appointment,
        Self::Lead,
        Self::Contact,
        Self::Customer,
    ];

    /// Returns its name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Words => "words",
            Self::Call => "call",
            Self::Message => "message",
            Self::Appointment => "appointment",
            Self::Lead => "lead",
            Self::Contact => "contact",
            Self::Customer => "customer",
        }
    }
}

/// Records of one type that one transaction of a retention run deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedRecords {
    /// UUID v7.
    pub id: RetentionPartId,
    /// Type of the records.
    #[serde(rename = "type")]
    pub record_type: DeletedType,
    /// Ids of the records.
    pub record_ids: Vec<String>,
    /// The records among them that are in the database now. A backup that is older than the run restores them, and the next run
    /// deletes them again. Normally empty, which proves that the records are deleted.
    pub present_ids: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_kept_for_its_days_or_for_ever() {
        let retention = Retention { recordings_days: Some(2), ..Retention::default() };
        let now = UnixMs(10 * 86_400_000);
        assert_eq!(retention.kept_since(RetentionKind::Recordings, now), Some(UnixMs(8 * 86_400_000)));
        for kind in [RetentionKind::Words, RetentionKind::Calls, RetentionKind::Customers] {
            assert_eq!(retention.kept_since(kind, now), None, "{kind:?}");
        }
    }

    #[test]
    fn days_are_one_to_ten_years() {
        let of = |days| Retention { calls_days: Some(days), words_days: Some(days), ..Retention::default() };
        assert_eq!(of(1).faults(), []);
        assert_eq!(of(3_650).faults(), []);
        for days in [0, 3_651, u32::MAX] {
            let faults = of(days).faults();
            assert_eq!(
                faults.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
                ["words_days", "calls_days"]
            );
            assert_eq!(faults[0].1, "must be 1 to 3650");
        }
    }
}
