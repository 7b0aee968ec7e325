//! Outbound webhooks: the kinds of events, their content, and their receivers.

use serde::{Deserialize, Serialize};

use crate::alarm::{AlarmCause, NewAlarm};
use crate::appointment::Appointment;
use crate::call::{CallState, Direction, HangupBy, HangupCause};
use crate::fold::Call;
use crate::ids::{
    AlarmId, AppointmentId, CallId, CustomerId, DeliveryId, EffectId, LeadId, OrganizationId, ProfileId,
    WebhookId,
};
use crate::lead::Lead;
use crate::permission::Permission;
use crate::phone::E164;
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};

/// Kinds of events for webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventKind {
    /// A call began.
    #[serde(rename = "call.started")]
    CallStarted,
    /// A call is over.
    #[serde(rename = "call.ended")]
    CallEnded,
    /// A caller's request to the business was recorded.
    #[serde(rename = "lead.created")]
    LeadCreated,
    /// An appointment was made, or an appointment that was only held was confirmed.
    #[serde(rename = "appointment.booked")]
    AppointmentBooked,
    /// A booked appointment was moved to another time.
    #[serde(rename = "appointment.moved")]
    AppointmentMoved,
    /// A booked appointment was cancelled.
    #[serde(rename = "appointment.cancelled")]
    AppointmentCancelled,
    /// A person was asked to take over and could not be reached.
    #[serde(rename = "handoff.failed")]
    HandoffFailed,
    /// The recording of a call is available.
    #[serde(rename = "recording.ready")]
    RecordingReady,
    /// A rule raised an alarm about a live call.
    #[serde(rename = "alarm.raised")]
    AlarmRaised,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::CallStarted,
        Self::CallEnded,
        Self::LeadCreated,
        Self::AppointmentBooked,
        Self::AppointmentMoved,
        Self::AppointmentCancelled,
        Self::HandoffFailed,
        Self::RecordingReady,
        Self::AlarmRaised,
    ];

    /// Returns the permission that is required to read such events.
    pub const fn permission(self) -> Permission {
        match self {
            Self::CallStarted | Self::CallEnded | Self::HandoffFailed | Self::RecordingReady => {
                Permission::CallsRead
            }
            Self::AlarmRaised => Permission::CallsSupervise,
            Self::LeadCreated => Permission::LeadsRead,
            Self::AppointmentBooked | Self::AppointmentMoved | Self::AppointmentCancelled => {
                Permission::AppointmentsRead
            }
        }
    }

    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallStarted => "call.started",
            Self::CallEnded => "call.ended",
            Self::LeadCreated => "lead.created",
            Self::AppointmentBooked => "appointment.booked",
            Self::AppointmentMoved => "appointment.moved",
            Self::AppointmentCancelled => "appointment.cancelled",
            Self::HandoffFailed => "handoff.failed",
            Self::RecordingReady => "recording.ready",
            Self::AlarmRaised => "alarm.raised",
        }
    }
}

/// An event, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data")]
pub enum WebhookEvent {
    /// A call began.
    #[serde(rename = "call.started")]
    CallStarted(CallPayload),
    /// A call is over.
    #[serde(rename = "call.ended")]
    CallEnded(CallPayload),
    /// A caller's request to the business was recorded.
    #[serde(rename = "lead.created")]
    LeadCreated(LeadPayload),
    /// An appointment was made, or an appointment that was only held was confirmed.
    #[serde(rename = "appointment.booked")]
    AppointmentBooked(AppointmentPayload),
    /// A booked appointment was moved to another time, which it now has.
    #[serde(rename = "appointment.moved")]
    AppointmentMoved(AppointmentPayload),
    /// A booked appointment was cancelled.
    #[serde(rename = "appointment.cancelled")]
    AppointmentCancelled(AppointmentPayload),
    /// A person was asked to take over and could not be reached.
    #[serde(rename = "handoff.failed")]
    HandoffFailed(HandoffPayload),
    /// The recording of a call is available.
    #[serde(rename = "recording.ready")]
    RecordingReady(RecordingPayload),
    /// A rule raised an alarm about a live call.
    #[serde(rename = "alarm.raised")]
    AlarmRaised(AlarmPayload),
}

