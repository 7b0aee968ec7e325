//! Replays of calls against profiles, and examples.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{ExampleId, OrganizationId, ProfileId, ReplayId};
use cordboard_schema::limits::{
    EXAMPLES_MAX, EXAMPLES_MS_MAX, REPLAYS_AT_ONCE, REPLAYS_KEPT, REPLAYS_PER_HOUR,
};
use cordboard_schema::replay::{Example, Replay, ReplayKind, ReplayState};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{ExampleRow, ReplayRow};
use cordboard_tables::tables::{examples, replays};
use diesel::prelude::*;
use serde::Deserialize;

use super::moments::column;
use super::{Connection, StoreError, calls, changes, judging};

const RUNNING: &str = "running";
/// `replays.kind` for a run of a profile's examples.
const EXAMPLES: &str = "examples";
/// Why a replay failed whose server is gone.
const LEFT_BY_SERVER: &str = "the server ended before the replay did";

/// Why a replay does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReplay {
    /// The organization has the maximum of running replays.
    AtOnce,
    /// The organization has begun its maximum of replays in an hour.
    PerHour {
        /// Seconds until the first of them is an hour old.
        retry_after_s: u64,
    },
}

/// Why an example is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleRefused {
    /// The organization has no such call.
    NoSuchCall,
    /// The words of the call were deleted.
    NoWords,
    /// The profile has the maximum of examples.
    Full,
}

/// Replays that are marked as running and began before this time are lost: the server that ran them is gone.
fn lost_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::milliseconds(i64::try_from(EXAMPLES_MS_MAX).unwrap_or(i64::MAX / 2))
        - TimeDelta::seconds(60)
}

/// Adds a replay that begins, if there is room for one, and deletes the oldest of the profile.
pub fn begin(
    connection: &mut Connection,
    organization_id: OrganizationId,
    replay: &Replay,
    now: DateTime<Utc>,
) -> Result<Result<(), NoReplay>, StoreError> {
    let own = || replays::table.filter(replays::organization_id.eq(organization_id.to_string()));
    let since = |at: DateTime<Utc>| -> NaiveDateTime { at.naive_utc() };
    let under_way: i64 = own()
        .filter(replays::state.eq(RUNNING))
        .filter(replays::started_at.gt(since(lost_before(now))))
        .count()
        .get_result(connection)?;
    if under_way >= REPLAYS_AT_ONCE {
        return Ok(Err(NoReplay::AtOnce));
    }
    let hour = TimeDelta::hours(1);
    let first_of_most: Option<NaiveDateTime> = own()
        .filter(replays::started_at.gt(since(now - hour)))
        .order(replays::started_at.desc())
        .offset(REPLAYS_PER_HOUR - 1)
        .limit(1)
        .select(replays::started_at)
        .first(connection)
        .optional()?;
    if let Some(first) = first_of_most {
        let left = first.and_utc() + hour - now;
        // Rounded up, so that the client does not retry too early.
        let retry_after_s = u64::try_from(left.num_seconds()).unwrap_or_default() + 1;
        return Ok(Err(NoReplay::PerHour { retry_after_s }));
    }
    diesel::insert_into(replays::table)
        .values(ReplayRow::new(replay, organization_id)?)
        .execute(connection)?;
    let oldest: Option<String> = replays::table
        .filter(replays::profile_id.eq(replay.profile_id.to_string()))
        .order(replays::id.desc())
        .offset(REPLAYS_KEPT)
        .limit(1)
        .select(replays::id)
        .first(connection)
        .optional()?;
    if let Some(oldest) = oldest {
        let old = replays::table
            .filter(replays::profile_id.eq(replay.profile_id.to_string()))
            .filter(replays::id.le(oldest))
            .filter(replays::state.ne(RUNNING));
        diesel::delete(old).execute(connection)?;
    }
    Ok(Ok(()))
}

/// Stores the state of a running replay. A replay that has ended does not change.
pub fn note(
    connection: &mut Connection,
    organization_id: OrganizationId,
    replay: &Replay,
) -> Result<(), StoreError> {
    let row = ReplayRow::new(replay, organization_id)?;
    let found = replays::table
        .find(row.id)
        .filter(replays::organization_id.eq(row.organization_id))
        .filter(replays::state.eq(RUNNING));
    diesel::update(found)
        .set((
            replays::state.eq(row.state),
            replays::reason.eq(row.reason),
            replays::steps.eq(row.steps),
            replays::steps_done.eq(row.steps_done),
            replays::cost_micros.eq(row.cost_micros),
            replays::ended_at.eq(row.ended_at),
            replays::result.eq(row.result),
        ))
        .execute(connection)?;
    Ok(())
}

