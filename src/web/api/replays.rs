//! `/api/v1/agent-profiles/{id}/replays`: replays of stored calls against a profile. No tool is carried out, and nobody is dialled.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::tools::{ToolDefinition, custom, definitions};
use cordboard_actors::world;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::extension::Extension;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{CallId, OrganizationId, ProfileId, ReplayId};
use cordboard_schema::limits::{REPLAY_JOURNAL_MAX, REPLAYS_AT_ONCE, REPLAYS_PER_HOUR};
use cordboard_schema::permission::Permission;
use cordboard_schema::profile::{AgentProfile, PublishedProfile};
use cordboard_schema::profile_variables::CallerSaid;
use cordboard_schema::profile_version::DraftSlot;
use cordboard_schema::replay::{
    Beginning, Example, ExampleResult, Replay, ReplayKind, ReplayResult, ReplayState, ReplayedCall, TurnKind,
    Verdict, is_wordless, recorded,
};
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::tool::ToolName;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::profiles::{NO_SUCH, no_such};
use crate::custom_tools::is_of_list;
use crate::replays::{CallToReplay, NewReplay, steps};
use crate::store::{After, Connection, NoReplay, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

const NO_SUCH_REPLAY: ApiError = ApiError::NotFound("replay");
const NO_SUCH_CALL: ApiError = ApiError::NotFound("call");
const NO_SUCH_VERSION: ApiError = ApiError::NotFound("version");

/// Call to replay, and the version that answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayBody {
    /// The stored call.
    call_id: CallId,
    /// The published version that answers; the draft if left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<u32>,
    /// The draft that answers if no version is given; the first if left out.
    #[serde(default)]
    draft: DraftSlot,
}

/// The profile that answers in a replay: one of its versions, or else one of its drafts.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplaySubject {
    pub(super) id: ProfileId,
    pub(super) version: Option<u32>,
    pub(super) draft: DraftSlot,
}

/// Query of the list of replays.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReplayList {
    /// Only replays of calls, or only of examples.
    kind: Option<ReplayKind>,
    /// Replays of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<ReplayId>,
}

/// A replay, without what was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplaySummary {
    /// Its id.
    pub(super) id: ReplayId,
    /// Profile of the assistant that answers.
    profile_id: ProfileId,
    /// What is replayed.
    kind: ReplayKind,
    /// The call; null if examples are run.
    call_id: Option<CallId>,
    /// The name of the user who requested it; empty for a program.
    asked_by: String,
    /// The published version that answers; null for the draft.
    version: Option<u32>,
    /// The draft that answers if no version does.
    draft: DraftSlot,
    /// Its revision when the replay began.
    draft_revision: u64,
    /// Its state.
    state: ReplayState,
    /// Why it failed, in words.
    reason: Option<String>,
    /// Number of steps: turns of the call, or examples.
    steps: u32,
    /// Number of finished steps.
    steps_done: u32,
    /// Cost so far, in millionths of `currency`.
    cost_micros: u64,
    /// The currency, by its ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// When it began.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: UnixMs,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<UnixMs>,
    /// Provider of the assistant that answers, such as `builtin`; empty until it answers.
    provider: String,
    /// Turns with other tools or other words.
    turns_changed: usize,
    /// Examples that passed.
    passed: usize,
    /// Examples that failed or could not be run.
    failed: usize,
}

/// A complete replay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayView {
    #[serde(flatten)]
    summary: ReplaySummary,
    /// The call as replayed so far, if a call is replayed.
    call: Option<ReplayedCall>,
    /// The examples run so far.
    examples: Vec<ExampleResult>,
}

impl ReplaySummary {
    fn new(replay: &Replay, currency: &str) -> Self {
        let ReplayResult { provider, call, examples } = &replay.result;
        let turns = call.iter().flat_map(|call| &call.turns);
        let passed = examples.iter().filter(|example| example.verdict == Verdict::Passed).count();
        Self {
            id: replay.id,
            profile_id: replay.profile_id,
            kind: replay.kind,
            call_id: replay.call_id,
            asked_by: replay.asked_by.clone(),
            version: replay.version,
            draft: replay.draft,
            draft_revision: replay.draft_revision,
            state: replay.state,
            reason: replay.reason.clone(),
            steps: replay.steps,
            steps_done: replay.steps_done,
            cost_micros: replay.cost_micros,
            currency: currency.to_owned(),
            started_at: replay.started_at,
            ended_at: replay.ended_at,
            provider: provider.clone(),
            turns_changed: turns
                .filter_map(|turn| turn.marks.as_ref())
                .filter(|marks| marks.differ())
                .count(),
            passed,
            failed: examples.len() - passed,
        }
    }
}

impl ReplayView {
    fn new(replay: Replay, currency: &str) -> Self {
        let summary = ReplaySummary::new(&replay, currency);
        let ReplayResult { call, examples, .. } = replay.result;
        Self { summary, call, examples }
    }
}

