//! `/api/v1/campaigns`: lists of contacts to call, and their settings. `src/campaigns.rs` makes the calls.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_campaigns::attempt::{OUTCOMES, Outcome};
use cordboard_campaigns::campaign::{Campaign, CampaignSettings, ContactState};
use cordboard_campaigns::dialler::{Act, CampaignState};
use cordboard_campaigns::predictive::AbandonRate;
use cordboard_campaigns::retries::{ENDS, End};
use cordboard_campaigns::variant::Variant;
use cordboard_schema::account::checked_name;
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::limits::CAMPAIGNS_MAX;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::campaign_filter::faults_of;
use crate::store::{Connection, Progress, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{self, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

pub(super) const NO_SUCH: ApiError = ApiError::NotFound("campaign");

/// The member of the settings whose own members are changed one by one.
const RULES: &str = "rules";
/// Members of a campaign that only the server sets.
const SET_BY_SERVER: &[&str] = &["id", "state", "trouble", "compared_since", "created_at", "updated_at"];
/// Contacts removed by one write to the store.
const DELETED_AT_ONCE: i64 = 5_000;

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignView {
    #[serde(flatten)]
    known: Campaign,
    /// Revision of what can be changed, name and settings: a new value after each change. It does not change when the campaign is started, paused,
    /// resumed or stopped, or while it calls.
    revision: String,
}

impl From<Campaign> for CampaignView {
    fn from(known: Campaign) -> Self {
        let revision = revision::of(&(&known.name, &known.settings));
        Self { known, revision }
    }
}

impl Revised for CampaignView {
    const WHAT: &'static str = "campaign";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A new campaign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignBody {
    /// Display name.
    #[schema(example = "Renewals in May", max_length = 100)]
    name: String,
    /// How it calls; members that are left out get their defaults.
    #[serde(default)]
    settings: CampaignSettings,
}

impl ReadOnly for CampaignBody {
    const NAMES: &'static [&'static str] =
        &["id", "state", "trouble", "compared_since", "created_at", "updated_at", "revision"];
}

/// A campaign that replaces the previous one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignInPlaceBody {
    /// Display name.
    #[schema(example = "Renewals in May", max_length = 100)]
    name: String,
    /// How it calls; members that are left out get their defaults. No previous setting is kept.
    settings: CampaignSettings,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for CampaignInPlaceBody {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
}

/// Changes of a campaign; members that are left out keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignChange {
    /// Display name.
    #[schema(example = "Renewals in May", max_length = 100)]
    name: Option<String>,
    /// The settings to change. Each member replaces the previous one as a whole, except `rules`, whose members are replaced one by one.
    #[schema(value_type = Option<CampaignSettings>)]
    settings: Option<Map<String, Value>>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for CampaignChange {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
    const FIXED: &'static [&'static str] = &["id"];
}

/// Progress of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressView {
    /// Contacts in all.
    contacts: u64,
    /// Contacts who wait for a call.
    waiting: u64,
    /// Contacts who would wait if the filter did not leave them out.
    left_out: u64,
    /// Whether the filter is still being applied to the list. Until it is done, `waiting` and `left_out` change, and nobody whom the filter leaves
    /// out is called. The same job makes contacts wait again that were finished for want of a consent, once the campaign has one.
    is_filtering: bool,
    /// Contacts who are being called.
    calling: u64,
    /// Contacts who are no longer called.
    done: u64,
    /// Whether the campaign runs, has nobody to call, and waits for contacts from its contact links. When the last link is switched off, revoked or
    /// expired, the campaign is finished.
    waits_for_links: bool,
    /// Of those, the number for each reason.
    ends: Vec<EndCount>,
    /// Finished calls by outcome.
    outcomes: Vec<OutcomeCount>,
    /// Attempts that are open.
    open: u64,
    /// The abandon rate of the last 24 h, if agents talk; null if assistants do.
    abandon_rate: Option<AbandonRateView>,
}

/// The abandon rate of a campaign's calls that ended in the last 24 h.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AbandonRateView {
    /// Calls that a person answered.
    live: u32,
    /// Those of them for which no agent was free within 2 s.
    abandoned: u32,
    /// Abandoned calls per 1,000 live ones, rounded up.
    permille: u32,
}