/// Ends a running replay at a user's request. Its result stays.
pub fn stop(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ReplayId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let found = replays::table
        .find(id.to_string())
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::state.eq(RUNNING));
    let stopped = diesel::update(found)
        .set((replays::state.eq("stopped"), replays::ended_at.eq(now.naive_utc())))
        .execute(connection)?;
    Ok(stopped > 0)
}

/// Ends the replays that are marked as running, at the start of a server: the one that ran them is gone. Otherwise they would count among those at
/// once until they are lost. Returns how many.
pub fn end_left(connection: &mut Connection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let left = replays::table.filter(replays::state.eq(RUNNING));
    let ended = (
        replays::state.eq("failed"),
        replays::reason.eq(LEFT_BY_SERVER),
        replays::ended_at.eq(now.naive_utc()),
    );
    Ok(diesel::update(left).set(ended).execute(connection)?)
}

/// Deletes at most `limit` runs of examples that began before then, oldest first. A run repeats what callers said, without naming their calls, which
/// may no longer be kept as examples. Returns how many.
pub(super) fn forget_runs(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: UnixMs,
    limit: i64,
) -> Result<usize, StoreError> {
    let ids: Vec<String> = replays::table
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::started_at.lt(column(before)))
        .filter(replays::kind.eq(EXAMPLES))
        .order(replays::started_at)
        .limit(limit)
        .select(replays::id)
        .load(connection)?;
    diesel::delete(replays::table.filter(replays::id.eq_any(&ids))).execute(connection)?;
    Ok(ids.len())
}

/// Deletes the examples that these calls are kept as, and all runs of their profiles' examples: a run repeats what callers said, without naming their
/// calls.
pub(super) fn forget_examples(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: &[String],
) -> Result<(), StoreError> {
    let kept = || examples::table.filter(examples::call_id.eq_any(calls));
    let profiles: Vec<String> = kept().select(examples::profile_id).distinct().load(connection)?;
    if profiles.is_empty() {
        return Ok(());
    }
    let runs = replays::table
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::profile_id.eq_any(&profiles))
        .filter(replays::kind.eq(EXAMPLES));
    diesel::delete(runs).execute(connection)?;
    diesel::delete(kept()).execute(connection)?;
    profiles.iter().for_each(|id| changes::note(organization_id, Thing::Profile, id));
    Ok(())
}

/// The ids of the examples in a run's result.
#[derive(Deserialize)]
struct ExamplesOfRun {
    #[serde(default)]
    examples: Vec<ExampleOfRun>,
}

#[derive(Deserialize)]
struct ExampleOfRun {
    example_id: String,
}

/// Returns the ids of an organization's runs of examples, oldest first.
pub fn runs(connection: &mut Connection, organization_id: OrganizationId) -> Result<Vec<String>, StoreError> {
    Ok(replays::table
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::kind.eq(EXAMPLES))
        .order(replays::started_at)
        .select(replays::id)
        .load(connection)?)
}

/// Returns those of these runs with an example that was removed since: only the example said whose words they repeat. A run whose result can't be
/// read is among them.
pub fn runs_of_removed(connection: &mut Connection, runs: &[String]) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String, String)> = replays::table
        .filter(replays::id.eq_any(runs))
        .select((replays::id, replays::result))
        .load(connection)?;
    let read = |(id, result): (String, String)| (id, serde_json::from_str::<ExamplesOfRun>(&result).ok());
    let found: Vec<(String, Option<ExamplesOfRun>)> = rows.into_iter().map(read).collect();
    let named = found.iter().filter_map(|(_, run)| run.as_ref()).flat_map(|run| &run.examples);
    let named: Vec<&str> = named.map(|example| example.example_id.as_str()).collect();
    let there: Vec<String> =
        examples::table.filter(examples::id.eq_any(&named)).select(examples::id).load(connection)?;
    let is_there = |example: &ExampleOfRun| there.contains(&example.example_id);
    let removed =
        found.iter().filter(|(_, run)| run.as_ref().is_none_or(|run| !run.examples.iter().all(is_there)));
    Ok(removed.map(|(id, _)| id.clone()).collect())
}

/// Deletes these runs of examples.
pub fn delete_runs(
    connection: &mut Connection,
    organization_id: OrganizationId,
    runs: &[String],
) -> Result<(), StoreError> {
    let these = || replays::table.filter(replays::id.eq_any(runs)).filter(replays::kind.eq(EXAMPLES));
    let profiles: Vec<String> = these().select(replays::profile_id).distinct().load(connection)?;
    diesel::delete(these()).execute(connection)?;
    profiles.iter().for_each(|id| changes::note(organization_id, Thing::Profile, id));
    Ok(())
}

