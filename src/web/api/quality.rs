//! `/api/v1/scorecard`, `/api/v1/calls/{id}/score`, `/api/v1/quality`: questions about finished calls, the answers of people and of the judge model,
//! averages, and calls picked for review.

use std::collections::BTreeMap;

use actix_web::web;
use chrono::{NaiveDate, NaiveTime};
use cordboard_actors::world;
use cordboard_schema::dashboard::{LocalDay, local_days};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId, ProfileId, UserId};
use cordboard_schema::judging::NotJudged;
use cordboard_schema::plain::present;
use cordboard_schema::quality::{
    Answers, CallScore, PickReason, PickRules, ScoreQuestion, Scorecard, ScoredByModel,
};
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::calls;
use super::given::{SANE_TIMES, is_sane_time};
use crate::replays::{ChargedCall, Judged, Replays};
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision::{self, Asked, IfMatch, Revised};

/// The most days of an average.
const DAYS_MAX: i64 = 366;
/// How far back calls are picked, in ms.
const PICKED_MS: u64 = 7 * 24 * 3_600_000;
/// The newest calls of that time that are considered.
const CALLS_READ_MAX: i64 = 1_000;
/// The most picks of an answer.
const PICKS_MAX: usize = 50;

/// Questions about finished calls, and the calls that are picked for review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorecardView {
    /// The questions, in order.
    questions: Vec<ScoreQuestion>,
    /// Rules that pick calls for review.
    picks: PickRules,
    /// Finished calls for which the judge model fills in the scorecard automatically.
    by_model: ScoredByModel,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<Scorecard> for ScorecardView {
    fn from(Scorecard { questions, picks, by_model }: Scorecard) -> Self {
        let view = Self { questions, picks, by_model, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for ScorecardView {
    const WHAT: &'static str = "scorecard";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A complete scorecard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScorecardBody {
    /// The questions, in order.
    #[schema(max_items = 20)]
    questions: Vec<ScoreQuestion>,
    /// Rules that pick calls for review.
    picks: PickRules,
    /// Finished calls for which the judge model fills in the scorecard automatically.
    #[serde(default)]
    by_model: ScoredByModel,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

/// Answers to a scorecard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreBody {
    /// Answers by the questions' names; unknown ones are left out.
    #[schema(value_type = Option<Object>, example = json!({ "greeted": true, "friendly": 4 }))]
    answers: Option<Answers>,
    /// The score as it is shown, with its answers, if `answers` is left out; null changes nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SentScore>)]
    score: Option<Option<SentScore>>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

/// A score that is sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SentScore {
    /// Answers by the questions' names.
    #[schema(value_type = Object)]
    answers: Answers,
}

impl ReadOnly for ScoreBody {
    const NAMES: &'static [&'static str] = &[
        "names",
        "not_judged",
        "score.call_id",
        "score.percent",
        "score.filled_by",
        "score.model",
        "score.filled_at",
        "score.corrections",
    ];
}

/// How a call was scored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreView {
    /// The score; null if the call was not scored.
    score: Option<CallScore>,
    /// Names of the people who filled it in and corrected it, by id; without removed users.
    names: BTreeMap<String, String>,
    /// Why the judge model was not asked; null if it was, or if it was not to be asked.
    not_judged: Option<NotJudged>,
    /// Revision: a new value after each change of an answer.
    revision: String,
}

impl Revised for ScoreView {
    const WHAT: &'static str = "score";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Days of the report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QualityQuery {
    /// The first day, such as 2026-11-01. Days are those of the business's zone, as in reports.
    from: NaiveDate,
    /// The last day, inclusive; at most 366 days in all.
    to: NaiveDate,
}

/// The average of an assistant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssistantAverage {
    /// The assistant's profile.
    profile_id: ProfileId,
    /// Calls with a score.
    calls: u64,
    /// Their average, 0 to 100.
    percent: u64,
}

/// The average of an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentAverage {
    /// The agent.
    user_id: UserId,
    /// Name of the agent; null if they were removed.
    name: Option<String>,
    /// Calls with a score in which they talked with the caller.
    calls: u64,
    /// Their average, 0 to 100.
    percent: u64,
}

/// A call to review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pick {
    /// The call.
    call_id: CallId,
    /// Why it was picked.
    reasons: Vec<PickReason>,
}