/// The stored profile that answers in a replay, with its context.
pub(super) struct Answering {
    /// The profile, and the business that it speaks for.
    pub(super) published: PublishedProfile,
    targets: Vec<String>,
    revision: u64,
}

/// The extensions of the configuration.
pub(super) fn configured_extensions(state: &WebState) -> BTreeMap<String, DialplanTarget> {
    state.configuration.config.extensions.targets()
}

/// The names of the extensions that an organization's call may know: its own, and those of the configuration in the contexts that it was granted.
fn targets(
    own: Vec<Extension>,
    configured: BTreeMap<String, DialplanTarget>,
    granted: &Granted,
) -> Vec<String> {
    let own = own.into_iter().map(|extension| extension.name);
    let configured = configured.into_iter().filter(|(_, place)| granted.context(place.context()));
    let all: BTreeSet<String> = own.chain(configured.map(|(name, _)| name)).collect();
    all.into_iter().collect()
}

/// Reads what answers: a draft of a profile, or a version of it.
pub(super) fn answering(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ReplaySubject { id, version, draft: slot }: ReplaySubject,
    configured: BTreeMap<String, DialplanTarget>,
) -> Result<Result<Answering, ApiError>, StoreError> {
    let Some(draft) = query::draft_of_profile(connection, organization_id, id, slot)? else {
        return Ok(Err(no_such(slot)));
    };
    let Some(mut published) = query::profile_for_trial(connection, organization_id, id, slot)? else {
        return Ok(Err(no_such(slot)));
    };
    if let Some(version) = version {
        let Some((_, mut profile)) = query::profile_version(connection, organization_id, id, version)? else {
            return Ok(Err(NO_SUCH_VERSION));
        };
        profile.custom_tools = std::mem::take(&mut published.profile.custom_tools);
        published.profile = profile;
    }
    let own = query::extensions(connection, organization_id)?;
    let targets = targets(own, configured, &query::granted(connection, organization_id)?);
    Ok(Ok(Answering { published, targets, revision: draft.revision }))
}

impl Answering {
    /// The tools that an assistant gets in a call that can do everything.
    pub(super) fn tools(&self) -> Vec<ToolDefinition> {
        self.tools_of(&self.published.profile)
    }

    fn tools_of(&self, profile: &AgentProfile) -> Vec<ToolDefinition> {
        let business = &self.published.business;
        let escalates = business.as_ref().is_some_and(|business| business.escalation.is_some());
        let works = |tool: &ToolName| *tool != ToolName::EscalateToHuman || escalates;
        let offered: Vec<ToolName> = profile.tools.iter().copied().filter(works).collect();
        let targets: Vec<&str> = self.targets.iter().map(String::as_str).collect();
        let custom = custom::usable(&profile.custom_tools).map(custom::definition);
        definitions(&offered, &targets).into_iter().chain(custom).collect()
    }

    /// A stored call that this profile answers, as when it began; `None` if the organization has no such call.
    pub(super) fn call(
        &self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        (call_id, example): (CallId, Option<Example>),
    ) -> Result<Option<CallToReplay>, StoreError> {
        let Some(call) = query::call(connection, organization_id, call_id)? else { return Ok(None) };
        let part = After { seq: 0, limit: REPLAY_JOURNAL_MAX };
        let journal = query::journal(connection, organization_id, call_id, part)?;
        let began = Beginning::of(&journal);
        let of_row =
            CallerSaid { party: call.from.as_deref(), identity: call.identity.as_deref(), variables: None };
        let caller = began.as_ref().and_then(Beginning::caller).unwrap_or(of_row);
        let mut profile = self.published.for_call_of(call.started_at.to_utc(), caller);
        if let Some(began) = &began {
            // The caller's words have to stay in the region that the call's profile required, whatever a draft says.
            profile.speech.must_stay_in = began.must_stay_in.or(profile.speech.must_stay_in);
            let given: Vec<_> = began.tools.iter().filter(|tool| is_of_list(tool.id)).cloned().collect();
            profile.give_tools(&given);
        }
        let tools = self.tools_of(&profile).into();
        let (profile, errand) = (profile.into(), began.and_then(|began| began.errand));
        Ok(Some(CallToReplay { profile, tools, errand, turns: recorded(&journal), example }))
    }
}

/// The name of the caller of the API.
pub(super) fn name_of(connection: &mut Connection, caller: &Caller) -> Result<String, StoreError> {
    let organization_id = caller.organization_id;
    let user = caller.user_id().map(|user| query::user(connection, organization_id, user)).transpose()?;
    Ok(user.flatten().map(|user| user.name).unwrap_or_default())
}