/// The replay as it is shown: one that is marked as running and is lost has failed.
fn shown(replay: Replay, now: DateTime<Utc>) -> Replay {
    if replay.state == ReplayState::Running && replay.started_at.to_utc() < lost_before(now) {
        let reason = Some(LEFT_BY_SERVER.to_owned());
        return Replay { state: ReplayState::Failed, reason, ..replay };
    }
    replay
}

/// Returns the replays of a profile, newest first: at most `limit` before `before`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    (kind, before): (Option<ReplayKind>, Option<ReplayId>),
    (limit, now): (i64, DateTime<Utc>),
) -> Result<Vec<Replay>, StoreError> {
    let mut found = replays::table
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::profile_id.eq(profile_id.to_string()))
        .order(replays::id.desc())
        .limit(limit)
        .select(ReplayRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(replays::id.lt(before.to_string()));
    }
    if let Some(kind) = kind {
        found = found.filter(replays::kind.eq(match kind {
            ReplayKind::Call => "call",
            ReplayKind::Examples => EXAMPLES,
        }));
    }
    let rows = found.load(connection)?;
    rows.into_iter().map(|row| Ok(shown(row.into_replay()?, now))).collect()
}

/// Returns the replay with this id, of this profile.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    id: ReplayId,
    now: DateTime<Utc>,
) -> Result<Option<Replay>, StoreError> {
    let row = replays::table
        .find(id.to_string())
        .filter(replays::organization_id.eq(organization_id.to_string()))
        .filter(replays::profile_id.eq(profile_id.to_string()))
        .select(ReplayRow::as_select())
        .first(connection)
        .optional()?;
    row.map(|row| Ok(shown(row.into_replay()?, now))).transpose()
}

/// Returns the examples of a profile, oldest first.
pub fn examples_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
) -> Result<Vec<Example>, StoreError> {
    let rows = examples::table
        .filter(examples::organization_id.eq(organization_id.to_string()))
        .filter(examples::profile_id.eq(profile_id.to_string()))
        .order(examples::id)
        .select(ExampleRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(ExampleRow::into_example).collect::<Result<_, _>>()?)
}

/// Stores an example, or returns why not. The call, or its words, may have been deleted since the caller read them: an example without words has
/// nothing to replay, and would keep the call's row for ever.
pub fn create_example(
    connection: &mut Connection,
    organization_id: OrganizationId,
    example: &Example,
) -> Result<Result<(), ExampleRefused>, StoreError> {
    if !judging::has_words(connection, organization_id, example.call_id)? {
        let is_there = calls::find(connection, organization_id, example.call_id)?.is_some();
        return Ok(Err(if is_there { ExampleRefused::NoWords } else { ExampleRefused::NoSuchCall }));
    }
    let count: i64 = examples::table
        .filter(examples::profile_id.eq(example.profile_id.to_string()))
        .count()
        .get_result(connection)?;
    if count >= EXAMPLES_MAX {
        return Ok(Err(ExampleRefused::Full));
    }
    diesel::insert_into(examples::table)
        .values(ExampleRow::new(example, organization_id)?)
        .execute(connection)?;
    Ok(Ok(()))
}

/// Changes an example's name and expectations. Returns the changed example; none if there is none.
pub fn update_example(
    connection: &mut Connection,
    organization_id: OrganizationId,
    example: &Example,
) -> Result<Option<Example>, StoreError> {
    let row = ExampleRow::new(example, organization_id)?;
    let found = || {
        examples::table
            .find(row.id.clone())
            .filter(examples::organization_id.eq(row.organization_id.clone()))
            .filter(examples::profile_id.eq(row.profile_id.clone()))
    };
    diesel::update(found())
        .set((examples::name.eq(row.name.clone()), examples::expectations.eq(row.expectations.clone())))
        .execute(connection)?;
    let changed = found().select(ExampleRow::as_select()).first(connection).optional()?;
    Ok(changed.map(ExampleRow::into_example).transpose()?)
}

/// Removes an example. Returns false if there is none.
pub fn delete_example(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    id: ExampleId,
) -> Result<bool, StoreError> {
    let found = examples::table
        .find(id.to_string())
        .filter(examples::organization_id.eq(organization_id.to_string()))
        .filter(examples::profile_id.eq(profile_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