impl From<AbandonRate> for AbandonRateView {
    fn from(rate: AbandonRate) -> Self {
        Self { live: rate.live, abandoned: rate.abandoned, permille: rate.permille() }
    }
}

/// Contacts who are no longer called, for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndCount {
    /// The reason.
    pub(super) end: End,
    /// Number of contacts.
    pub(super) count: u64,
}

/// Finished calls of one outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeCount {
    /// The outcome.
    pub(super) outcome: Outcome,
    /// Number of calls.
    pub(super) count: u64,
}

impl ProgressView {
    fn of(
        progress: &Progress,
        is_filtering: bool,
        waits_for_links: bool,
        abandon_rate: Option<AbandonRate>,
    ) -> Self {
        let contacts = |state| progress.contacts.get(&state).copied().unwrap_or_default();
        let ends =
            ENDS.map(|end| EndCount { end, count: progress.ends.get(&end).copied().unwrap_or_default() });
        let outcomes = OUTCOMES.into_iter().filter(|outcome| outcome.is_try()).map(|outcome| OutcomeCount {
            outcome,
            count: progress.outcomes.get(&outcome).copied().unwrap_or_default(),
        });
        Self {
            contacts: progress.contacts.values().sum(),
            waiting: contacts(ContactState::Waiting),
            left_out: contacts(ContactState::LeftOut),
            is_filtering,
            calling: contacts(ContactState::Calling),
            done: contacts(ContactState::Done),
            waits_for_links,
            ends: ends.into(),
            outcomes: outcomes.collect(),
            open: progress.open,
            abandon_rate: abandon_rate.map(AbandonRateView::from),
        }
    }
}

/// Lists the campaigns, newest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_campaigns",
    path = "/api/v1/campaigns",
    tag = "campaigns",
    responses((status = 200, description = "All campaigns", body = Page<CampaignView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<CampaignView>>, ApiError> {
    let id = caller.organization_id;
    let campaigns = state.store.reads().run(move |connection| query::campaigns(connection, id)).await?;
    Ok(web::Json(Page::whole(campaigns.into_iter().map(CampaignView::from).collect())))
}

/// Shows a campaign.
#[utoipa::path(
    get,
    operation_id = "show_campaign",
    path = "/api/v1/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "The campaign", body = CampaignView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<CampaignView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::campaign(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Shows the progress of a campaign: contacts by state, calls by outcome.
#[utoipa::path(
    get,
    operation_id = "show_campaign_progress",
    path = "/api/v1/campaigns/{id}/progress",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "The progress", body = ProgressView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn progress(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<ProgressView>, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let read = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else { return Ok(None) };
        let has_agents = campaign.settings.agents_queue().is_some();
        let rate =
            has_agents.then(|| query::abandon_rate(connection, organization_id, id, now)).transpose()?;
        let is_filtering = query::filter_is_under_way(connection, organization_id, id)?;
        let progress = query::campaign_progress(connection, organization_id, id)?;
        let has_some = |state| progress.contacts.get(&state).is_some_and(|count| *count > 0);
        let is_idle = campaign.state == CampaignState::Running
            && !is_filtering
            && !has_some(ContactState::Waiting)
            && !has_some(ContactState::Calling);
        let waits_for_links = is_idle && query::any_contact_link_open(connection, organization_id, id, now)?;
        Ok(Some(ProgressView::of(&progress, is_filtering, waits_for_links, rate)))
    };
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// Creates a campaign. It calls nobody until it is started.
#[utoipa::path(
    post,
    operation_id = "create_campaign",
    path = "/api/v1/campaigns",
    tag = "campaigns",
    request_body = CampaignBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = CampaignView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "There are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a pace of no call a minute"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<CampaignBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, now) = (caller.organization_id, world::now().into());
    let CampaignBody { name, settings } = body.into_inner();
    let (name, settings) = checked(&name, settings)?;
    let id = CampaignId(world::new_id());
    let mut campaign = Campaign {
        id,
        organization_id,
        name,
        state: CampaignState::Draft,
        settings: CampaignSettings::default(),
        trouble: None,
        compared_since: None,
        created_at: now,
        updated_at: now,
    };
    campaign.set(settings, now);
    let make = move |connection: &mut Connection| {
        if let Err(fault) = has_what_it_names(connection, &campaign)? {
            return Ok(Err(fault));
        }
        let there = query::campaigns(connection, organization_id)?.len();
        if i64::try_from(there).unwrap_or(i64::MAX) >= CAMPAIGNS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another campaign: remove one first",
            )));
        }
        change::create_campaign(connection, &campaign)?;
        change::record_audit(connection, &caller.did("campaign.created", id, &campaign.name))?;
        Ok(Ok(campaign))
    };
    let made = state.store.change_or_refuse(make).await??;
    let location = format!("/api/v1/campaigns/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(CampaignView::from(made)))
}

