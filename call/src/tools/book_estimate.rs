//! The tool `book_estimate`: finds free slots, holds one for the caller, confirms it; finds the appointments that the caller has, moves and
//! cancels them.

use chrono::{DateTime, Utc};
use cordboard_schema::ids::AppointmentId;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::argument::{optional_id, optional_time};
use super::write::{EstimateRequest, ToolWrite, business_line, line, name, notes, time};
use super::{FunctionDefinition, Parameters};

/// Arguments of `book_estimate`. The action decides which are required.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookEstimate {
    /// The action.
    pub action: EstimateAction,
    /// The service, for `free_slots` and `hold`.
    #[serde(default)]
    pub service: String,
    /// The start of the search for slots.
    #[serde(default, deserialize_with = "optional_time")]
    pub from: Option<DateTime<Utc>>,
    /// The end of the search for slots.
    #[serde(default, deserialize_with = "optional_time")]
    pub to: Option<DateTime<Utc>>,
    /// When the appointment begins, for `hold` and `move`.
    #[serde(default, deserialize_with = "optional_time")]
    pub starts_at: Option<DateTime<Utc>>,
    /// The appointment, for `confirm`, `move` and `cancel`; for `free_slots` the one that is to be moved.
    #[serde(default, deserialize_with = "optional_id")]
    pub appointment: Option<AppointmentId>,
    /// The customer's name.
    #[serde(default)]
    pub name: String,
    /// The address.
    #[serde(default)]
    pub address: String,
    /// Notes for the staff.
    #[serde(default)]
    pub notes: String,
}

/// Actions of the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EstimateAction {
    /// Find free slots.
    FreeSlots,
    /// Find the caller's own appointments.
    FindAppointments,
    /// Hold a slot.
    Hold,
    /// Confirm it.
    Confirm,
    /// Move it to another time.
    Move,
    /// Cancel it.
    Cancel,
}

/// The public definition of `book_estimate`.
pub const BOOK_ESTIMATE_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::BookEstimate,
    description: "Books appointments, and moves or cancels the caller's own. For a new one, first ask for free_slots, offer two or three of them, hold the one that the caller picks, read it back, and confirm it only when they agree. Never promise a time that was not among the free slots. When the caller speaks of an appointment that they have already, ask for find_appointments, agree with them on which one they mean, and move or cancel that one by its id. Before you move one, ask for free_slots with its id.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    let moment =
        |description: &str| json!({ "type": "string", "format": "date-time", "description": description });
    json!({
        "type": "object",
        "properties": {
            "action": { "type": "string", "enum": ["free_slots", "find_appointments", "hold", "confirm", "move", "cancel"] },
            "service": { "type": "string", "maxLength": 200, "description": "Of free_slots and hold: what is to be done." },
            "from": moment("Of free_slots: from when on; now where it is left out."),
            "to": moment("Of free_slots: until when; a week later where it is left out."),
            "starts_at": moment("Of hold and move: one of the free slots, as it was given."),
            "appointment": { "type": "string", "description": "Of confirm, move and cancel: the id that hold or find_appointments gave. Of free_slots: the id of the one that is to be moved, for its own time is free then." },
            "name": { "type": "string", "maxLength": 120, "description": "Of hold: who comes." },
            "address": { "type": "string", "maxLength": 300, "description": "Of hold: where." },
            "notes": { "type": "string", "maxLength": 4000, "description": "Of hold: what people should know." },
        },
        "required": ["action"],
        "additionalProperties": false,
    })
}