impl WebhookEvent {
    /// Returns the kind of the event.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::CallStarted(_) => EventKind::CallStarted,
            Self::CallEnded(_) => EventKind::CallEnded,
            Self::LeadCreated(_) => EventKind::LeadCreated,
            Self::AppointmentBooked(_) => EventKind::AppointmentBooked,
            Self::AppointmentMoved(_) => EventKind::AppointmentMoved,
            Self::AppointmentCancelled(_) => EventKind::AppointmentCancelled,
            Self::HandoffFailed(_) => EventKind::HandoffFailed,
            Self::RecordingReady(_) => EventKind::RecordingReady,
            Self::AlarmRaised(_) => EventKind::AlarmRaised,
        }
    }
}

/// A call, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallPayload {
    /// Its id; `/api/v1/calls/{id}` returns the whole call.
    pub id: CallId,
    /// State of the call.
    pub state: CallState,
    /// Direction of the call.
    pub direction: Direction,
    /// The caller's number or name, if it is known.
    pub from: Option<String>,
    /// The number dialled.
    pub to: Option<String>,
    /// The profile that answered it.
    pub profile_id: ProfileId,
    /// When the server first knew of the call.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: UnixMs,
    /// When the caller was connected; null for a missed call.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub answered_at: Option<UnixMs>,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<UnixMs>,
    /// Why it ended.
    pub hangup_cause: Option<HangupCause>,
    /// The party that ended the call.
    pub hangup_by: Option<HangupBy>,
    /// Whether a person took part: audio arrived, or a switch or provider itself reported the caller. False for a call that was
    /// only announced, for example by a page whose visitor never spoke. It is not sent.
    #[serde(skip)]
    pub anybody: bool,
}

impl From<&Call> for CallPayload {
    fn from(call: &Call) -> Self {
        Self {
            id: call.id,
            state: call.state,
            direction: call.direction,
            from: call.from.clone(),
            to: call.to.clone(),
            profile_id: call.profile_id,
            started_at: call.started_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            hangup_cause: call.hangup_cause.clone(),
            hangup_by: call.hangup_by,
            anybody: call.leg_kind.is_some() || call.outside_ids.iter().any(|id| id.kind.shows_caller()),
        }
    }
}

impl CallPayload {
    /// Whether somebody called and nobody, not even the assistant, was connected with them.
    pub fn is_missed(&self) -> bool {
        let was_left = self.answered_at.is_none() && self.ended_at.is_some();
        self.direction == Direction::Inbound && was_left && self.anybody
    }
}

/// A lead, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadPayload {
    /// Its id.
    pub id: LeadId,
    /// The call on which it was made, if any.
    pub call_id: Option<CallId>,
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The caller's name.
    pub name: Option<String>,
    /// Their number.
    pub phone: Option<String>,
    /// The request.
    pub need: Option<String>,
    /// Urgency.
    pub urgency: Option<String>,
    /// Budget, in their words.
    pub budget: Option<String>,
    /// The address.
    pub address: Option<String>,
}

impl From<&Lead> for LeadPayload {
    fn from(lead: &Lead) -> Self {
        Self {
            id: lead.id,
            call_id: lead.call_id,
            customer_id: lead.customer_id,
            name: said(&lead.name),
            phone: lead.phone.as_ref().map(E164::to_string),
            need: said(&lead.need),
            urgency: said(&lead.urgency),
            budget: said(&lead.budget),
            address: said(&lead.address),
        }
    }
}

/// Converts a text for webhooks: an empty text in a row means that nobody stated it, and becomes null.
fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// An appointment, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppointmentPayload {
    /// Its id.
    pub id: AppointmentId,
    /// The call on which it was made, if any.
    pub call_id: Option<CallId>,
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The occasion.
    pub title: String,
    /// The customer's name.
    pub name: Option<String>,
    /// Their number.
    pub phone: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// When it begins.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub starts_at: UnixMs,
    /// When it ends.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub ends_at: UnixMs,
    /// The business's time zone, such as `Europe/Berlin`.
    pub time_zone: String,
}

impl From<&Appointment> for AppointmentPayload {
    fn from(appointment: &Appointment) -> Self {
        Self {
            id: appointment.id,
            call_id: appointment.call_id,
            customer_id: appointment.customer_id,
            title: appointment.service.clone(),
            name: said(&appointment.name),
            phone: appointment.phone.as_ref().map(E164::to_string),
            address: said(&appointment.address),
            starts_at: appointment.starts_at,
            ends_at: appointment.ends_at,
            time_zone: appointment.zone.clone(),
        }
    }
}

