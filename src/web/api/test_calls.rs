//! `/api/v1/agent-profiles/{id}/test-calls`: a user talks with an assistant in their browser, before callers do.

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::{Admission, Answerer, Expect};
use cordboard_actors::web::AudioGrant;
use cordboard_actors::world;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::{OutsideId, ProfileId};
use cordboard_schema::limits::WEB_AUDIO_TOKEN_MS;
use cordboard_schema::profile_version::DraftSlot;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profiles::no_such;
use super::talk::TalkCallView;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Name of the call in the list of calls, in place of the number dialled.
const TEST_CALL: &str = "Test call";

/// Version to try.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TriedVersion {
    /// The draft.
    #[default]
    Draft,
    /// The published version.
    Published,
}

/// Version to try.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TestCallBody {
    /// The version; the draft if left out.
    version: TriedVersion,
    /// Draft to try; the first if left out.
    draft: DraftSlot,
}

/// Begins a call with an assistant in the user's browser. Its tools work as in every call.
///
/// The call waits for the audio, for `calls.meet_timeout_s`: the page opens `/ws/audio` and sends the token there.
#[utoipa::path(
    post,
    operation_id = "begin_test_call",
    path = "/api/v1/agent-profiles/{id}/test-calls",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = TestCallBody,
    responses(
        (status = 201, description = "The call has begun", body = TalkCallView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no second draft"),
        (status = 422, description = "There is no such version or draft"),
        (status = 503, description = "There is no room for a call at the moment"),
    )
)]
pub(crate) async fn begin(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<TestCallBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, profile_id, user) = (caller.organization_id, *id, caller.user_id());
    let TestCallBody { version, draft: slot } = body.into_inner();
    let read = move |connection: &mut Connection| {
        let tried = query::profile_for_trial(connection, organization_id, profile_id, slot)?;
        let who = user.map(|user| query::user(connection, organization_id, user)).transpose()?.flatten();
        Ok((tried, who.map(|user| user.name)))
    };
    let (draft, who) = state.store.reads().run(read).await?;
    let draft = draft.ok_or_else(|| no_such(slot))?;
    let profile = match version {
        TriedVersion::Draft => Answerer::Draft(Box::new(draft)),
        TriedVersion::Published => Answerer::Of { organization_id, profile_id },
    };
    let name = world::random_id();
    let expect = Expect {
        outside_id: OutsideId::web(name),
        announcement: Announcement::by_name(who, TEST_CALL.to_owned()),
        call: None,
        profile,
        admission: Admission::Usual,
        account: None,
        tools: Vec::new(),
    };
    let call_id = state.ask(expect).await.and_then(|admitted| admitted.map_err(ApiError::from))?;
    // The call is waiting already, so it can't depend on whether the database accepts the entry.
    state.store.audit(caller.did("profile.tried", profile_id, format!("call {call_id}")));
    let grant = AudioGrant::Visitor {
        organization: organization_id,
        profile: profile_id,
        link: None,
        call: call_id,
        name,
        page: None,
        opened_by: caller.opened_by(),
    };
    let token = state.talk.passes.mint(grant);
    let view = TalkCallView { call_id, token, expires_in_s: WEB_AUDIO_TOKEN_MS / 1_000 };
    Ok(HttpResponse::Created().json(view))
}