impl BookEstimate {
    /// Returns the request to the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { action, service, from, to, starts_at, appointment, name: who, address, notes: more } =
            self;
        let service = business_line("service", service)?;
        let named = |service: String| match service.is_empty() {
            true => Err("`service` is missing".to_owned()),
            false => Ok(service),
        };
        let starts_at = || time("starts_at", starts_at.ok_or("`starts_at` is missing")?);
        let moved = appointment;
        let appointment = || appointment.ok_or_else(|| "`appointment` is missing".to_owned());
        Ok(ToolWrite::Estimate(match action {
            EstimateAction::FreeSlots => EstimateRequest::FreeSlots {
                service: if moved.is_some() { service } else { named(service)? },
                from: from.map(|at| time("from", at)).transpose()?,
                to: to.map(|at| time("to", at)).transpose()?,
                moved,
            },
            EstimateAction::FindAppointments => EstimateRequest::FindAppointments,
            EstimateAction::Hold => EstimateRequest::Hold {
                service: named(service)?,
                starts_at: starts_at()?,
                name: name("name", who)?,
                address: line("address", address)?,
                notes: notes("notes", more)?,
            },
            EstimateAction::Confirm => EstimateRequest::Confirm(appointment()?),
            EstimateAction::Move => EstimateRequest::Move(appointment()?, starts_at()?),
            EstimateAction::Cancel => EstimateRequest::Cancel(appointment()?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::limits::BUSINESS_LINE_CHARS_MAX;

    use super::*;

    fn read(arguments: Value) -> Result<ToolWrite, String> {
        serde_json::from_value::<BookEstimate>(arguments).map_err(|fault| fault.to_string())?.write()
    }

    #[test]
    fn each_action_names_its_missing_argument() {
        for (arguments, wanted) in [
            (json!({}), "action"),
            (json!({ "action": "free_slots" }), "service"),
            (json!({ "action": "hold", "service": "Inspection" }), "starts_at"),
            (json!({ "action": "confirm" }), "appointment"),
            (json!({ "action": "move", "appointment": "0192d3c5-0000-7000-8000-000000000000" }), "starts_at"),
            (json!({ "action": "cancel", "appointment": "the first one" }), "UUID"),
            (json!({ "action": "hold", "service": "x", "starts_at": "2500-01-01T00:00:00Z" }), "2200"),
        ] {
            let fault = read(arguments.clone()).unwrap_err();
            assert!(fault.contains(wanted), "{arguments}: {fault}");
        }
    }

    #[test]
    fn a_slot_is_booked_exactly_as_offered() {
        let request = read(
            json!({ "action": "hold", "service": "Inspection", "starts_at": "2026-11-23T10:00:00+01:00" }),
        );
        let Ok(ToolWrite::Estimate(EstimateRequest::Hold { starts_at, .. })) = request else {
            panic!("{request:?}")
        };
        assert_eq!(starts_at.to_rfc3339(), "2026-11-23T09:00:00+00:00");
    }

    #[test]
    fn times_for_a_move_need_no_service() {
        let id = "0192d3c5-0000-7000-8000-000000000000";
        let asked = read(json!({ "action": "free_slots", "appointment": id }));
        let Ok(ToolWrite::Estimate(EstimateRequest::FreeSlots { moved, .. })) = asked else {
            panic!("{asked:?}")
        };
        assert_eq!(moved, Some(id.parse().unwrap()));
    }

    #[test]
    fn a_callers_appointments_are_found_without_an_argument() {
        let asked = read(json!({ "action": "find_appointments" }));
        assert_eq!(asked, Ok(ToolWrite::Estimate(EstimateRequest::FindAppointments)));
        // Nobody can ask for those of another person.
        let named = read(json!({ "action": "find_appointments", "phone": "+493012345678" }));
        assert!(named.is_err_and(|fault| fault.contains("phone")));
    }

    #[test]
    fn every_service_that_a_business_may_have_can_be_booked() {
        let named = |chars: usize| read(json!({ "action": "free_slots", "service": "s".repeat(chars) }));
        assert!(named(BUSINESS_LINE_CHARS_MAX).is_ok());
        assert!(named(BUSINESS_LINE_CHARS_MAX + 1).is_err());
        let length = parameters()["properties"]["service"]["maxLength"].clone();
        assert_eq!(length, json!(BUSINESS_LINE_CHARS_MAX));
    }
}
