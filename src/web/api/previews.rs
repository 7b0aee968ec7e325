//! `/api/v1/campaigns/{id}/preview`: contacts of a campaign that agents see one by one before they call them.
//!
//! The router says whether the agent could begin a call. The store says whose contact it is and whether they may be called. `src/campaigns.rs` makes
//! the call.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::AgentAction;
use cordboard_actors::world;
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::preview::SkipReason;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, UserId};
use cordboard_schema::limits::HTTP_CHANGE_KNOWN_WAIT_MS;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::campaigns::NO_SUCH;
use super::contacts::ContactView;
use crate::campaigns::{CallNotMade, PreviewedCall};
use crate::store::{Connection, NotCalled, NotPreviewed, Previewed, StoreError, change, query};
use crate::web::WebState;
use crate::web::audited;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::detached;
use crate::web::problem::ApiError;
use crate::web::socket::desk::say;

/// How often one request reads contacts that are due, a part of them each time.
const READS_MAX: u32 = 20;

/// The contact whom an agent is to call next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// The contact and the calls to them; null if nobody may be called at this moment.
    contact: Option<ContactView>,
    /// How long the contact is reserved for this agent.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<UnixMs>,
    /// If nobody may be called now: when the next contact is due, or when a colleague's reservation ends. Null if nobody waits.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<UnixMs>,
}

/// A call that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedCallView {
    /// The call, which is now on the agent's desk. The contact is dialled once the agent's audio is connected.
    call_id: CallId,
}

/// Why an agent skips a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkipBody {
    /// The reason.
    reason: SkipReason,
}

/// Shows the next contact of a campaign with preview who may be called at this moment. The contact is reserved for the agent who asks for 5 minutes;
/// asking again returns the same one.
#[utoipa::path(
    post,
    operation_id = "preview_contact",
    path = "/api/v1/campaigns/{id}/preview",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "The contact, or when to ask again", body = PreviewView),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The campaign does not run, or is in another mode (`campaign_state`). The agent has a call or is offered one \
                                      (`in_call`), has a wrap-up to write (`wrap_up_due`), is away or has no desk open (`not_available`), talks on \
                                      a phone (`talks_by_phone`), takes no calls of its queue (`not_of_queue`), or is not known as an agent yet \
                                      (`no_agent`)"),
    )
)]
pub(crate) async fn next(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<PreviewView>, ApiError> {
    let (organization_id, id, user_id) = (caller.organization_id, *id, agent(&caller)?);
    let queue = queue_of(&state, &caller, id).await?;
    say(&state, &caller, user_id, AgentAction::SeesNext { queue }).await?;
    let mut reads = 0;
    loop {
        let now = UnixMs::from(world::now());
        let read = move |connection: &mut Connection| {
            let found = change::preview_contact(connection, organization_id, id, user_id, now)?;
            let attempts = match &found {
                Ok(Previewed::Contact(contact, _)) => {
                    query::attempts_of_contact(connection, organization_id, contact.id)?
                }
                _ => Vec::new(),
            };
            Ok::<_, StoreError>((found, attempts))
        };
        let (found, attempts) = state.store.change(read).await?;
        reads += 1;
        return Ok(web::Json(match found {
            Ok(Previewed::Contact(contact, until)) => PreviewView {
                contact: Some(ContactView::new((*contact).into(), attempts)),
                until: Some(until),
                next_at: None,
            },
            // None of the contacts that were read may be called, and there are more.
            Ok(Previewed::NoneDue(Some(at))) if at <= now && reads < READS_MAX => continue,
            Ok(Previewed::NoneDue(next_at)) => PreviewView { contact: None, until: None, next_at },
            Err(NotPreviewed::NoSuch) => return Err(NO_SUCH),
            Err(NotPreviewed::NotRunning) => return Err(not_running()),
        }));
    }
}

/// Calls the contact reserved for the agent who asks. The call appears on this agent's desk at once, and the contact is dialled as soon as the
/// agent's audio is connected.
#[utoipa::path(
    post,
    operation_id = "call_previewed_contact",
    path = "/api/v1/campaigns/{id}/preview/{contact_id}/call",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("contact_id" = ContactId, Path, description = "The contact"),
    ),
    responses(
        (status = 200, description = "The call has begun", body = PreviewedCallView),
        (status = 400, description = "An id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), the permission is missing (`forbidden`), or the number may not be dialled (`not_allowed`)"),
        (status = 404, description = "No such campaign, no such contact of it, or something that the campaign names was removed"),
        (status = 409, description = "The contact is no longer reserved for the agent (`not_previewed`), the contact may not be called now or any \
                                      more (`not_callable`), all caller ids of the campaign rest (`caller_ids_rest`), the campaign does not run \
                                      (`campaign_state`), the agent can't begin a call (as for the preview), or no call can be made over the switch \
                                      (`dial_limit`, `no_switch`, `no_trunk`, `which_switch`, `cannot_speak_text`)"),
        (status = 422, description = "A value of the call is invalid"),
        (status = 429, description = "The organization's share of calls is used up (`share_used_up`)"),
        (status = 503, description = "No line is free, or the switch is away"),
    )
)]
pub(crate) async fn call(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactId)>,
) -> Result<web::Json<PreviewedCallView>, ApiError> {
    let user_id = agent(&caller)?;
    // It goes on even if the client is gone: in any case the router must learn whether the agent has a call.
    let work = call_for(state.get_ref().clone(), caller, ids.into_inner(), user_id);
    match detached::spawn_for_asker(work).await {
        Ok(done) => done.map(web::Json),
        Err(_) => Err(unknown()),
    }
}

