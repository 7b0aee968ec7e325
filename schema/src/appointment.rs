//! An appointment, and the quarter-hour slots that it takes. Which appointments may share them: [`crate::business::calendar`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{AppointmentId, CallId, CustomerId, LeadId, OrganizationId};
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};

/// Length of a slot in ms: a quarter of an hour. Appointments begin at a slot; every time zone's midnight is the beginning of
/// one.
pub const SLOT_MS: u64 = 15 * 60_000;

/// The resource of an organization that books only one thing at a time.
pub const MAIN_RESOURCE: &str = "main";

/// An appointment. Fields that nobody stated are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The customer, if known.
    pub customer_id: Option<CustomerId>,
    /// The lead that it belongs to.
    pub lead_id: Option<LeadId>,
    /// The call on which it was made.
    pub call_id: Option<CallId>,
    /// The person or thing that is booked. As many of its appointments overlap as their services allow: by default none.
    pub resource: String,
    /// The service.
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
    /// Status of the appointment.
    pub status: AppointmentStatus,
    /// Until when its slot is reserved, if it is held. After that the hold has lapsed: the slot is free, and the next booking that takes it
    /// cancels the appointment.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub hold_until: Option<UnixMs>,
    /// Name of the customer.
    pub name: String,
    /// Their number.
    pub phone: Option<E164>,
    /// The address.
    pub address: String,
    /// Notes for the staff.
    pub notes: String,
    /// Number of changes, as calendars count them.
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

/// Status of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppointmentStatus {
    /// Its slot is reserved while the caller decides.
    Held,
    /// It is agreed.
    Confirmed,
    /// It is agreed, and was moved to another time.
    Moved,
    /// It is cancelled: its slot is free.
    Cancelled,
}

impl AppointmentStatus {
    /// Those that are agreed.
    pub const AGREED: [Self; 2] = [Self::Confirmed, Self::Moved];

    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it is agreed.
    pub const fn is_agreed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Moved)
    }
}

/// A new appointment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AppointmentBody {
    /// The service.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub service: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends, at most 12 hours later. If it is left out, it ends after the service's duration, or after an hour.
    #[serde(default)]
    pub ends_at: Option<DateTime<Utc>>,
    /// IANA name of the zone in which it was agreed; by default the business's.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub zone: Option<String>,
    /// The person or thing that is booked; by default the service's, which is `main` if the service names none.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub resource: Option<String>,
    /// Whether it may be in the time that is kept free around another appointment, or have others in its own.
    #[serde(default)]
    pub ignore_buffers: bool,
    /// Holds the slot for this many minutes instead of confirming the appointment.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440))]
    pub hold_minutes: Option<u32>,
    /// The customer; if left out, the customer with this number.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// The lead that it belongs to.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// Name of the customer.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: String,
    /// Their number.
    #[serde(default)]
    pub phone: Option<E164>,
    /// The address.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub address: String,
    /// Notes for the staff.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: String,
}

/// A change of an appointment. Fields that are left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AppointmentChange {
    /// Confirms or cancels it; or its present status, which changes nothing.
    pub status: Option<NewStatus>,
    /// Moves it to this time. Its duration stays the same unless `ends_at` is given.
    pub starts_at: Option<DateTime<Utc>>,
    /// Changes its end.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether its new time may be in the time that is kept free around another appointment, or have others in its own.
    pub ignore_buffers: bool,
    /// The service. If the appointment takes the person or thing of its earlier service, it takes the new one's from now on.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub service: Option<String>,
    /// Name of the customer who comes.
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: Option<String>,
    /// Their number; null removes it. If a customer has it, the appointment becomes theirs.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<E164>))]
    pub phone: Option<Option<E164>>,
    /// The address.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub address: Option<String>,
    /// Notes for the staff.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: Option<String>,
}

/// Statuses that an appointment can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NewStatus {
    /// Agreed.
    Confirmed,
    /// Cancelled.
    Cancelled,
    /// Held, as it is.
    Held,
    /// Moved, as it is.
    Moved,
}

impl NewStatus {
    /// Whether an appointment with this status can be set to it.
    pub fn follows(self, present: AppointmentStatus) -> bool {
        match self {
            Self::Confirmed | Self::Cancelled => true,
            Self::Held => present == AppointmentStatus::Held,
            Self::Moved => present == AppointmentStatus::Moved,
        }
    }
}

impl Appointment {
    /// Applies a change.
    pub fn change(&mut self, change: AppointmentChange, at: UnixMs) {
        let AppointmentChange {
            status,
            starts_at,
            ends_at,
            ignore_buffers: _,
            service,
            name,
            phone,
            address,
            notes,
        } = change;
        let status = status.filter(|status| !matches!(status, NewStatus::Held | NewStatus::Moved));
        let calendar_sequence = self.calendar_revision(at).0;
        let length_ms = self.ends_at.ms_since(self.starts_at);
        let was = (self.starts_at, self.ends_at);
        self.starts_at = starts_at.map_or(self.starts_at, UnixMs::from);
        self.ends_at = ends_at.map_or(self.starts_at + length_ms, UnixMs::from);
        let is_moved = was != (self.starts_at, self.ends_at);
        self.status = match (status, self.status) {
            (Some(NewStatus::Cancelled), _) | (None, AppointmentStatus::Cancelled) => {
                AppointmentStatus::Cancelled
            }
            (None, AppointmentStatus::Held) => AppointmentStatus::Held,
            (_, AppointmentStatus::Held) => AppointmentStatus::Confirmed,
            _ if is_moved => AppointmentStatus::Moved,
            (Some(NewStatus::Confirmed), AppointmentStatus::Cancelled) => AppointmentStatus::Confirmed,
            (_, agreed) => agreed,
        };
        if self.status != AppointmentStatus::Held {
            self.hold_until = None;
        }
        if let Some(phone) = phone {
            self.phone = phone.map(E164::without_national_zero);
        }
        let texts = [
            (&mut self.service, service),
            (&mut self.name, name),
            (&mut self.address, address),
            (&mut self.notes, notes),
        ];
        for (text, new) in texts {
            *text = new.unwrap_or_else(|| std::mem::take(text));
        }
        self.sequence = calendar_sequence.saturating_add(1);
        self.updated_at = at;
    }

