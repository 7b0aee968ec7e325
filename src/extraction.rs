//! Finds out what calls were about, after they are over and if their profiles ask for it: with the judge model if one is configured, otherwise by
//! rules. It handles one call at a time, with organizations in turns (`organization_turns.rs`).
//!
//! A call is due until its result is stored (`store/extractions.rs`), so after a crash the next server continues. A model that can't be reached is
//! asked again. The rules decide about calls for which the model can't or may not be used, and about those that it repeatedly answers badly.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::extraction::{ExtractedBy, Findings, by_rules};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::judging::NotJudged;
use tokio::time::{Instant, sleep, timeout};

use crate::live_calls;
use crate::organization_turns::{RECHECK_AFTER, Turns};
use crate::repeated_failure::RepeatedFailure;
use crate::replays::{ChargedCall, Judge, Judged, Unanswered};
use crate::store::{
    AboutRows, CallToJudge, Connection, DueExtraction, FoundOfCall, Job, Store, StoreError, change, query,
};

/// Calls that are examined of an organization at most, oldest first. If more of its calls are due, the rest waits until the others had their turn.
const CALLS_READ_MAX: i64 = 5_000;
/// How long after the end of a call its row is handed in.
const WRITTEN: Duration = Duration::from_secs(1);
/// How long after that its last words are written.
const SETTLED: Duration = Duration::from_secs(5);
/// Interval of searches for due calls, even if none has ended here: another server may have left one.
const CHECK_INTERVAL: Duration = Duration::from_secs(600);
/// Pause before an unreachable model or database is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(60);
/// How often a model that answers badly is asked about a call.
const BAD_ANSWERS_MAX: u32 = 3;
/// How often a model that does not answer is asked about a call. The call itself may be the cause.
const ASKED_MAX: u32 = 20;

/// Finds out what calls were about.
#[derive(Clone)]
pub struct Extractor {
    /// Store with calls.
    pub store: Store,
    /// The judge model. Without one the rules decide.
    pub judge: Option<Judge>,
}

/// Why no call can be examined now.
#[derive(Debug, thiserror::Error)]
enum NotExtracted {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the judge model can't be asked what calls were about: {0}")]
    Unreachable(String),
}

impl AboutRows for NotExtracted {
    fn is_about_rows(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_about_rows())
    }
}

/// The findings in the words of a call.
struct Found {
    findings: Findings,
    by: ExtractedBy,
    /// Why the judge model was not asked, if one is configured.
    not_judged: Option<NotJudged>,
}

impl Extractor {
    /// Examines calls for as long as the store is open.
    pub async fn run(self) {
        let mut tap = self.store.tap();
        let mut failures = RepeatedFailure::of("extraction");
        let mut turns = Turns::default();
        loop {
            let outcome = failures.note(self.run_pass(&mut turns).await, |error| {
                tracing::warn!(%error, "what calls were about can't be found out at the moment; trying again later");
            });
            if outcome.is_none() {
                sleep(RETRY_PAUSE).await;
                continue;
            }
            if timeout(CHECK_INTERVAL, live_calls::an_end(&mut tap)).await == Ok(false) {
                return;
            }
            sleep(WRITTEN).await;
            live_calls::written(&self.store).await;
        }
    }