/// Quality of calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityView {
    /// Averages by assistant, for the requested days.
    assistants: Vec<AssistantAverage>,
    /// Averages by agent, for the same days.
    agents: Vec<AgentAverage>,
    /// The newest calls of the last seven days that are to be reviewed and not scored yet, at most 50.
    picks: Vec<Pick>,
}

/// Shows the questions about finished calls.
#[utoipa::path(
    get,
    operation_id = "show_scorecard",
    path = "/api/v1/scorecard",
    tag = "supervision",
    responses((status = 200, description = "The scorecard", body = ScorecardView))
)]
pub(crate) async fn card(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<ScorecardView>, ApiError> {
    Ok(web::Json(card_of(&state, &caller).await?.into()))
}

async fn card_of(state: &WebState, caller: &Caller) -> Result<Scorecard, ApiError> {
    let id = caller.organization_id;
    Ok(state.store.reads().run(move |connection| query::scorecard(connection, id)).await?)
}

/// Sets the questions about finished calls. Answers to removed questions are kept.
#[utoipa::path(
    put,
    operation_id = "set_scorecard",
    path = "/api/v1/scorecard",
    tag = "supervision",
    params(IfMatch),
    request_body = ScorecardBody,
    responses(
        (status = 200, description = "Set", body = ScorecardView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A question or a rule is invalid"),
    )
)]
pub(crate) async fn set_card(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<ScorecardBody>,
) -> Result<web::Json<ScorecardView>, ApiError> {
    let ScorecardBody { questions, picks, by_model, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let card = Scorecard { questions, picks, by_model };
    let faults: Vec<Fault> =
        card.faults().into_iter().map(|(field, reason)| Fault::of(field, reason)).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let id = caller.organization_id;
    let entry = caller.did("scorecard.set", id, format!("{} questions", card.questions.len()));
    let set = move |connection: &mut Connection| {
        // A scorecard that can't be read has no revision: a request without one replaces it.
        if asked.is_of_one() {
            let before = ScorecardView::from(query::scorecard(connection, id)?);
            if let Err(late) = asked.demand(&before) {
                return Ok(Err(late));
            }
        }
        change::set_scorecard(connection, id, &card)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(card))
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Shows how a call was scored.
#[utoipa::path(
    get,
    operation_id = "show_call_score",
    path = "/api/v1/calls/{id}/score",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "How", body = ScoreView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn score(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<ScoreView>, ApiError> {
    calls::find(&state, &caller, *id).await?;
    let (organization_id, call_id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let score = query::call_score(connection, organization_id, call_id)?;
        view(connection, organization_id, call_id, score)
    };
    Ok(web::Json(state.store.reads().run(read).await?))
}

/// The view of a call's score. A change reads it in its transaction: a read after it could be refused, and the client would take the call for not
/// scored.
fn view(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    score: Option<CallScore>,
) -> Result<ScoreView, StoreError> {
    let by = score.iter().flat_map(|score| {
        score.filled_by.into_iter().chain(score.corrections.iter().filter_map(|one| one.by))
    });
    let names = query::user_names(connection, organization_id, &by.collect())?;
    let names = names.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    // The judge model may have been asked later and have filled in the scorecard.
    let is_by_model = score.as_ref().is_some_and(|score| score.model.is_some());
    let not_judged = query::not_judged(connection, organization_id, call_id)?.filter(|_| !is_by_model);
    let revision = revision::of(&score.as_ref().map(|score| &score.answers));
    Ok(ScoreView { score, names, not_judged, revision })
}

/// Fills in a call's scorecard, or corrects it. Each difference is stored with its author.
#[utoipa::path(
    put,
    operation_id = "score_call",
    path = "/api/v1/calls/{id}/score",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call"), IfMatch),
    request_body = ScoreBody,
    responses(
        (status = 200, description = "Kept", body = ScoreView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = revision::edited_meanwhile!("the call is not over (`call_is_live`)")),
        (status = 422, description = "An answer is to an unknown question, or of the wrong kind"),
    )
)]
pub(crate) async fn set_score(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    if_match: IfMatch,
    body: ThingBody<ScoreBody>,
) -> Result<web::Json<ScoreView>, ApiError> {
    ended(&state, &caller, *id).await?;
    let ScoreBody { answers, score: shown, revision } = body.into_inner();
    let answers = match (answers, shown) {
        (Some(answers), _) | (None, Some(Some(SentScore { answers }))) => answers,
        (None, Some(None)) => return score(state, caller, id).await,
        (None, None) => return Err(ApiError::Invalid(vec![Fault::of("answers", "must be there")])),
    };
    let card = card_of(&state, &caller).await?;
    if !card.is_answered_by(&answers) {
        let reason = "must answer questions of the scorecard, each in its kind";
        return Err(ApiError::Invalid(vec![Fault::of("answers", reason)]));
    }
    keep(&state, &caller, *id, card, answers, By::User(if_match.or(revision))).await
}

/// Makes the judge model fill in a call's scorecard, which people can correct. A scorecard that is filled in already is not changed.
#[utoipa::path(
    post,
    operation_id = "score_call_by_model",
    path = "/api/v1/calls/{id}/score/by-model",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "Filled in", body = ScoreView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is not over (`call_is_live`), is scored already (`done`), can't be scored because no judge model is configured, the scorecard has no question or nothing was said (`incapable`), the words must stay in a region that is not known to be the judge's (`other_region`), or the daily cap of the call's day is reached (`daily_cap`)"),
        (status = 503, description = "The model did not answer in the expected form"),
    )
)]
pub(crate) async fn by_model(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<ScoreView>, ApiError> {
    ended(&state, &caller, *id).await?;
    let (organization_id, call_id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let call = query::call_to_judge(connection, organization_id, call_id)?;
        Ok((query::call_score(connection, organization_id, call_id)?, call))
    };
    let (score, call) = state.store.reads().run(read).await?;
    if score.is_some() {
        return Err(scored_already());
    }
    let card = card_of(&state, &caller).await?;
    let judge = state.replays.as_ref().and_then(Replays::judge);
    let judge = judge.ok_or_else(|| {
        ApiError::conflict("incapable", "no judge model is configured: set `judge.base_url`")
    })?;
    let call = call.filter(|call| !call.lines.is_empty() && !card.questions.is_empty());
    let Some(call) = call else {
        return Err(nothing_to_judge());
    };
    if let Some(why) = judge.not_asked(&state.store, &call).await? {
        return Err(not_judged(why));
    }
    let charged = ChargedCall { store: &state.store, organization_id, call_id };
    let Judged { answer, .. } = judge.score(&charged, &card, &call.lines).await?;
    let answers = answer.map_err(|fault| ApiError::Unavailable(fault.to_string()))?;
    keep(&state, &caller, *id, card, answers, By::Model(judge.model().to_owned())).await
}

fn not_judged(why: NotJudged) -> ApiError {
    let detail = match why {
        NotJudged::OtherRegion => {
            "the words of the call must stay in a region, and the judge model is not known to keep them there: set judge.data_region if it does, or judge.base_url to one that does"
        }
        NotJudged::DailyCap => "the daily cap of the call's day is reached: raise costs.daily_cap",
    };
    ApiError::conflict(why.as_str(), detail)
}

/// The average of a number of calls, rounded as a call's own score is; `None` for no calls.
fn average(calls: u64, sum: u64) -> Option<u64> {
    sum.saturating_add(calls / 2).checked_div(calls)
}

async fn ended(state: &WebState, caller: &Caller, id: CallId) -> Result<Call, ApiError> {
    let call = calls::find(state, caller, id).await?;
    match call.ended_at {
        Some(_) => Ok(call),
        None => Err(ApiError::conflict("call_is_live", "the call is not over: try it when it is")),
    }
}

/// The author of the answers.
enum By {
    /// The user who asks, based on this revision.
    User(Asked),
    /// The judge model of this name.
    Model(String),
}

/// Stores answers: as the first ones, or as a correction of the existing ones.
async fn keep(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    card: Scorecard,
    answers: Answers,
    by: By,
) -> Result<web::Json<ScoreView>, ApiError> {
    let (organization_id, now) = (caller.organization_id, UnixMs::from(world::now()));
    let user = caller.user_id();
    let asker = caller.clone();
    let keep = move |connection: &mut Connection| {
        let before = query::call_score(connection, organization_id, call_id)?;
        let author = match by {
            By::User(asked) => {
                let there = view(connection, organization_id, call_id, before.clone())?;
                if let Err(late) = asked.demand(&there) {
                    return Ok(Err(late));
                }
                (user, None)
            }
            // A model does not change what was filled in meanwhile.
            By::Model(_) if before.is_some() => return Ok(Err(scored_already())),
            // Its answers quote what was said, which may have been deleted meanwhile.
            By::Model(_) if !query::has_words(connection, organization_id, call_id)? => {
                return Ok(Err(nothing_to_judge()));
            }
            By::Model(model) => (None, Some(model)),
        };
        let (action, score) = match before {
            Some(mut score) => {
                score.correct(&card, answers, user, now);
                ("score.corrected", score)
            }
            None => ("score.filled_in", CallScore::filled_in(call_id, answers, author, now)),
        };
        change::set_call_score(connection, organization_id, &score)?;
        let detail = score.percent.map_or_else(String::new, |percent| format!("{percent} %"));
        change::record_audit(connection, &asker.did(action, call_id, detail))?;
        view(connection, organization_id, call_id, Some(score)).map(Ok)
    };
    Ok(web::Json(state.store.change(keep).await??))
}

fn scored_already() -> ApiError {
    ApiError::conflict("done", "the call is scored already")
}

fn nothing_to_judge() -> ApiError {
    ApiError::conflict(
        "incapable",
        "the scorecard has no question, or nothing was said on the call: add a question, or choose another call",
    )
}

/// Shows the quality of calls: averages by assistant and by agent, and calls to review.
#[utoipa::path(
    get,
    operation_id = "show_quality",
    path = "/api/v1/quality",
    tag = "supervision",
    params(QualityQuery),
    responses(
        (status = 200, description = "Averages and picks", body = QualityView),
        (status = 400, description = "A parameter is missing, unknown or invalid"),
    )
)]
pub(crate) async fn quality(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<QualityQuery>,
) -> Result<web::Json<QualityView>, ApiError> {
    let QualityQuery { from, to } = asked.into_inner();
    let begin = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    if !is_sane_time(begin(from)) || !is_sane_time(begin(to)) {
        return Err(ApiError::BadInput(format!("`from` and `to` {SANE_TIMES}")));
    }
    if to < from || (to - from).num_days() >= DAYS_MAX {
        let detail = format!("`to` must not be before `from`, and at most {DAYS_MAX} days in all");
        return Err(ApiError::BadInput(detail));
    }
    let (id, since) = (caller.organization_id, UnixMs::from(world::now()) - PICKED_MS);
    let read = move |connection: &mut Connection| {
        let (kept, wanted) = query::zone_of_figures(connection, id)?;
        let days: Vec<LocalDay> = local_days(kept.unwrap_or(wanted), from, to).collect();
        let averages = match (days.first(), days.last()) {
            (Some(first), Some(last)) => {
                query::quality_averages(connection, id, (first.span.0.into(), last.span.1.into()))?
            }
            // The zone skipped this day.
            _ => Default::default(),
        };
        let agents = averages.agents.keys().filter_map(|user| user.parse().ok()).collect();
        let names = query::user_names(connection, id, &agents)?;
        Ok((averages, names, query::quality_picks(connection, id, since, CALLS_READ_MAX)?))
    };
    let (averages, names, picks) = state.store.reads().run(read).await?;
    let assistants = averages.assistants.into_iter().filter_map(|(profile, (calls, sum))| {
        let percent = average(calls, sum)?;
        Some(AssistantAverage { profile_id: profile.parse().ok()?, calls, percent })
    });
    let agents = averages.agents.into_iter().filter_map(|(user, (calls, sum))| {
        let (user_id, percent) = (user.parse::<UserId>().ok()?, average(calls, sum)?);
        Some(AgentAverage { user_id, name: names.get(&user_id).cloned(), calls, percent })
    });
    let picks = picks.into_iter().take(PICKS_MAX).map(|(call_id, reasons)| Pick { call_id, reasons });
    Ok(web::Json(QualityView {
        assistants: assistants.collect(),
        agents: agents.collect(),
        picks: picks.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_rounded_and_need_a_call() {
        assert_eq!(
            (average(3, 200), average(3, 199), average(2, 99), average(0, 0)),
            (Some(67), Some(66), Some(50), None)
        );
    }
}