    /// Whether it is a hold that was not confirmed in time.
    pub fn has_lapsed(&self, now: UnixMs) -> bool {
        self.status == AppointmentStatus::Held && !self.holds_slot(now)
    }

    /// Returns the number of its changes and the time of the last one, as calendars see them: to them, a hold that lapses is cancelled, and they
    /// take only what has a higher number (RFC 5545, section 3.8.7.4).
    pub fn calendar_revision(&self, now: UnixMs) -> (u64, UnixMs) {
        if self.has_lapsed(now) {
            let lapsed_at = self.hold_until.unwrap_or(self.updated_at);
            return (self.sequence.saturating_add(1), self.updated_at.max(lapsed_at));
        }
        (self.sequence, self.updated_at)
    }

    /// Whether its slot is taken: it is agreed, or its hold has not expired.
    pub fn holds_slot(&self, now: UnixMs) -> bool {
        match self.status {
            AppointmentStatus::Held => self.hold_until.is_some_and(|until| until > now),
            AppointmentStatus::Confirmed | AppointmentStatus::Moved => true,
            AppointmentStatus::Cancelled => false,
        }
    }

    /// Whether it still has the time that it had when it was `was`: nothing else can have taken it.
    pub fn has_kept_its_time(&self, was: &Self, now: UnixMs) -> bool {
        let time = |of: &Self| (of.starts_at, of.ends_at);
        was.holds_slot(now)
            && time(self) == time(was)
            && self.service == was.service
            && self.resource == was.resource
    }

    /// Returns the slots that it takes, each by its beginning.
    pub fn slots(&self) -> impl Iterator<Item = UnixMs> + use<> {
        slots_between(self.starts_at, self.ends_at)
    }
}

/// Returns the slots that a period touches, each by its beginning.
pub fn slots_between(from: UnixMs, to: UnixMs) -> impl Iterator<Item = UnixMs> {
    (slots_begin(from).0..to.0).step_by(SLOT_MS as usize).map(UnixMs)
}

/// Returns the beginning of the slot in which a period begins at `from`.
pub fn slots_begin(from: UnixMs) -> UnixMs {
    UnixMs(from.0 - from.0.rem_euclid(SLOT_MS as i64))
}

/// Returns the end of the last slot touched by a period that ends at `to`.
pub fn slots_end(to: UnixMs) -> UnixMs {
    let slot = SLOT_MS as i64;
    // The sign is not changed, because the smallest integer has no opposite.
    let to_slot_end = (slot - to.0.rem_euclid(slot)) % slot;
    UnixMs(to.0.saturating_add(to_slot_end))
}

/// Whether a time is the beginning of a slot.
pub fn is_slot(at: UnixMs) -> bool {
    at.0.rem_euclid(SLOT_MS as i64) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_take_each_change_of_a_hold() {
        let mut hold = Appointment {
            id: AppointmentId(uuid::Uuid::from_u128(7)),
            organization_id: OrganizationId(uuid::Uuid::from_u128(1)),
            customer_id: None,
            lead_id: None,
            call_id: None,
            resource: MAIN_RESOURCE.to_owned(),
            service: "Inspection".to_owned(),
            starts_at: UnixMs(7_200_000),
            ends_at: UnixMs(10_800_000),
            zone: "UTC".to_owned(),
            status: AppointmentStatus::Held,
            hold_until: Some(UnixMs(600_000)),
            name: String::new(),
            phone: None,
            address: String::new(),
            notes: String::new(),
            sequence: 0,
            created_at: UnixMs(0),
            updated_at: UnixMs(0),
        };
        assert_eq!(hold.calendar_revision(UnixMs(599_999)), (0, UnixMs(0)));
        assert_eq!(hold.calendar_revision(UnixMs(900_000)), (1, UnixMs(600_000)), "it has lapsed");
        let to = |status| AppointmentChange { status: Some(status), ..AppointmentChange::default() };
        hold.change(to(NewStatus::Confirmed), UnixMs(900_000));
        assert_eq!(hold.calendar_revision(UnixMs(900_000)), (2, UnixMs(900_000)));
        hold.change(to(NewStatus::Cancelled), UnixMs(900_001));
        assert_eq!(hold.calendar_revision(UnixMs(900_001)), (3, UnixMs(900_001)));
    }

    #[test]
    fn an_appointment_takes_every_slot_that_it_touches() {
        let minutes = |from: i64, to: i64| -> Vec<i64> {
            slots_between(UnixMs(from * 60_000), UnixMs(to * 60_000)).map(|at| at.0 / 60_000).collect()
        };
        assert_eq!(minutes(30, 60), [30, 45]);
        assert_eq!(minutes(31, 46), [30, 45]);
        assert_eq!(minutes(30, 31), [30]);
        assert_eq!(minutes(30, 30), [0; 0]);
        assert_eq!(minutes(-10, 5), [-15, 0]);
        let end = |to: i64| slots_end(UnixMs(to * 60_000)).0 / 60_000;
        assert_eq!([45, 46, 59, 60, -1, -15].map(end), [45, 60, 60, 60, 0, -15]);
        assert_eq!(slots_end(UnixMs(i64::MAX)), UnixMs(i64::MAX));
        assert!(is_slot(slots_end(UnixMs(i64::MIN))));
    }
}
