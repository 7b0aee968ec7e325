//! `/api/v1/campaigns/{id}/contact-trial`: shows which contacts an example body would add.

use std::collections::BTreeMap;

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::contact_mapping::ContactMapping;
use cordboard_schema::contact_post::PostKind;
use cordboard_schema::ids::{CampaignId, ContactId};
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaigns::NO_SUCH;
use super::contact_rules::{mapped, mapping_faults};
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// An example body, and how it is read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactTrialBody {
    /// The body, as the service sends it.
    #[schema(example = "{\"phone\": \"+493012345678\", \"name\": \"Ada\"}")]
    body: String,
    /// Its format; JSON if left out.
    #[serde(default)]
    kind: PostKind,
    /// Paths of its values. If left out, values are found by common names.
    #[serde(default)]
    mapping: ContactMapping,
}

/// The contacts of an example.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactTrialView {
    /// Each of them.
    contacts: Vec<TriedContactView>,
    /// How many of the added contacts would not be called because the campaign's filter leaves them out.
    left_out: usize,
}

/// A contact of an example.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedContactView {
    /// The number that would be called; if it is invalid, the text given for it.
    number: String,
    /// The time zone.
    zone: String,
    /// The evidence that they agreed to be called. If it only says no, such as `false`, they would be on the list and would not be called.
    consent: String,
    /// Variables of the assistant, by name.
    variables: BTreeMap<String, String>,
    /// Why they would not be added; empty if they would.
    errors: Vec<Fault>,
    /// Values that are invalid and without which they would be added.
    warnings: Vec<Fault>,
}

/// Shows who would be added by a body over a contact link with this mapping. Nobody is added.
#[utoipa::path(
    post,
    operation_id = "try_contacts",
    path = "/api/v1/campaigns/{id}/contact-trial",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    request_body = ContactTrialBody,
    responses(
        (status = 200, description = "The contacts that would be added, and those that would not", body = ContactTrialView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 422, description = "The example can't be parsed, or the mapping is invalid"),
    )
)]
pub(crate) async fn preview(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    body: Body<ContactTrialBody>,
) -> Result<web::Json<ContactTrialView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let ContactTrialBody { body, kind, mapping } = body.into_inner();
    let faults = mapping_faults(&mapping);
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let read = move |connection: &mut Connection| query::campaign(connection, organization_id, id);
    let campaign = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    let of_body = |reason: String| ApiError::Invalid(vec![Fault::of("body", reason)]);
    let body = kind.read(body.as_bytes()).map_err(|bad| of_body(bad.to_string()))?;
    let contacts = mapping.contacts(&body).map_err(|none| of_body(none.to_string()))?;
    let now: UnixMs = world::now().into();
    let mut left_out = 0;
    let tried = contacts.into_iter().map(|contact| {
        let read = mapping.read(contact);
        let ids = (organization_id, id, ContactId(world::new_id()));
        let (number, zone, errors, warnings) = match mapped(ids, read.clone(), &mapping, now) {
            Ok((contact, left_out_value)) => {
                left_out += usize::from(!campaign.settings.filter.admits(&contact));
                let zone = contact.zone.map(|zone| zone.name().to_owned());
                let warnings = left_out_value.into_iter().collect();
                (contact.number.to_string(), zone.unwrap_or_default(), Vec::new(), warnings)
            }
            Err(faults) => (read.number.unwrap_or_default(), read.zone, faults, Vec::new()),
        };
        TriedContactView { number, zone, consent: read.consent, variables: read.variables, errors, warnings }
    });
    let contacts = tried.collect();
    Ok(web::Json(ContactTrialView { contacts, left_out }))
}
