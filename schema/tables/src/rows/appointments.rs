//! Rows of appointments, and of the slots that they take.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use cordboard_schema::appointment::Appointment;
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_word, naive, parsed, signed, unix, unsigned};
use crate::tables::{appointment_slots, appointments};

/// An appointment.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = appointments, treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `appointment::Appointment`, which documents them")]
pub struct AppointmentRow {
    pub id: String,
    pub organization_id: String,
    pub customer_id: Option<String>,
    pub lead_id: Option<String>,
    pub call_id: Option<String>,
    pub resource: String,
    pub service: String,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub zone: String,
    pub status: String,
    pub hold_until: Option<NaiveDateTime>,
    pub name: String,
    pub phone: Option<String>,
    pub address: String,
    pub notes: String,
    pub sequence: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl AppointmentRow {
    /// Returns the row of `appointment`.
    pub fn new(appointment: &Appointment) -> Result<Self, BadRow> {
        Ok(Self {
            id: appointment.id.to_string(),
            organization_id: appointment.organization_id.to_string(),
            customer_id: appointment.customer_id.map(|id| id.to_string()),
            lead_id: appointment.lead_id.map(|id| id.to_string()),
            call_id: appointment.call_id.map(|id| id.to_string()),
            resource: appointment.resource.clone(),
            service: appointment.service.clone(),
            starts_at: naive(appointment.starts_at),
            ends_at: naive(appointment.ends_at),
            zone: appointment.zone.clone(),
            status: appointment.status.as_str().to_owned(),
            hold_until: appointment.hold_until.map(naive),
            name: appointment.name.clone(),
            phone: appointment.phone.as_ref().map(ToString::to_string),
            address: appointment.address.clone(),
            notes: appointment.notes.clone(),
            sequence: signed("appointments.sequence", appointment.sequence)?,
            created_at: naive(appointment.created_at),
            updated_at: naive(appointment.updated_at),
        })
    }

    /// Returns the appointment.
    pub fn into_appointment(self) -> Result<Appointment, BadRow> {
        Ok(Appointment {
            id: parsed("appointments.id", &self.id)?,
            organization_id: parsed("appointments.organization_id", &self.organization_id)?,
            customer_id: self.customer_id.map(|id| parsed("appointments.customer_id", &id)).transpose()?,
            lead_id: self.lead_id.map(|id| parsed("appointments.lead_id", &id)).transpose()?,
            call_id: self.call_id.map(|id| parsed("appointments.call_id", &id)).transpose()?,
            resource: self.resource,
            service: self.service,
            starts_at: unix(self.starts_at),
            ends_at: unix(self.ends_at),
            zone: self.zone,
            status: from_word("appointments.status", self.status)?,
            hold_until: self.hold_until.map(unix),
            name: self.name,
            phone: self.phone.map(|phone| parsed("appointments.phone", &phone)).transpose()?,
            address: self.address,
            notes: self.notes,
            sequence: unsigned("appointments.sequence", self.sequence)?,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}

/// A quarter of an hour that an appointment takes. Others of the resource can take it too, each at its own place.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = appointment_slots)]
pub struct SlotRow {
    /// The organization that owns it.
    pub organization_id: String,
    /// The person or thing that is booked.
    pub resource: String,
    /// When it begins.
    pub slot_at: NaiveDateTime,
    /// The appointment that takes it.
    pub appointment_id: String,
    /// Which of the appointments at that time it is, from 0.
    pub place: i64,
}

impl SlotRow {
    /// Returns the rows of `appointment`, each at the first place that is not among the `taken` ones.
    pub fn of(appointment: &Appointment, taken: &HashSet<(NaiveDateTime, i64)>) -> Vec<Self> {
        let row = |slot_at| {
            let slot_at = naive(slot_at);
            Self {
                organization_id: appointment.organization_id.to_string(),
                resource: appointment.resource.clone(),
                slot_at,
                appointment_id: appointment.id.to_string(),
                place: (0..).find(|place| !taken.contains(&(slot_at, *place))).unwrap_or_default(),
            }
        };
        appointment.slots().map(row).collect()
    }
}