async fn call_for(
    state: WebState,
    caller: Caller,
    (campaign_id, contact_id): (CampaignId, ContactId),
    user_id: UserId,
) -> Result<PreviewedCallView, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        query::listed_contact(connection, organization_id, campaign_id, contact_id)
    };
    let contact = state.store.reads().run(read).await?.ok_or(ApiError::NotFound("contact"))?;
    let queue = queue_of(&state, &caller, campaign_id).await?;
    let (call_id, to) = (CallId(world::new_id()), contact.number);
    say(&state, &caller, user_id, AgentAction::BeginsFor { call_id, queue }).await?;
    // However late the answer comes, the call may begin: the router keeps the agent in it until then.
    let work = requested(state, caller, (campaign_id, contact_id), user_id, (call_id, to));
    let wait = Duration::from_millis(HTTP_CHANGE_KNOWN_WAIT_MS);
    detached::done_within(wait, work).await.unwrap_or_else(|| Err(unknown()))
}

/// Requests the call of an agent whom the router keeps for it, and reports the outcome to the router.
async fn requested(
    state: WebState,
    caller: Caller,
    (campaign_id, contact_id): (CampaignId, ContactId),
    user_id: UserId,
    (call_id, to): (CallId, String),
) -> Result<PreviewedCallView, ApiError> {
    let organization_id = caller.organization_id;
    let (reply, answer) = oneshot::channel();
    let asked = PreviewedCall { organization_id, campaign_id, contact_id, user_id, call_id, reply };
    let answer = if state.campaigns.tell(asked) { answer.await.ok() } else { None };
    match answer.unwrap_or(Err(CallNotMade::Unknown)) {
        Ok(()) => {
            audited::log_command(&state, &caller, call_id, Some(("call.placed", format!("to {to}"))));
            say(&state, &caller, user_id, AgentAction::Begun { call_id, to }).await?;
            Ok(PreviewedCallView { call_id })
        }
        Err(why) => {
            say(&state, &caller, user_id, AgentAction::BeginsNot(call_id)).await?;
            Err(why.into())
        }
    }
}

