//! `/api/v1/agent-profiles/{id}/examples`: stored calls and single exchanges with what is expected of a profile, which are run before it is
//! published.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, ExampleId, ProfileId};
use cordboard_schema::limits::{
    EXAMPLE_NAME_CHARS_MAX, EXAMPLES_MAX, EXPECTATION_CHARS_MAX, EXPECTATIONS_MAX, EXPECTED_MEANING_CHARS_MAX,
};
use cordboard_schema::permission::Permission;
use cordboard_schema::profile_version::DraftSlot;
use cordboard_schema::replay::{Example, Expectations, ReplayKind, TurnKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::replays::{
    ReplaySubject, ReplayView, answering, configured_extensions, known, name_of, new_replay, started,
};
use crate::store::{Connection, ExampleRefused, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH_EXAMPLE: ApiError = ApiError::NotFound("example");

/// An example, and its revision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleView {
    #[serde(flatten)]
    known: Example,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<Example> for ExampleView {
    fn from(known: Example) -> Self {
        let revision = revision::of(&(&known.name, &known.expectations));
        Self { known, revision }
    }
}

impl Revised for ExampleView {
    const WHAT: &'static str = "example";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A new example.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleBody {
    /// The call.
    call_id: CallId,
    /// The caller's turn to answer, by its place in the call's journal; the whole call if left out.
    #[serde(default)]
    #[schema(minimum = 0)]
    turn_seq: Option<u64>,
    /// Display name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Expectations that the answers are checked against.
    expectations: Expectations,
}

/// Name and expectations of an example.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleChange {
    /// Display name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Expectations that the answers are checked against.
    expectations: Expectations,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

impl ReadOnly for ExampleChange {
    const NAMES: &'static [&'static str] = &["id", "profile_id", "call_id", "turn_seq", "created_at"];
}

/// Version against which the examples are run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExampleRunBody {
    /// The published version that answers; the draft if left out.
    #[schema(minimum = 1)]
    version: Option<u32>,
    /// The draft that answers if no version is given; the first if left out.
    draft: DraftSlot,
}

/// Returns name and expectations trimmed of blanks, if they are valid.
fn checked(name: &str, expected: Expectations) -> Result<(String, Expectations), ApiError> {
    let mut faults = Vec::new();
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > EXAMPLE_NAME_CHARS_MAX {
        faults.push(Fault::of("name", format!("must have 1 to {EXAMPLE_NAME_CHARS_MAX} characters")));
    }
    if expected.is_empty() {
        faults.push(Fault::of(
            "expectations",
            "must expect something: a tool, words, words that are not said, or what is meant",
        ));
    }
    let mut texts = |field: &'static str, texts: Vec<String>| -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
        let fits = |text: &String| (1..=EXPECTATION_CHARS_MAX).contains(&text.chars().count());
        if texts.len() > EXPECTATIONS_MAX || !texts.iter().all(fits) {
            let reason = format!(
                "must be at most {EXPECTATIONS_MAX} texts of 1 to {EXPECTATION_CHARS_MAX} characters each"
            );
            faults.push(Fault::of(field, reason));
        }
        texts
    };
    let Expectations { tools, words, forbidden, meaning } = expected;
    let expected = Expectations {
        tools: texts("expectations.tools", tools),
        words: texts("expectations.words", words),
        forbidden: texts("expectations.forbidden", forbidden),
        meaning: meaning.map(|meaning| meaning.trim().to_owned()),
    };
    if let Some(meaning) = &expected.meaning
        && !(1..=EXPECTED_MEANING_CHARS_MAX).contains(&meaning.chars().count())
    {
        let reason = format!("must have 1 to {EXPECTED_MEANING_CHARS_MAX} characters");
        faults.push(Fault::of("expectations.meaning", reason));
    }
    if faults.is_empty() { Ok((name, expected)) } else { Err(ApiError::Invalid(faults)) }
}

/// Lists the examples of a profile, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_examples",
    path = "/api/v1/agent-profiles/{id}/examples",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "All examples", body = Page<ExampleView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<Page<ExampleView>>, ApiError> {
    known(&state, &caller, *id).await?;
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::examples(connection, organization_id, id);
    let examples = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(examples.into_iter().map(ExampleView::from).collect())))
}