/// Replaces the name and all settings of a campaign, including those that the body leaves out. A running campaign goes on with the new ones.
#[utoipa::path(
    put,
    operation_id = "update_campaign",
    path = "/api/v1/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign"), IfMatch),
    request_body = CampaignInPlaceBody,
    responses(
        (status = 200, description = "Changed", body = CampaignView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a pace of no call a minute, or there are no settings"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    if_match: IfMatch,
    body: ThingBody<CampaignInPlaceBody>,
) -> Result<web::Json<CampaignView>, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let CampaignInPlaceBody { name, settings, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let wanted = checked(&name, settings)?;
    let make = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(late) = asked.demand(&CampaignView::from(campaign.clone())) {
            return Ok(Err(late));
        }
        set(connection, &caller, campaign, wanted, now)
    };
    Ok(web::Json(state.store.change(make).await??.into()))
}

/// Changes the given members of a campaign; the rest keep their values. A running campaign goes on with its new settings.
#[utoipa::path(
    patch,
    operation_id = "change_campaign",
    path = "/api/v1/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign"), IfMatch),
    request_body = CampaignChange,
    responses(
        (status = 200, description = "Changed", body = CampaignView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a pace of no call a minute"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    if_match: IfMatch,
    body: ThingBody<CampaignChange>,
) -> Result<web::Json<CampaignView>, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    body.demand_unchanged(&json!({ "id": id }))?;
    let CampaignChange { name, settings, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let make = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(late) = asked.demand(&CampaignView::from(campaign.clone())) {
            return Ok(Err(late));
        }
        let name = name.unwrap_or_else(|| campaign.name.clone());
        let settings = changed(&campaign.settings, settings.unwrap_or_default()).map_err(|fault| {
            ApiError::Invalid(vec![Fault::of("settings", format!("is not as it must be: {fault}"))])
        });
        match settings.and_then(|settings| checked(&name, settings)) {
            Ok(wanted) => set(connection, &caller, campaign, wanted, now),
            Err(fault) => Ok(Err(fault)),
        }
    };
    Ok(web::Json(state.store.change(make).await??.into()))
}

/// Returns these settings with the given members changed.
fn changed(
    settings: &CampaignSettings,
    named: Map<String, Value>,
) -> Result<CampaignSettings, serde_json::Error> {
    let mut all: Map<String, Value> = serde_json::from_value(serde_json::to_value(settings)?)?;
    for (member, value) in named {
        match value {
            Value::Object(rules) if member == RULES => {
                let known = all.entry(RULES).or_insert_with(|| Value::Object(Map::new()));
                if let Some(known) = known.as_object_mut() {
                    known.extend(rules);
                }
            }
            value => drop(all.insert(member, value)),
        }
    }
    body::read(Value::Object(all))
}

/// Sets a campaign's name and settings, if everything that they name exists.
fn set(
    connection: &mut Connection,
    caller: &Caller,
    mut campaign: Campaign,
    (name, settings): (String, CampaignSettings),
    now: UnixMs,
) -> Result<Result<Campaign, ApiError>, StoreError> {
    campaign.name = name;
    campaign.updated_at = campaign.updated_at.next_change(now);
    campaign.set(settings, campaign.updated_at);
    if let Err(fault) = has_what_it_names(connection, &campaign)? {
        return Ok(Err(fault));
    }
    change::update_campaign(connection, &campaign)?;
    change::record_audit(connection, &caller.did("campaign.changed", campaign.id, &campaign.name))?;
    Ok(Ok(campaign))
}

