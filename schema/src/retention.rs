//! Retention: how long an organization keeps recordings, words, calls, customers and its audit log. Older data is deleted.

use serde::{Deserialize, Serialize};

use crate::ids::{RetentionPartId, RetentionRunId};
use crate::limits::{AUDIT_LOG_DAYS_MIN, RETENTION_DAYS_MAX};
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
    /// Entries of the audit log.
    AuditLog,
}

impl RetentionKind {
    /// All kinds, in the order in which they are processed: data of a call before the call itself.
    pub const ALL: [Self; 5] = [Self::Recordings, Self::Words, Self::Calls, Self::Customers, Self::AuditLog];

    /// Returns its name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recordings => "recordings",
            Self::Words => "words",
            Self::Calls => "calls",
            Self::Customers => "customers",
            Self::AuditLog => "audit_log",
        }
    }
}

/// For how many days an organization keeps each kind of data; null means for ever. Calls count from their beginning, everything
/// else from its last change. Entries of the audit log never change.
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
    /// Entries of the audit log, except those of the operator about the installation. At least 90 days: with a shorter time
    /// somebody could remove the traces of what they just did.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 90, maximum = 3650, example = 365))]
    pub audit_log_days: Option<u32>,
}

impl Retention {
    /// Returns the days for which this kind is kept; none for ever.
    pub const fn days(&self, kind: RetentionKind) -> Option<u32> {
        match kind {
            RetentionKind::Recordings => self.recordings_days,
            RetentionKind::Words => self.words_days,
            RetentionKind::Calls => self.calls_days,
            RetentionKind::Customers => self.customers_days,
            RetentionKind::AuditLog => self.audit_log_days,
        }
    }

    /// Returns the time since which data of a kind is kept; none if it is kept for ever.
    pub fn kept_since(&self, kind: RetentionKind, now: UnixMs) -> Option<UnixMs> {
        self.days(kind).map(|days| now - DAY_MS * u64::from(days))
    }

    /// Returns the names of invalid values, each with a reason that follows the name.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("recordings_days", self.recordings_days, 1),
            ("words_days", self.words_days, 1),
            ("calls_days", self.calls_days, 1),
            ("customers_days", self.customers_days, 1),
            ("audit_log_days", self.audit_log_days, AUDIT_LOG_DAYS_MIN),
        ];
        let is_bad =
            |days: Option<u32>, least| days.is_some_and(|days| !(least..=RETENTION_DAYS_MAX).contains(&days));
        let bad = given.into_iter().filter(|(_, days, least)| is_bad(*days, *least));
        bad.map(|(name, _, least)| (name, format!("must be {least} to {RETENTION_DAYS_MAX}"))).collect()
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
    /// Entries of the audit log.
    pub audit_log: u64,
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
    /// Number of deleted recordings, calls, customers with their data, or entries of the audit log.
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
    /// An entry of the audit log.
    AuditEntry,
}

impl DeletedType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Recording,
        Self::Words,
        Self::Call,
        Self::Message,
        Self::Appointment,
        Self::Lead,
        Self::Contact,
        Self::Customer,
        Self::AuditEntry,
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
            Self::AuditEntry => "audit_entry",
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
        for kind in RetentionKind::ALL.into_iter().filter(|kind| *kind != RetentionKind::Recordings) {
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

    #[test]
    fn the_audit_log_is_kept_for_at_least_90_days() {
        let of = |days| Retention { audit_log_days: Some(days), ..Retention::default() };
        assert_eq!((of(90).faults(), of(3_650).faults()), (vec![], vec![]));
        for days in [0, 1, 89, 3_651] {
            assert_eq!(of(days).faults(), [("audit_log_days", "must be 90 to 3650".to_owned())]);
        }
    }
}
