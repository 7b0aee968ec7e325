//! `/api/v1/business-profile`: the business that assistants speak for. New calls use a change within 2 s.
//!
//! A change names the revision that it is based on. Of two owners who edit at the same time, the second is told that the first has changed it.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use cordboard_schema::business::booking::BookingRules;
use cordboard_schema::business::escalation::Escalation;
use cordboard_schema::business::hours::{Holiday, WeekHours};
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::business::{self, BusinessProfile, Question, Service};
use cordboard_schema::sms::SmsTemplate;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, StoredBusiness, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{IfMatch, edited_meanwhile};

/// The stored business profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BusinessView {
    /// The profile as the owner wrote it.
    #[serde(flatten)]
    profile: BusinessProfile,
    /// Counts the changes; 0 before the first. Also the `ETag`.
    revision: u64,
    /// When it was last changed; null before the first change.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<UnixMs>,
}

impl From<Option<StoredBusiness>> for BusinessView {
    fn from(stored: Option<StoredBusiness>) -> Self {
        match stored {
            Some(StoredBusiness { profile, revision, updated_at }) => {
                Self { profile: (*profile).clone(), revision, updated_at: Some(updated_at) }
            }
            None => Self { profile: BusinessProfile::default(), revision: 0, updated_at: None },
        }
    }
}

/// A complete business profile; members that are left out are empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BusinessBody {
    /// Revision that this change is based on, 0 for the first; `If-Match` can carry it instead.
    revision: Option<u64>,
    /// Trade, such as `plumber`.
    #[schema(max_length = 200)]
    trade: String,
    /// Name of the business, as it is spoken.
    #[schema(max_length = 200)]
    name: String,
    /// Services that it offers.
    services: Vec<Service>,
    /// Area in which it works.
    #[schema(max_length = 2000)]
    area: String,
    /// Opening hours. Without them callers are told none, are answered at all times, and can't book.
    hours: Option<WeekHours>,
    /// Days with other hours.
    holidays: Vec<Holiday>,
    /// How early and how far ahead appointments are offered.
    bookings: BookingRules,
    /// Time zone by its IANA name.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// BCP 47 tags of the languages spoken there.
    languages: Vec<String>,
    /// Questions that callers ask, and the answers.
    faq: Vec<Question>,
    /// What assistants may promise.
    may_promise: Vec<String>,
    /// What assistants must never promise.
    never_promise: Vec<String>,
    /// Person who is reached when a caller needs one, and when (the tool `escalate_to_human`).
    escalation: Option<Escalation>,
    /// Texts that assistants send.
    sms_templates: Vec<SmsTemplate>,
    /// Further notes for the assistant.
    #[schema(max_length = 2000)]
    notes: String,
    /// Ignored: it is accepted so that a profile can be sent back as it was shown.
    #[serde(rename = "updated_at")]
    _updated_at: Option<String>,
}

impl Default for BusinessBody {
    fn default() -> Self {
        let BusinessProfile {
            trade,
            name,
            services,
            area,
            hours,
            holidays,
            bookings,
            time_zone,
            languages,
            faq,
            may_promise,
            never_promise,
            escalation,
            sms_templates,
            notes,
        } = BusinessProfile::default();
        Self {
            revision: None,
            trade,
            name,
            services,
            area,
            hours,
            holidays,
            bookings,
            time_zone: time_zone.name().to_owned(),
            languages,
            faq,
            may_promise,
            never_promise,
            escalation,
            sms_templates,
            notes,
            _updated_at: None,
        }
    }
}

impl BusinessBody {
    /// Returns the profile, or all its faults.
    pub(super) fn into_profile(self) -> Result<BusinessProfile, Vec<Fault>> {
        let zone = parse_zone(&self.time_zone);
        let mut profile = BusinessProfile {
            trade: self.trade.trim().to_owned(),
            name: self.name.trim().to_owned(),
            services: self.services,
            area: self.area,
            hours: self.hours,
            holidays: self.holidays,
            bookings: self.bookings,
            time_zone: zone.clone().unwrap_or_default(),
            languages: self.languages,
            faq: self.faq,
            may_promise: self.may_promise,
            never_promise: self.never_promise,
            escalation: self.escalation,
            sms_templates: self.sms_templates,
            notes: self.notes,
        };
        profile.unify_resources();
        let mut faults: Vec<Fault> =
            business::check(&profile).into_iter().map(|wrong| Fault::of(wrong.field, wrong.reason)).collect();
        if let Err(unknown) = zone {
            faults.push(Fault::of("time_zone", unknown.to_string()));
        }
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }
}

/// Shows the business profile; an empty one at revision 0 if it was never set.
#[utoipa::path(
    get,
    operation_id = "show_business",
    path = "/api/v1/business-profile",
    tag = "business",
    responses((status = 200, description = "The business; `ETag` is its revision", body = BusinessView))
)]
pub(crate) async fn show(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::business_profile(connection, organization_id);
    Ok(shown(state.store.reads().run(read).await?.into()))
}

/// Sets the business profile. The body replaces the previous one.
#[utoipa::path(
    put,
    operation_id = "set_business",
    path = "/api/v1/business-profile",
    tag = "business",
    params(("If-Match" = Option<String>, Header, description = "Revision that this change is based on, as in the `ETag`")),
    request_body = BusinessBody,
    responses(
        (status = 200, description = "Changed; `ETag` is the new revision", body = BusinessView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance an unknown time zone, or there is no revision"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<BusinessBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let revision = revision(&if_match, body.revision);
    let (known, profile) = match (revision, body.into_profile()) {
        (Ok(known), Ok(profile)) => (known, profile),
        (revision, profile) => {
            let faults = revision.err().into_iter().chain(profile.err().unwrap_or_default());
            return Err(ApiError::Invalid(faults.collect()));
        }
    };
    let organization_id = caller.organization_id;
    let set = move |connection: &mut Connection| {
        let is_set = change::set_business_profile(connection, organization_id, known, &profile)?;
        let now = BusinessView::from(query::business_profile(connection, organization_id)?);
        if !is_set {
            return Ok(Err(ApiError::edited_meanwhile("business profile", &now)));
        }
        let detail = format!("revision {}", now.revision);
        change::record_audit(connection, &caller.did("business_profile.changed", organization_id, detail))?;
        Ok(Ok(now))
    };
    match state.store.change(set).await {
        // Two requests set it for the first time at once.
        Err(error) if error.is_taken_name() => {
            let read =
                move |connection: &mut Connection| query::business_profile(connection, organization_id);
            let now = BusinessView::from(state.store.reads().run(read).await?);
            Err(ApiError::edited_meanwhile("business profile", &now))
        }
        outcome => Ok(shown(outcome??)),
    }
}

fn shown(view: BusinessView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"{}\"", view.revision))).json(view)
}

/// The revision that a request is based on, from its body or its header.
fn revision(if_match: &IfMatch, in_body: Option<u64>) -> Result<u64, Fault> {
    match (if_match.counted(), in_body) {
        (Some(Some(header)), Some(body)) if header != body => {
            Err(Fault::of("revision", "is not the one of `If-Match`"))
        }
        (Some(Some(revision)), _) | (None, Some(revision)) => Ok(revision),
        (Some(None), _) => {
            Err(Fault::of("revision", "must stand in `If-Match` as the `ETag` had it, in quotation marks"))
        }
        (None, None) => {
            Err(Fault::of("revision", "must say which revision this changes, 0 where there was none"))
        }
    }
}