    /// Examines the due calls, until only those with an unreadable row are left. These stay due, and delay no others.
    async fn run_pass(&self, turns: &mut Turns<OrganizationId>) -> Result<(), NotExtracted> {
        let mut pass = self.store.job_faults().begin_pass(Job::Extraction);
        let mut unread: BTreeSet<CallId> = BTreeSet::new();
        // Rows with invalid ids. They stay where they are.
        let mut unreadable = 0;
        loop {
            let limit =
                CALLS_READ_MAX.saturating_add(i64::try_from(unread.len() + unreadable).unwrap_or(i64::MAX));
            let due = move |connection: &mut Connection| query::extractions_due(connection, limit);
            let rows = self.store.reads().run(due).await?;
            let before = mem::replace(&mut unreadable, rows.iter().filter(|row| row.is_err()).count());
            let mut due = pass.readable(rows);
            due.retain(|due| !unread.contains(&due.call_id));
            if due.is_empty() {
                if unreadable > before {
                    continue;
                }
                pass.end();
                return Ok(());
            }
            sleep(SETTLED).await;
            let mut in_turn = turns.order(due, |call| call.organization_id);
            // A call that the model does not answer delays no other, of any organization.
            in_turn.sort_by_key(|call| call.asked);
            let began = Instant::now();
            for call in in_turn {
                if began.elapsed() >= RECHECK_AFTER {
                    break;
                }
                let DueExtraction { organization_id, call_id, .. } = call;
                turns.begins(organization_id);
                if let Err(error) = self.extract_from(call).await {
                    pass.pass_over(organization_id, error)?;
                    unread.insert(call_id);
                }
            }
        }
    }

    async fn extract_from(&self, due: DueExtraction) -> Result<(), NotExtracted> {
        let DueExtraction { organization_id, call_id, .. } = due;
        let read =
            move |connection: &mut Connection| query::call_to_judge(connection, organization_id, call_id);
        let (found, not_judged) = match self.store.reads().run(read).await? {
            None => (None, None),
            Some(CallToJudge { profile, lines, .. }) if lines.is_empty() => {
                let (findings, by) = (Findings::default(), ExtractedBy::Rules);
                (Some(FoundOfCall { profile, findings, by, at: now() }), None)
            }
            Some(call) => {
                let Found { findings, by, not_judged } = self.find(due, &call).await?;
                (Some(FoundOfCall { profile: call.profile, findings, by, at: now() }), not_judged)
            }
        };
        let keep = move |connection: &mut Connection| {
            if let Some(why) = not_judged {
                change::note_not_judged(connection, organization_id, call_id, why)?;
            }
            change::keep_extraction(connection, organization_id, call_id, found.as_ref())
        };
        self.store.change(keep).await?;
        Ok(())
    }

    /// Finds values and topics in the words of a call.
    async fn find(&self, due: DueExtraction, call: &CallToJudge) -> Result<Found, NotExtracted> {
        let DueExtraction { organization_id, call_id, mut asked } = due;
        let CallToJudge { profile, lines, .. } = call;
        let (fields, topics) = (&profile.extraction, &profile.topics);
        let ruled = |not_judged| {
            let findings = by_rules::find(&profile.language, fields, topics, lines);
            Found { findings, by: ExtractedBy::Rules, not_judged }
        };
        if let Some(judge) = &self.judge {
            while asked < ASKED_MAX {
                // Checked each time, because its own answers may have reached the cap.
                if let Some(why) = judge.not_asked(&self.store, call).await? {
                    return Ok(ruled(Some(why)));
                }
                let charged = ChargedCall { store: &self.store, organization_id, call_id };
                let Judged { answer, .. } = judge.extract(&charged, fields, topics, lines).await?;
                let fault = match answer {
                    Ok(findings) => {
                        let by = ExtractedBy::Model;
                        return Ok(Found { findings, by, not_judged: None });
                    }
                    Err(fault) => fault,
                };
                if matches!(fault, Unanswered::TooLong) {
                    break;
                }
                asked += 1;
                let note = move |connection: &mut Connection| {
                    change::note_extraction_asked(connection, organization_id, call_id)
                };
                self.store.change(note).await?;
                match fault {
                    Unanswered::Unreachable(why) => return Err(NotExtracted::Unreachable(why)),
                    _ if asked >= BAD_ANSWERS_MAX => break,
                    _ => {}
                }
            }
            tracing::warn!(%organization_id, %call_id, "the judge model did not say what a call was about; the rules decide");
        }
        Ok(ruled(None))
    }
}

fn now() -> cordboard_schema::time::UnixMs {
    world::now().into()
}