/// Returns a valid name and settings, or all their faults.
fn checked(name: &str, settings: CampaignSettings) -> Result<(String, CampaignSettings), ApiError> {
    let mut faults = Vec::new();
    let name = checked_name(name).map_err(|reason| faults.push(Fault::of("name", reason)));
    for (field, reason) in settings.faults() {
        faults.push(Fault::of(format!("settings.{field}"), reason));
    }
    faults.extend(faults_of(&settings.filter).map(|fault| fault.below("settings")));
    match name {
        Ok(name) if faults.is_empty() => Ok((name, settings)),
        _ => Err(ApiError::Invalid(faults)),
    }
}

/// Whether the profiles, the queue, the disposition and the caller ids that a campaign names exist and belong to its organization.
fn has_what_it_names(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<Result<(), ApiError>, StoreError> {
    let Campaign { organization_id, settings, .. } = campaign;
    let mut faults = Vec::new();
    let of_variant = settings.variant.as_ref().and_then(|other| other.profile.as_ref());
    for (field, name) in
        [("settings.profile", settings.profile.as_ref()), ("settings.variant.profile", of_variant)]
    {
        if let Some(name) = name
            && !query::profile_heads(connection, *organization_id)?
                .iter()
                .any(|profile| profile.name == *name)
        {
            faults.push(Fault::of(field, "must be one of the organization's agent profiles"));
        }
    }
    for (field, variant) in [("settings.version", Variant::A), ("settings.variant.version", Variant::B)] {
        // With one variant, both are the same.
        if variant == Variant::B && settings.variant.is_none() {
            continue;
        }
        if let (Some(name), Some(version)) = settings.talks(Some(variant))
            && query::profile_at_version(connection, *organization_id, name, version)?.is_none()
        {
            faults.push(Fault::of(field, "is no published version of that profile"));
        }
    }
    for (field, disposition) in
        [("settings.goal", settings.goal), ("settings.mailbox_disposition", settings.mailbox_disposition)]
    {
        if let Some(disposition) = disposition
            && query::disposition(connection, *organization_id, disposition)?.is_none()
        {
            faults.push(Fault::of(field, "is no disposition's"));
        }
    }
    if let Some(number) = query::not_to_show(connection, *organization_id, settings.caller_ids())? {
        faults.push(Fault::of(
            "settings.caller_ids",
            format!(
                "must be numbers that are yours to show: ask the operator to grant the caller id {number}"
            ),
        ));
    }
    if let Some(name) = &settings.queue
        && !query::has_queue(connection, *organization_id, name)?
    {
        faults.push(Fault::of("settings.queue", "must name a queue that there is"));
    }
    Ok(if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) })
}

/// Removes a campaign with its contacts, once none of its calls is running. A long list is removed in parts; the first part stops the campaign. A
/// campaign whose stored settings can't be read calls nobody, and is removed in any state.
#[utoipa::path(
    delete,
    operation_id = "delete_campaign",
    path = "/api/v1/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The campaign, or a call of it, is running (`campaign_runs`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    // Everything waits for the writer, so a long list is removed in parts. The campaign can't be started between two parts, or the remaining contacts
    // would be called.
    loop {
        let (deleted, stopped) =
            (caller.did("campaign.deleted", id, ""), caller.did("campaign.stopped", id, ""));
        let remove = move |connection: &mut Connection| {
            let campaign = match at_rest(connection, organization_id, id)? {
                Ok(campaign) => campaign,
                Err(fault) => return Ok(Err(fault)),
            };
            let gone = change::delete_some_contacts(connection, organization_id, id, DELETED_AT_ONCE)?;
            if i64::try_from(gone).unwrap_or(i64::MAX) < DELETED_AT_ONCE {
                change::delete_campaign(connection, organization_id, id)?;
                change::record_audit(connection, &deleted)?;
                return Ok(Ok(true));
            }
            if let Some(mut campaign) = campaign.filter(|campaign| campaign.state != CampaignState::Stopped) {
                campaign.state = CampaignState::Stopped;
                campaign.updated_at = campaign.updated_at.next_change(world::now().into());
                change::update_campaign(connection, &campaign)?;
                change::record_audit(connection, &stopped)?;
            }
            Ok(Ok(false))
        };
        if state.store.change(remove).await?? {
            return Ok(HttpResponse::NoContent().finish());
        }
    }
}

