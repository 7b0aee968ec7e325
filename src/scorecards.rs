//! Lets the judge model fill in the scorecards of ended calls, if organizations ask for it: one call at a time, with organizations in turns
//! (`organization_turns.rs`), the oldest call of each first. People can correct the result.

use std::collections::HashMap;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::quality::CallScore;
use cordboard_schema::time::UnixMs;
use tokio::time::{Instant, sleep, timeout};

use crate::live_calls;
use crate::organization_turns::{RECHECK_AFTER, Turns};
use crate::replays::{ChargedCall, Judge, Judged, Unanswered};
use crate::store::{Connection, Job, Store, StoreError, ToScore, change, query};

/// Calls that began longer ago, in ms, are left alone.
const SINCE_MS: u64 = 24 * 3_600_000;
/// The newest calls of that time that are checked, per organization.
const CALLS_READ_MAX: i64 = 1_000;
/// How long after the end of a call its last words are written.
const SETTLED: Duration = Duration::from_secs(5);
/// Interval of searches for calls, even if none has ended: a scorecard may have changed.
const CHECK_INTERVAL: Duration = Duration::from_secs(600);
/// Pause before an unreachable judge is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(60);
/// How often a judge that answers badly is asked about a call.
const ASKED_MAX: u8 = 3;
/// Calls remembered as asked about: more than can be checked.
const REMEMBERED_MAX: usize = 50_000;

/// Lets scorecards be filled in.
#[derive(Clone)]
pub struct ScorecardFiller {
    /// Store with calls and scorecards.
    pub store: Store,
    /// The judge model.
    pub judge: Judge,
}

/// Earlier attempts for a call.
#[derive(Clone, Copy, Default)]
struct EarlierTries {
    /// It is not asked about again.
    is_done: bool,
    /// How often the answer was bad.
    badly: u8,
    /// How often there was no answer. The call itself may be the cause.
    unanswered: u16,
}

/// Result for a call.
enum Filled {
    /// It is scored, or never will be.
    Done,
    /// It is asked about again.
    BadAnswer,
    /// The judge can't be asked about any call now.
    Unreachable,
}

impl ScorecardFiller {
    /// Fills in scorecards for as long as the store is open.
    pub async fn run(self) {
        let mut tap = self.store.tap();
        let mut asked: HashMap<CallId, EarlierTries> = HashMap::new();
        let mut turns = Turns::default();
        loop {
            let pause = self.fill(&mut asked, &mut turns).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "calls whose scorecards are due can't be read; trying again later");
                Some(RETRY_PAUSE)
            });
            if let Some(pause) = pause {
                sleep(pause).await;
                continue;
            }
            if timeout(CHECK_INTERVAL, live_calls::an_end(&mut tap)).await == Ok(false) {
                return;
            }
            sleep(SETTLED).await;
            live_calls::written(&self.store).await;
        }
    }

    /// Fills in the due scorecards. Returns how long to wait before it continues, if it can't be done now.
    async fn fill(
        &self,
        asked: &mut HashMap<CallId, EarlierTries>,
        turns: &mut Turns<OrganizationId>,
    ) -> Result<Option<Duration>, StoreError> {
        if asked.len() > REMEMBERED_MAX {
            asked.clear();
        }
        let since = UnixMs::from(world::now()) - SINCE_MS;
        let read_due =
            move |connection: &mut Connection| query::calls_to_score(connection, since, CALLS_READ_MAX);
        let mut is_asked_again = false;
        let rows = self.store.reads().run(read_due).await?;
        let mut pass = self.store.job_faults().begin_pass(Job::Scorecards);
        let mut calls = turns.order(pass.readable(rows), |call| call.organization_id);
        // A call for which there is no answer delays no other, of any organization.
        calls.sort_by_key(|call| asked.get(&call.call_id).map_or(0, |asked| asked.unanswered));
        let began = Instant::now();
        for call in calls {
            let asked = asked.entry(call.call_id).or_default();
            if asked.is_done {
                continue;
            }
            if began.elapsed() >= RECHECK_AFTER {
                return Ok(Some(Duration::ZERO));
            }
            turns.begins(call.organization_id);
            let filled = match self.fill_in(&call).await {
                Ok(filled) => filled,
                // A row of it can't be read.
                Err(error) => {
                    pass.pass_over(call.organization_id, error)?;
                    continue;
                }
            };
            match filled {
                Filled::Done => asked.is_done = true,
                Filled::BadAnswer => {
                    asked.badly += 1;
                    asked.is_done = asked.badly >= ASKED_MAX;
                    is_asked_again |= !asked.is_done;
                }
                Filled::Unreachable => {
                    asked.unanswered = asked.unanswered.saturating_add(1);
                    return Ok(Some(RETRY_PAUSE));
                }
            }
        }
        pass.end();
        Ok(is_asked_again.then_some(SETTLED))
    }

    async fn fill_in(&self, call: &ToScore) -> Result<Filled, StoreError> {
        let ToScore { organization_id, call_id, card } = call;
        let (organization_id, call_id) = (*organization_id, *call_id);
        let read =
            move |connection: &mut Connection| query::call_to_judge(connection, organization_id, call_id);
        let said = self.store.reads().run(read).await?.filter(|call| !call.lines.is_empty());
        let Some(said) = said else { return Ok(Filled::Done) };
        if let Some(why) = self.judge.not_asked(&self.store, &said).await? {
            let note = move |connection: &mut Connection| {
                change::note_not_judged(connection, organization_id, call_id, why)
            };
            self.store.change(note).await?;
            return Ok(Filled::Done);
        }
        let charged = ChargedCall { store: &self.store, organization_id, call_id };
        let Judged { answer, .. } = self.judge.score(&charged, card, &said.lines).await?;
        let answers = match answer {
            Ok(answers) => answers,
            Err(fault) => {
                tracing::warn!(%organization_id, %call_id, %fault, "the judge model did not fill in a scorecard");
                return Ok(match fault {
                    Unanswered::TooLong => Filled::Done,
                    Unanswered::BadAnswer => Filled::BadAnswer,
                    Unanswered::Unreachable(_) => Filled::Unreachable,
                });
            }
        };
        let by_model = (None, Some(self.judge.model().to_owned()));
        let score = CallScore::filled_in(call_id, answers, by_model, world::now().into());
        let keep =
            move |connection: &mut Connection| change::fill_in_score(connection, organization_id, &score);
        self.store.change(keep).await?;
        Ok(Filled::Done)
    }
}