/// Stores a call, or one exchange of it, as an example of a profile.
#[utoipa::path(
    post,
    operation_id = "create_example",
    path = "/api/v1/agent-profiles/{id}/examples",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ExampleBody,
    responses(
        (status = 201, description = "Kept", body = ExampleView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile or call"),
        (status = 409, description = "The profile has the maximum number of examples (`too_many`), or the words of the call were deleted (`no_words`)"),
        (status = 422, description = "A value is invalid, for instance a turn that the call does not have"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<ExampleBody>,
) -> Result<HttpResponse, ApiError> {
    let (ExampleBody { call_id, turn_seq, name, expectations }, id) = (body.into_inner(), *id);
    known(&state, &caller, id).await?;
    let organization_id = caller.organization_id;
    let asked = ReplaySubject { id, version: None, draft: DraftSlot::A };
    // Its tools don't matter here.
    let configured = BTreeMap::new();
    let read =
        move |connection: &mut Connection| match answering(connection, organization_id, asked, configured)? {
            Ok(answering) => answering.call(connection, organization_id, (call_id, None)),
            Err(_) => Ok(None),
        };
    let call = state.store.reads().run(read).await?.ok_or(ApiError::NotFound("call"))?;
    let (name, expectations) = checked(&name, expectations)?;
    if let Some(seq) = turn_seq
        && !call.turns.iter().any(|turn| turn.seq == seq && turn.kind != TurnKind::Keys)
    {
        return Err(ApiError::Invalid(vec![Fault::of("turn_seq", "must be where a turn of the caller is")]));
    }
    let created_at = world::now().into();
    let example_id = ExampleId(world::new_id());
    let example =
        Example { id: example_id, profile_id: id, call_id, turn_seq, name, expectations, created_at };
    let (made, entry) = (example.clone(), caller.did("example.created", example_id, &example.name));
    let kept = state.store.change_or_refuse(move |connection| {
        let kept = change::create_example(connection, organization_id, &made)?;
        if kept.is_ok() {
            change::record_audit(connection, &entry)?;
        }
        Ok(kept)
    });
    kept.await?.map_err(refused)?;
    Ok(HttpResponse::Created().json(ExampleView::from(example)))
}

fn refused(why: ExampleRefused) -> ApiError {
    match why {
        ExampleRefused::NoSuchCall => ApiError::NotFound("call"),
        ExampleRefused::NoWords => {
            ApiError::conflict("no_words", "the words of this call were deleted, so it can't be replayed")
        }
        ExampleRefused::Full => {
            let detail = format!("a profile has {EXAMPLES_MAX} examples at most: remove one first");
            ApiError::conflict("too_many", detail)
        }
    }
}

/// Changes the name and the expectations of an example.
#[utoipa::path(
    put,
    operation_id = "update_example",
    path = "/api/v1/agent-profiles/{id}/examples/{example_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("example_id" = ExampleId, Path, description = "The example"),
        IfMatch,
    ),
    request_body = ExampleChange,
    responses(
        (status = 200, description = "Changed", body = ExampleView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no such example"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, ExampleId)>,
    if_match: IfMatch,
    body: ThingBody<ExampleChange>,
) -> Result<web::Json<ExampleView>, ApiError> {
    let ((id, example_id), ExampleChange { name, expectations, revision }) =
        (path.into_inner(), body.into_inner());
    known(&state, &caller, id).await?;
    let (name, expectations) = checked(&name, expectations)?;
    let asked = if_match.or(revision);
    let organization_id = caller.organization_id;
    let entry = caller.did("example.changed", example_id, &name);
    let changed = state.store.change(move |connection| {
        let all = query::examples(connection, organization_id, id)?;
        let Some(before) = all.into_iter().find(|example| example.id == example_id) else {
            return Ok(Err(NO_SUCH_EXAMPLE));
        };
        if let Err(late) = asked.demand(&ExampleView::from(before.clone())) {
            return Ok(Err(late));
        }
        let wanted = Example { name, expectations, ..before };
        let changed = change::update_example(connection, organization_id, &wanted)?;
        change::record_audit(connection, &entry)?;
        Ok(changed.ok_or(NO_SUCH_EXAMPLE))
    });
    Ok(web::Json(changed.await??.into()))
}

/// Removes an example.
#[utoipa::path(
    delete,
    operation_id = "delete_example",
    path = "/api/v1/agent-profiles/{id}/examples/{example_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("example_id" = ExampleId, Path, description = "The example"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or it has no such example"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, ExampleId)>,
) -> Result<HttpResponse, ApiError> {
    let (id, example_id) = path.into_inner();
    known(&state, &caller, id).await?;
    let organization_id = caller.organization_id;
    let entry = caller.did("example.removed", example_id, "");
    let removed = state.store.change(move |connection| {
        let removed = change::delete_example(connection, organization_id, id, example_id)?;
        if removed {
            change::record_audit(connection, &entry)?;
        }
        Ok(removed)
    });
    if removed.await? { Ok(HttpResponse::NoContent().finish()) } else { Err(NO_SUCH_EXAMPLE) }
}

/// Runs all examples of a profile against one of its drafts or versions. The run is a replay; its progress can be read there.
#[utoipa::path(
    post,
    operation_id = "run_examples",
    path = "/api/v1/agent-profiles/{id}/example-runs",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ExampleRunBody,
    responses(
        (status = 201, description = "The run has begun; `Location` has the replay's address", body = ReplayView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, version or draft"),
        (status = 409, description = "The profile has no examples (`no_examples`)"),
        (status = 422, description = "A value is invalid"),
        (status = 429, description = "The organization has the maximum number of replays under way, or begun within an hour (`share_used_up`)"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn run(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<ExampleRunBody>,
) -> Result<HttpResponse, ApiError> {
    let (ExampleRunBody { version, draft }, id) = (body.into_inner(), *id);
    let asked = ReplaySubject { id, version, draft };
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
        let mut calls = Vec::new();
        for example in query::examples(connection, organization_id, id)? {
            calls.extend(answering.call(connection, organization_id, (example.call_id, Some(example)))?);
        }
        let name = name_of(connection, &asking)?;
        Ok(Ok((answering, calls, name)))
    };
    let (answering, calls, name) = state.store.reads().run(read).await??;
    if calls.is_empty() {
        let detail = "the profile has no examples: add a call, or one exchange of it, as one first";
        return Err(ApiError::conflict("no_examples", detail));
    }
    let steps = u32::try_from(calls.len()).unwrap_or(u32::MAX);
    let replay = new_replay(asked, (ReplayKind::Examples, None), &answering, name, steps);
    let detail = format!("{} examples", calls.len());
    started(&state, &caller, ("profile.examples_run", detail), (replay, calls)).await
}
