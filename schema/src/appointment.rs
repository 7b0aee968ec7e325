//! An appointment, and the quarters of an hour that it takes.

use serde::{Deserialize, Serialize};

use crate::ids::{AppointmentId, CallId, CustomerId, LeadId, OrganizationId};
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};

/// Milliseconds of a slot: a quarter of an hour. Appointments begin at whole ones; every time zone's midnight is one.
pub const SLOT_MS: u64 = 15 * 60_000;

/// The resource of an organization that books one thing at a time.
pub const MAIN_RESOURCE: &str = "main";

/// An appointment. What was not said is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Whose it is.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Who comes, where that is known.
    pub customer_id: Option<CustomerId>,
    /// The lead that it is for.
    pub lead_id: Option<LeadId>,
    /// The call on which it was made.
    pub call_id: Option<CallId>,
    /// Who or what is booked: no two appointments of one resource overlap.
    pub resource: String,
    /// What is to be done.
    pub service: String,
    /// When it begins.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub starts_at: UnixMs,
    /// When it ends.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub ends_at: UnixMs,
    /// IANA name of the zone in which it was agreed.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub zone: String,
    /// How it stands.
    pub status: AppointmentStatus,
    /// Until when its slot is kept, of one that is held.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub hold_until: Option<UnixMs>,
    /// Who comes.
    pub name: String,
    /// Their number.
    pub phone: Option<E164>,
    /// Where.
    pub address: String,
    /// What people should know.
    pub notes: String,
    /// How often it was changed, as calendars count.
    pub sequence: u64,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it was last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// How an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppointmentStatus {
    /// Its slot is kept while the caller thinks about it.
    Held,
    /// It is agreed.
    Confirmed,
    /// It is agreed, at another time than first.
    Moved,
    /// It will not be: its slot is free.
    Cancelled,
}

impl AppointmentStatus {
    /// Its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Appointment {
    /// Whether its slot is taken: it is agreed, or held and not for too long.
    pub fn stands(&self, now: UnixMs) -> bool {
        match self.status {
            AppointmentStatus::Held => self.hold_until.is_some_and(|until| until > now),
            AppointmentStatus::Confirmed | AppointmentStatus::Moved => true,
            AppointmentStatus::Cancelled => false,
        }
    }

    /// The slots that it takes, each by its begin.
    pub fn slots(&self) -> impl Iterator<Item = UnixMs> + use<> {
        slots_between(self.starts_at, self.ends_at)
    }
}

/// The slots that a time touches, each by its begin.
pub fn slots_between(from: UnixMs, to: UnixMs) -> impl Iterator<Item = UnixMs> {
    let slot = SLOT_MS as i64;
    let first = from.0 - from.0.rem_euclid(slot);
    (first..to.0).step_by(SLOT_MS as usize).map(UnixMs)
}

/// Whether a time is the begin of a slot.
pub fn is_slot(at: UnixMs) -> bool {
    at.0.rem_euclid(SLOT_MS as i64) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_takes_every_slot_that_it_touches() {
        let minutes = |from: i64, to: i64| -> Vec<i64> {
            slots_between(UnixMs(from * 60_000), UnixMs(to * 60_000)).map(|at| at.0 / 60_000).collect()
        };
        assert_eq!(minutes(30, 60), [30, 45]);
        assert_eq!(minutes(31, 46), [30, 45]);
        assert_eq!(minutes(30, 31), [30]);
        assert_eq!(minutes(30, 30), [0; 0]);
        assert_eq!(minutes(-10, 5), [-15, 0]);
    }
}