/// A failed hand-off, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandoffPayload {
    /// The call.
    pub call_id: CallId,
    /// The hand-off's number in the call.
    pub handoff: EffectId,
    /// The party that was asked, by its name in the list.
    pub target: Option<String>,
    /// The caller's number or name, if it is known.
    pub from: Option<String>,
    /// The number or name of the other party, whom we have called or who has called. It is not sent.
    #[serde(skip)]
    pub party: Option<String>,
    /// Why they could not be reached.
    pub failure: HandoffFailure,
    /// When it failed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
}

/// An alarm, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlarmPayload {
    /// Its id.
    pub id: AlarmId,
    /// The call.
    pub call_id: CallId,
    /// Name of the rule at that time.
    pub rule: String,
    /// The cause in English words.
    pub detail: String,
    /// The cause.
    pub cause: AlarmCause,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
}

impl From<&NewAlarm> for AlarmPayload {
    fn from(alarm: &NewAlarm) -> Self {
        let NewAlarm { id, call_id, rule, cause, at, .. } = alarm.clone();
        Self { id, call_id, rule, detail: cause.to_string(), cause, at }
    }
}

/// A recording, as it is sent to webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordingPayload {
    /// The call.
    pub call_id: CallId,
    /// Its length, in ms.
    pub duration_ms: u64,
    /// Time of the call that is missing from the recording, in ms; left out if nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_ms: Option<u64>,
    /// URL of the recording, on this server.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "/api/v1/calls/0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10/recording")
    )]
    pub path: String,
}

impl RecordingPayload {
    /// Returns the payload of a call's recording, in which `lost_ms` of the call are missing.
    pub fn of(call_id: CallId, duration_ms: u64, lost_ms: u64) -> Self {
        let lost_ms = (lost_ms > 0).then_some(lost_ms);
        Self { call_id, duration_ms, lost_ms, path: format!("/api/v1/calls/{call_id}/recording") }
    }
}

/// The body of a webhook's request: an event, and when it happened (Standard Webhooks).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookMessage {
    /// When it happened.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub timestamp: UnixMs,
    /// The event.
    #[serde(flatten)]
    pub event: WebhookEvent,
}

/// A receiver of events: an address that the organization has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// URL that events are sent to.
    pub url: String,
    /// The events that it receives; at least one.
    pub events: Vec<EventKind>,
    /// The signing secret, sealed.
    pub secret: String,
    /// Whether it receives events.
    pub enabled: bool,
    /// Since when no delivery has succeeded; none if the last one succeeded.
    pub failing_since: Option<UnixMs>,
    /// Why Cordboard disabled it, if it did.
    pub off_reason: Option<String>,
    /// When it was made.
    pub created_at: UnixMs,
}

impl Webhook {
    /// Returns the context that its secret is sealed for. It can be opened in no other context.
    pub fn seal_context(id: WebhookId) -> String {
        format!("webhook:{id}:secret")
    }

    /// Returns the text that is signed: id, time in seconds and body, separated by dots (Standard Webhooks).
    pub fn signed_text(id: DeliveryId, at: UnixMs, body: &str) -> String {
        format!("{id}.{}.{body}", at.0.div_euclid(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kinds_word_is_its_json() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn a_message_is_an_object_of_type_time_and_data() {
        let call_id: CallId = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse().unwrap();
        let event = WebhookEvent::RecordingReady(RecordingPayload::of(call_id, 1_500, 0));
        assert_eq!(event.kind(), EventKind::RecordingReady);
        let message = WebhookMessage { timestamp: UnixMs(0), event };
        let expected = serde_json::json!({
            "type": "recording.ready",
            "timestamp": "1970-01-01T00:00:00.000Z",
            "data": {
                "call_id": call_id, "duration_ms": 1_500, "path": format!("/api/v1/calls/{call_id}/recording"),
            },
        });
        assert_eq!(serde_json::to_value(message).unwrap(), expected);
        let gap = serde_json::to_value(RecordingPayload::of(call_id, 1_500, 700)).unwrap();
        assert_eq!(gap["lost_ms"], 700);
    }
}
