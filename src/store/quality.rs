//! Scorecards, scores of calls, and which calls are to be reviewed.

use std::collections::{BTreeMap, HashSet};

use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::quality::{CallScore, PickReason, PickRules, Pickable, Scorecard, ScoredByModel};
use cordboard_schema::report::CallTally;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{alarms, call_agents, call_scores, calls, scorecards};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::calls::ID_AND_START_MS;
use super::{Connection, StoreError, Unreadable, audit, counted, judging};

/// The column with the card.
const CARD: &str = "scorecards.card";
/// The column with a score.
const SCORE: &str = "call_scores.score";
/// Maximum of scored calls in an average, newest first.
const SCORES_MAX: i64 = 20_000;

/// Returns the organization's scorecard; an empty one if it has none.
pub fn card(connection: &mut Connection, organization_id: OrganizationId) -> Result<Scorecard, StoreError> {
    let row = scorecards::table.find(organization_id.to_string());
    let text: Option<String> = row.select(scorecards::card).first(connection).optional()?;
    let Some(text) = text else { return Ok(Scorecard::default()) };
    Ok(serde_json::from_str(&text).map_err(|fault| BadRow::new(CARD, fault))?)
}

/// Sets it.
pub fn set_card(
    connection: &mut Connection,
    organization_id: OrganizationId,
    card: &Scorecard,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let text = serde_json::to_string(card).map_err(|fault| BadRow::new(CARD, fault))?;
    diesel::delete(scorecards::table.find(&owner)).execute(connection)?;
    diesel::insert_into(scorecards::table)
        .values((scorecards::organization_id.eq(owner), scorecards::card.eq(text)))
        .execute(connection)?;
    Ok(())
}

/// Returns how a call was scored; none if it was not.
pub fn score(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<CallScore>, StoreError> {
    let text: Option<String> = call_scores::table
        .find(call_id.to_string())
        .filter(call_scores::organization_id.eq(organization_id.to_string()))
        .select(call_scores::score)
        .first(connection)
        .optional()?;
    let parse = |text: String| serde_json::from_str(&text).map_err(|fault| BadRow::new(SCORE, fault));
    Ok(text.map(parse).transpose()?)
}

/// Stores a call's score.
pub fn set_score(
    connection: &mut Connection,
    organization_id: OrganizationId,
    score: &CallScore,
) -> Result<(), StoreError> {
    let id = score.call_id.to_string();
    let text = serde_json::to_string(score).map_err(|fault| BadRow::new(SCORE, fault))?;
    diesel::delete(call_scores::table.find(&id)).execute(connection)?;
    diesel::insert_into(call_scores::table)
        .values((
            call_scores::call_id.eq(id),
            call_scores::organization_id.eq(organization_id.to_string()),
            call_scores::percent.eq(score.percent.map(i64::from)),
            call_scores::score.eq(text),
        ))
        .execute(connection)?;
    Ok(())
}

/// Averages of the calls that began in a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Averages {
    /// By the assistant's profile: the number of calls with a percentage, and the sum of the percentages.
    pub assistants: BTreeMap<String, (u64, u64)>,
    /// The same by the agent who talked with the caller.
    pub agents: BTreeMap<String, (u64, u64)>,
}

/// Returns the averages of the scored calls that began in this span.
pub fn averages(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (from, until): (UnixMs, UnixMs),
) -> Result<Averages, StoreError> {
    let scored: Vec<(String, String, Option<i64>)> = call_scores::table
        .inner_join(calls::table.on(calls::id.eq(call_scores::call_id)))
        .filter(call_scores::organization_id.eq(organization_id.to_string()))
        // Scores have no time of their own: without this all scores of the organization are read.
        .filter(call_scores::call_id.ge(CallId::first_at(from - ID_AND_START_MS).to_string()))
        .filter(call_scores::call_id.lt(CallId::first_at(until + ID_AND_START_MS).to_string()))
        .filter(call_scores::percent.is_not_null())
        .filter(calls::started_at.ge(from.to_utc().naive_utc()))
        .filter(calls::started_at.lt(until.to_utc().naive_utc()))
        .order(call_scores::call_id.desc())
        .limit(SCORES_MAX)
        .select((calls::id, calls::profile_id, call_scores::percent))
        .load(connection)?;
    let mut averages = Averages::default();
    let mut of_call = BTreeMap::new();
    for (call, profile, percent) in scored {
        let percent = counted(percent.unwrap_or_default());
        let (count, sum) = averages.assistants.entry(profile).or_default();
        (*count, *sum) = (*count + 1, *sum + percent);
        of_call.insert(call, percent);
    }
    let ids: Vec<&String> = of_call.keys().collect();
    for part in ids.chunks(500) {
        // These calls are the organization's. A condition on the organization would make SQLite scan all its agents' calls for each batch.
        let talked: Vec<(String, String)> = call_agents::table
            .filter(call_agents::call_id.eq_any(part.iter().map(|id| id.as_str())))
            .filter(call_agents::joined_at.is_not_null())
            .select((call_agents::call_id, call_agents::user_id))
            .load(connection)?;
        for (call, user) in talked {
            let (count, sum) = averages.agents.entry(user).or_default();
            (*count, *sum) = (*count + 1, *sum + of_call.get(&call).copied().unwrap_or_default());
        }
    }
    Ok(averages)
}

/// Returns the calls that the scorecard picks for review, with the reasons, among the newest `calls_max` ended calls since then that are not scored.
pub fn picks(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    calls_max: i64,
) -> Result<Vec<(CallId, Vec<PickReason>)>, StoreError> {
    let rules = card(connection, organization_id)?.picks;
    let mut calls = unscored(connection, organization_id, &rules, (since, calls_max))?;
    calls.retain(|(_, reasons)| !reasons.is_empty());
    Ok(calls)
}