/// Skips the contact reserved for the agent who asks: nobody sees the contact for 10 minutes. This does not count as a try.
#[utoipa::path(
    post,
    operation_id = "skip_previewed_contact",
    path = "/api/v1/campaigns/{id}/preview/{contact_id}/skip",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("contact_id" = ContactId, Path, description = "The contact"),
    ),
    request_body = SkipBody,
    responses(
        (status = 204, description = "Left out"),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such campaign, or it has no such contact"),
        (status = 409, description = "The contact is no longer reserved for the agent (`not_previewed`), or the campaign does not run (`campaign_state`)"),
        (status = 422, description = "The reason is unknown"),
    )
)]
pub(crate) async fn skip(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactId)>,
    body: Body<SkipBody>,
) -> Result<HttpResponse, ApiError> {
    let user_id = agent(&caller)?;
    let (campaign_id, contact_id) = ids.into_inner();
    let (ids, now) = ((caller.organization_id, campaign_id, contact_id), world::now().into());
    let SkipBody { reason } = body.into_inner();
    let skip = move |connection: &mut Connection| {
        let skipped = change::skip_previewed(connection, ids, user_id, now)?;
        if skipped.is_ok() {
            change::record_audit(connection, &caller.did("contact.skipped", contact_id, reason.as_str()))?;
        }
        Ok::<_, StoreError>(skipped)
    };
    state.store.change(skip).await?.map_err(not_called)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The agent who asks.
fn agent(caller: &Caller) -> Result<UserId, ApiError> {
    let refused = || ApiError::NotAllowed("only agents see contacts here: sign in as a user".to_owned());
    caller.user_id().ok_or_else(refused)
}

/// The queue of a campaign with preview.
async fn queue_of(state: &WebState, caller: &Caller, id: CampaignId) -> Result<String, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::campaign(connection, organization_id, id);
    let campaign = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    let queue = campaign.settings.preview_queue().filter(|_| campaign.state == CampaignState::Running);
    queue.map(str::to_owned).ok_or_else(not_running)
}

fn not_running() -> ApiError {
    let why = "the campaign does not run, or has no preview: ask its owner to start it";
    ApiError::conflict("campaign_state", why)
}

fn unknown() -> ApiError {
    let why = "it is not known whether the call was made: check your desk, and ask again if it is not there";
    ApiError::Unavailable(why.to_owned())
}

fn not_called(why: NotCalled) -> ApiError {
    match why {
        NotCalled::NoSuch => ApiError::NotFound("contact"),
        NotCalled::NotRunning => not_running(),
        NotCalled::NotTheirs => ApiError::conflict(
            "not_previewed",
            "this contact is no longer reserved for you: ask for the next one",
        ),
        NotCalled::NotBefore(_) => {
            let why = "this contact may not be called now: ask for the next one; this one comes again later";
            ApiError::conflict("not_callable", why)
        }
        NotCalled::Ended(end) => {
            let why = format!("this contact is no longer called ({}): ask for the next one", end.as_str());
            ApiError::conflict("not_callable", why)
        }
        NotCalled::AllRest(until) => {
            let until = until.to_rfc3339();
            let why = format!(
                "all caller ids of the campaign rest, the first of them until {until}: ask again then"
            );
            ApiError::conflict("caller_ids_rest", why)
        }
    }
}

impl From<CallNotMade> for ApiError {
    fn from(why: CallNotMade) -> Self {
        match why {
            CallNotMade::NotCalled(why) => not_called(why),
            CallNotMade::NotOurs => Self::Unavailable(
                "another server may have the database, so campaigns make no calls: ask again".to_owned(),
            ),
            CallNotMade::NoLine => Self::Unavailable("no line is free for campaigns: ask again".to_owned()),
            CallNotMade::Bad(why) => Self::NotAllowed(format!("the campaign's call can't be made: {why}")),
            CallNotMade::Refused(refused) => refused.into(),
            CallNotMade::Unknown => unknown(),
        }
    }
}