/// The campaign, if it does not run and none of its calls does. None if its row can't be read: such a campaign calls nobody, and can't be started.
fn at_rest(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<Result<Option<Campaign>, ApiError>, StoreError> {
    let campaign = match query::campaign(connection, organization_id, id) {
        Ok(None) => return Ok(Err(NO_SUCH)),
        Ok(found) => found,
        Err(StoreError::BadRow(bad)) => {
            tracing::warn!(campaign_id = %id, %bad, "a campaign whose row can't be read is to be removed");
            None
        }
        Err(error) => return Err(error),
    };
    let runs = campaign.as_ref().is_some_and(|campaign| campaign.state == CampaignState::Running)
        || query::count_open_attempts(connection, organization_id, id)? > 0;
    let refused =
        ApiError::conflict("campaign_runs", "pause or stop it, and wait until its calls have ended");
    Ok(if runs { Err(refused) } else { Ok(campaign) })
}

/// Starts a campaign, or restarts it for contacts that were added after it was finished.
#[utoipa::path(
    post,
    operation_id = "start_campaign",
    path = "/api/v1/campaigns/{id}/start",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "It is running; also if it already was", body = CampaignView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "It is paused or stopped (`campaign_state`)"),
    )
)]
pub(crate) async fn start(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<CampaignView>, ApiError> {
    act(&state, caller, *id, Act::Start).await
}

/// Pauses a campaign. It calls nobody until it is resumed. Running calls go on.
#[utoipa::path(
    post,
    operation_id = "pause_campaign",
    path = "/api/v1/campaigns/{id}/pause",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "It is paused; also if it already was", body = CampaignView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "It does not run (`campaign_state`)"),
    )
)]
pub(crate) async fn pause(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<CampaignView>, ApiError> {
    act(&state, caller, *id, Act::Pause).await
}

/// Resumes a paused campaign.
#[utoipa::path(
    post,
    operation_id = "resume_campaign",
    path = "/api/v1/campaigns/{id}/resume",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "It is running; also if it already was", body = CampaignView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "It is not paused (`campaign_state`)"),
    )
)]
pub(crate) async fn resume(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<CampaignView>, ApiError> {
    act(&state, caller, *id, Act::Resume).await
}

/// Stops a campaign permanently. Running calls go on.
#[utoipa::path(
    post,
    operation_id = "stop_campaign",
    path = "/api/v1/campaigns/{id}/stop",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "It is stopped; also if it already was", body = CampaignView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn stop(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<CampaignView>, ApiError> {
    act(&state, caller, *id, Act::Stop).await
}

async fn act(
    state: &WebState,
    caller: Caller,
    id: CampaignId,
    act: Act,
) -> Result<web::Json<CampaignView>, ApiError> {
    let (organization_id, now) = (caller.organization_id, world::now().into());
    let action = match act {
        Act::Start => "campaign.started",
        Act::Pause => "campaign.paused",
        Act::Resume => "campaign.resumed",
        Act::Stop => "campaign.stopped",
    };
    let make = move |connection: &mut Connection| {
        let Some(mut campaign) = query::campaign(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        let Some(after) = campaign.state.after(act) else {
            let detail = format!("the campaign is {}: this needs another state", campaign.state.as_str());
            return Ok(Err(ApiError::conflict("campaign_state", detail)));
        };
        campaign.state = after;
        campaign.updated_at = campaign.updated_at.next_change(now);
        change::update_campaign(connection, &campaign)?;
        change::record_audit(connection, &caller.did(action, id, &campaign.name))?;
        Ok(Ok(campaign))
    };
    Ok(web::Json(state.store.change(make).await??.into()))
}