/// The newest ended calls since then that are not scored, at most `calls_max`, with the reasons for which these rules pick them.
fn unscored(
    connection: &mut Connection,
    organization_id: OrganizationId,
    rules: &PickRules,
    (since, calls_max): (UnixMs, i64),
) -> Result<Vec<(CallId, Vec<PickReason>)>, StoreError> {
    let owner = organization_id.to_string();
    // Looked up for each call: a list of all scored calls grows with the organization.
    let scored = call_scores::table.filter(call_scores::call_id.eq(calls::id));
    let found: Vec<(String, Option<i64>, Option<String>)> = calls::table
        .filter(calls::organization_id.eq(&owner))
        // Calls between colleagues have no caller.
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::ended_at.is_not_null())
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .filter(calls::id.ge(CallId::first_at(since - ID_AND_START_MS).to_string()))
        .filter(not(exists(scored)))
        .order(calls::id.desc())
        .limit(calls_max)
        .select((calls::id, calls::talk_ms, calls::tally))
        .load(connection)?;
    let ids: Vec<&str> = found.iter().map(|(id, ..)| id.as_str()).collect();
    let (mut with_agents, mut with_alarms) = (HashSet::new(), HashSet::new());
    for part in ids.chunks(500) {
        let agents: Vec<String> = call_agents::table
            .filter(call_agents::call_id.eq_any(part.to_vec()))
            .select(call_agents::call_id)
            .load(connection)?;
        with_agents.extend(agents);
        let raised: Vec<String> = alarms::table
            .filter(alarms::call_id.eq_any(part.to_vec()))
            .select(alarms::call_id)
            .load(connection)?;
        with_alarms.extend(raised);
    }
    let mut calls = Vec::new();
    for (id, talk_ms, tally) in &found {
        // An agent who began the call was not requested, and a person whose telephone rang is not an agent at a desk. Without a tally, only the
        // agents are known.
        let tally: Option<CallTally> = tally.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let handed_off = tally.map_or_else(|| with_agents.contains(id), |tally| tally.handoffs > 0);
        let call = Pickable {
            call_id: id.parse().map_err(|fault| BadRow::new("calls.id", fault))?,
            talk_ms: talk_ms.map(counted),
            handed_off,
            alarm: with_alarms.contains(id),
        };
        calls.push((call.call_id, rules.reasons(&call)));
    }
    Ok(calls)
}

/// A call that the judge model is to score.
#[derive(Clone, Debug)]
pub struct ToScore {
    /// The organization of the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The organization's scorecard.
    pub card: Scorecard,
}

/// Returns the ended calls since then that the judge model is to score automatically, oldest first, at most `calls_max` for each organization.
/// Organizations with a row that can't be read come at the end.
pub fn to_score(
    connection: &mut Connection,
    since: UnixMs,
    calls_max: i64,
) -> Result<Vec<Result<ToScore, Unreadable>>, StoreError> {
    let cards: Vec<(String, String)> =
        scorecards::table.select((scorecards::organization_id, scorecards::card)).load(connection)?;
    let (mut calls, mut unreadable) = (Vec::new(), Vec::new());
    for (organization, text) in cards {
        match to_score_by(connection, (&organization, &text), (since, calls_max)) {
            Ok(found) => calls.extend(found),
            Err(StoreError::BadRow(fault)) => unreadable.push(Unreadable { organization, fault }),
            Err(error) => return Err(error),
        }
    }
    // Ids are ordered by time.
    calls.sort_by_key(|call: &ToScore| call.call_id);
    Ok(calls.into_iter().map(Ok).chain(unreadable.into_iter().map(Err)).collect())
}

/// The calls of an organization, with the scorecard of its row.
fn to_score_by(
    connection: &mut Connection,
    (owner, text): (&str, &str),
    since: (UnixMs, i64),
) -> Result<Vec<ToScore>, StoreError> {
    let card: Scorecard = serde_json::from_str(text).map_err(|fault| BadRow::new(CARD, fault))?;
    if card.by_model == ScoredByModel::None || card.questions.is_empty() {
        return Ok(Vec::new());
    }
    let organization_id: OrganizationId =
        owner.parse().map_err(|fault| BadRow::new("scorecards.organization_id", fault))?;
    let found = unscored(connection, organization_id, &card.picks, since)?;
    let wanted =
        found.into_iter().filter(|(_, reasons)| card.by_model == ScoredByModel::All || !reasons.is_empty());
    Ok(wanted.map(|(call_id, _)| ToScore { organization_id, call_id, card: card.clone() }).collect())
}

/// Stores the answers of a model that scored a call automatically. Returns false if the call was scored meanwhile, or if its words were deleted
/// meanwhile, which the answers would repeat.
pub fn fill_in(
    connection: &mut Connection,
    organization_id: OrganizationId,
    score: &CallScore,
) -> Result<bool, StoreError> {
    if !judging::has_words(connection, organization_id, score.call_id)?
        || self::score(connection, organization_id, score.call_id)?.is_some()
    {
        return Ok(false);
    }
    set_score(connection, organization_id, score)?;
    let percent = score.percent.map_or_else(String::new, |percent| format!("{percent} %"));
    let did = ("score.filled_in", score.call_id.to_string(), percent);
    audit::record_by_system(connection, organization_id, score.filled_at, did)?;
    Ok(true)
}