/// Stores a replay and begins it.
pub(super) async fn started(
    state: &WebState,
    caller: &Caller,
    (action, detail): (&'static str, String),
    (replay, calls): (Replay, Vec<CallToReplay>),
) -> Result<HttpResponse, ApiError> {
    let Some(replays) = &state.replays else {
        return Err(ApiError::Unavailable("this server can't replay calls".to_owned()));
    };
    let organization_id = caller.organization_id;
    let entry = caller.did(action, replay.profile_id, detail);
    let written = replay.clone();
    let begun = state.store.change_or_refuse(move |connection| {
        let begun = change::begin_replay(connection, organization_id, &written, world::now())?;
        if begun.is_ok() {
            change::record_audit(connection, &entry)?;
        }
        Ok(begun)
    });
    begun.await?.map_err(refused)?;
    let location = format!("/api/v1/agent-profiles/{}/replays/{}", replay.profile_id, replay.id);
    let view = ReplayView::new(replay.clone(), state.currency());
    if !replays.begin(NewReplay { organization_id, replay, calls }) {
        return Err(ApiError::going_down());
    }
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

fn refused(no: NoReplay) -> ApiError {
    match no {
        NoReplay::AtOnce => ApiError::ShareUsedUp(format!(
            "{REPLAYS_AT_ONCE} replays of your organization are under way: wait for one, or stop it"
        )),
        NoReplay::PerHour { retry_after_s } => ApiError::ShareOfTimeUsedUp {
            detail: format!("your organization has begun {REPLAYS_PER_HOUR} replays within an hour"),
            retry_after_s,
        },
    }
}

/// Makes a replay that begins now.
pub(super) fn new_replay(
    ReplaySubject { id: profile_id, version, draft }: ReplaySubject,
    (kind, call_id): (ReplayKind, Option<CallId>),
    answering: &Answering,
    asked_by: String,
    steps: u32,
) -> Replay {
    Replay {
        id: ReplayId(world::new_id()),
        profile_id,
        kind,
        call_id,
        asked_by,
        version,
        draft,
        draft_revision: answering.revision,
        state: ReplayState::Running,
        reason: None,
        steps,
        steps_done: 0,
        cost_micros: 0,
        started_at: world::now().into(),
        ended_at: None,
        result: ReplayResult::default(),
    }
}

/// Replays a stored call against a draft of a profile, or a version of it.
///
/// The caller's words and keys are those of the call; the assistant answers in writing. Its tools are not carried out: their results are those of the
/// call, or placeholders. Read the replay for its progress.
#[utoipa::path(
    post,
    operation_id = "begin_replay",
    path = "/api/v1/agent-profiles/{id}/replays",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ReplayBody,
    responses(
        (status = 201, description = "Begun; `Location` has its address", body = ReplayView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, version, draft or call"),
        (status = 409, description = "The call is not over (`call_is_live`), or nothing of it can be replayed (`no_words`)"),
        (status = 422, description = "A value is invalid"),
        (status = 429, description = "The organization has the maximum number of replays under way, or begun within an hour (`share_used_up`)"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn begin(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<ReplayBody>,
) -> Result<HttpResponse, ApiError> {
    let ReplayBody { call_id, version, draft } = body.into_inner();
    let asked = ReplaySubject { id: *id, version, draft };
    let (asking, configured) = (caller.clone(), configured_extensions(&state));
    let read = move |connection: &mut Connection| {
        let organization_id = asking.organization_id;
        let answering = match answering(connection, organization_id, asked, configured)? {
            Ok(answering) => answering,
            Err(missing) => return Ok(Err(missing)),
        };
        if let Err(forbidden) = asking.demand(Permission::CallsRead) {
            return Ok(Err(forbidden));
        }
        let Some(call) = query::call(connection, organization_id, call_id)? else {
            return Ok(Err(NO_SUCH_CALL));
        };
        if call.ended_at.is_none() {
            let detail = "the call is not over: replay it when it is";
            return Ok(Err(ApiError::conflict("call_is_live", detail)));
        }
        let Some(call) = answering.call(connection, organization_id, (call_id, None))? else {
            return Ok(Err(NO_SUCH_CALL));
        };
        let name = name_of(connection, &asking)?;
        Ok(Ok((answering, call, name)))
    };
    let (answering, call, name) = state.store.reads().run(read).await??;
    if !call.turns.iter().any(|turn| turn.kind != TurnKind::Start) {
        let detail = "the caller's words and keys were not recorded for this call";
        return Err(ApiError::conflict("no_words", detail));
    }
    let is_silent = call.turns.iter().all(|turn| {
        turn.kind != TurnKind::Keys && (turn.kind == TurnKind::Start || is_wordless(&turn.caller))
    });
    if is_silent && state.replays.as_ref().is_some_and(|replays| replays.understands_words(&call.profile)) {
        let detail = "this call has no transcript of the caller: the assistant that served it only hears that somebody speaks";
        return Err(ApiError::conflict("no_words", detail));
    }
    let steps = steps(&call.turns);
    let replay = new_replay(asked, (ReplayKind::Call, Some(call_id)), &answering, name, steps);
    let detail = format!("call {call_id}");
    started(&state, &caller, ("profile.replayed", detail), (replay, vec![call])).await
}

/// Checks that the profile exists and that the caller of the API may read what was said on calls.
pub(super) async fn known(state: &WebState, caller: &Caller, id: ProfileId) -> Result<(), ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::profile(connection, organization_id, id);
    state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    caller.demand(Permission::CallsRead)
}

/// Lists the replays of a profile, newest first.
#[utoipa::path(
    get,
    operation_id = "list_replays",
    path = "/api/v1/agent-profiles/{id}/replays",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), ReplayList),
    responses(
        (status = 200, description = "A page of replays", body = Page<ReplaySummary>),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: Query<ReplayList>,
) -> Result<web::Json<Page<ReplaySummary>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    known(&state, &caller, *id).await?;
    let (organization_id, id, which) = (caller.organization_id, *id, (asked.kind, asked.cursor));
    let read = move |connection: &mut Connection| {
        query::replays(connection, organization_id, id, which, (limit.rows(), world::now()))
    };
    let replays = state.store.reads().run(read).await?;
    let views = replays.iter().map(|replay| ReplaySummary::new(replay, state.currency())).collect();
    Ok(web::Json(limit.page(views, |view: &ReplaySummary| view.id.to_string())))
}

/// Shows a replay and its progress.
#[utoipa::path(
    get,
    operation_id = "show_replay",
    path = "/api/v1/agent-profiles/{id}/replays/{replay_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("replay_id" = ReplayId, Path, description = "The replay"),
    ),
    responses(
        (status = 200, description = "The replay", body = ReplayView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or it has no such replay"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, ReplayId)>,
) -> Result<web::Json<ReplayView>, ApiError> {
    let (id, replay_id) = path.into_inner();
    known(&state, &caller, id).await?;
    Ok(web::Json(shown(&state, &caller, (id, replay_id)).await?))
}

async fn shown(
    state: &WebState,
    caller: &Caller,
    (id, replay_id): (ProfileId, ReplayId),
) -> Result<ReplayView, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        query::replay(connection, organization_id, id, replay_id, world::now())
    };
    let replay = state.store.reads().run(read).await?.ok_or(NO_SUCH_REPLAY)?;
    Ok(ReplayView::new(replay, state.currency()))
}

/// Stops a replay. Its results so far stay; a finished one is unchanged.
#[utoipa::path(
    post,
    operation_id = "stop_replay",
    path = "/api/v1/agent-profiles/{id}/replays/{replay_id}/stop",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("replay_id" = ReplayId, Path, description = "The replay"),
    ),
    responses(
        (status = 200, description = "It is not running any more", body = ReplayView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or it has no such replay"),
    )
)]
pub(crate) async fn stop(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, ReplayId)>,
) -> Result<web::Json<ReplayView>, ApiError> {
    let (id, replay_id) = path.into_inner();
    known(&state, &caller, id).await?;
    let which = (id, replay_id);
    shown(&state, &caller, which).await?;
    let organization_id = caller.organization_id;
    let entry = caller.did("profile.replay_stopped", id, format!("replay {replay_id}"));
    let stop = state.store.change(move |connection| {
        change::stop_replay(connection, organization_id, replay_id, world::now())?;
        change::record_audit(connection, &entry)?;
        Ok(())
    });
    stop.await?;
    if let Some(replays) = &state.replays {
        replays.stop(replay_id);
    }
    Ok(web::Json(shown(&state, &caller, which).await?))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::grant::Grants;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn configured_extensions_count_only_in_granted_contexts() {
        let own = || {
            let organization_id = OrganizationId(Uuid::from_u128(2));
            let target = "tenant-b,100,1".parse().unwrap();
            vec![Extension { organization_id, name: "sales".to_owned(), title: String::new(), target }]
        };
        let configured = || -> BTreeMap<String, DialplanTarget> {
            let place = |(name, place): (&str, &str)| (name.to_owned(), place.parse().unwrap());
            let all = [("operator", "internal,2001,1"), ("sales", "internal,1,1"), ("cellar", "secret,1,1")];
            all.into_iter().map(place).collect()
        };
        let known = |granted: &Granted| targets(own(), configured(), granted);
        assert_eq!(known(&Granted::everything()), ["cellar", "operator", "sales"]);
        assert_eq!(known(&Granted::default()), ["sales"]);
        let contexts = ["internal".to_owned()].into();
        assert_eq!(known(&Granted::Named(Grants { contexts, ..Grants::default() })), ["operator", "sales"]);
    }
}
