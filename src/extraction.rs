//! Finds out what calls were about, once they are over and where their profiles ask for it: by the judge model where one is configured, else
//! by rules. One call at a time, of organizations in turns (`judging_turns.rs`).
//!
//! A call is due until what was found is kept (`store/extractions.rs`), so a killed server leaves it to the next one. A model that is away is
//! asked again; about a call that it can't or may not be asked about, or about which it answers badly again and again, the rules decide.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::extraction::{ExtractedBy, Findings, by_rules};
use cordboard_schema::ids::CallId;
use cordboard_schema::judging::NotJudged;
use tokio::time::{Instant, sleep, timeout};

use crate::judging_turns::{LOOK_ANEW, Turns};
use crate::live_calls;
use crate::repeated_failure::RepeatedFailure;
use crate::replays::{ChargedCall, Judge, Judged, Unanswered};
use crate::store::{
    AboutRows, CallToJudge, Connection, DueExtraction, FoundOfCall, Job, Store, StoreError, change, query,
};

/// Calls among which each organization's are found, the oldest: one that has more of them due than that keeps the others waiting for the rest.
const LOOKED_AT: i64 = 5_000;
/// From the end of a call until its row is written.
const WRITTEN: Duration = Duration::from_secs(1);
/// From then on until its last words are.
const SETTLED: Duration = Duration::from_secs(5);
/// Calls are looked for again so often, whether or not one has ended here: another server may have left one.
const LOOK: Duration = Duration::from_secs(600);
/// Until the model or the database is asked again that could not be asked.
const AWAY: Duration = Duration::from_secs(60);
/// How often a model that answers badly is asked about a call.
const BAD_ANSWERS_MAX: u32 = 3;
/// How often a model that does not answer at all is asked about a call: it may be this call that it does not answer.
const ASKED_MAX: u32 = 20;

/// Finds out what calls were about.
#[derive(Clone)]
pub struct Extractor {
    /// Store with calls.
    pub store: Store,
    /// The judge model; without one the rules decide.
    pub judge: Option<Judge>,
}

/// Why no call can be looked at now.
#[derive(Debug, thiserror::Error)]
enum NotExtracted {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the judge model can't be asked what calls were about: {0}")]
    Away(String),
}

impl AboutRows for NotExtracted {
    fn is_about_rows(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_about_rows())
    }
}

/// Findings in the words of a call.
struct Found {
    findings: Findings,
    by: ExtractedBy,
    /// Why the judge model was not asked, where one is configured.
    not_judged: Option<NotJudged>,
}

impl Extractor {
    /// Looks at calls for as long as the store is open.
    pub async fn run(self) {
        let mut tap = self.store.tap();
        let mut failures = RepeatedFailure::of("extraction");
        let mut turns = Turns::default();
        loop {
            let looked = failures.note(self.look(&mut turns).await, |error| {
                tracing::warn!(%error, "what calls were about can't be found out at the moment; it is tried again");
            });
            if looked.is_none() {
                sleep(AWAY).await;
                continue;
            }
            if timeout(LOOK, live_calls::an_end(&mut tap)).await == Ok(false) {
                return;
            }
            sleep(WRITTEN).await;
        }
    }

    /// Looks at the calls that are due, until only those are left of which a row can't be read. These stay due, and hold up no other.
    async fn look(&self, turns: &mut Turns) -> Result<(), NotExtracted> {
        let mut look = self.store.held_up().begin_pass(Job::Extraction);
        let mut unread: BTreeSet<CallId> = BTreeSet::new();
        // Rows whose ids are none: they stay in their places.
        let mut unreadable = 0;
        loop {
            let limit =
                LOOKED_AT.saturating_add(i64::try_from(unread.len() + unreadable).unwrap_or(i64::MAX));
            let due = move |connection: &mut Connection| query::extractions_due(connection, limit);
            let rows = self.store.reads().run(due).await?;
            let before = mem::replace(&mut unreadable, rows.iter().filter(|row| row.is_err()).count());
            let mut due = look.readable(rows);
            due.retain(|due| !unread.contains(&due.call_id));
            if due.is_empty() {
                if unreadable > before {
                    continue;
                }
                look.end();
                return Ok(());
            }
            sleep(SETTLED).await;
            let mut in_turn = turns.order(due, |call| call.organization_id);
            // A call that the model does not answer holds up no other one, whoever's that is.
            in_turn.sort_by_key(|call| call.asked);
            let began = Instant::now();
            for call in in_turn {
                if began.elapsed() >= LOOK_ANEW {
                    break;
                }
                let DueExtraction { organization_id, call_id, .. } = call;
                turns.begins(organization_id);
                if let Err(error) = self.look_at(call).await {
                    look.pass_over(organization_id, error)?;
                    unread.insert(call_id);
                }
            }
        }
    }

    async fn look_at(&self, due: DueExtraction) -> Result<(), NotExtracted> {
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
            let findings = by_rules::find(fields, topics, lines);
            Found { findings, by: ExtractedBy::Rules, not_judged }
        };
        if let Some(judge) = &self.judge {
            while asked < ASKED_MAX {
                // Each time: its own answers may have reached the cap.
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
                    Unanswered::Away(why) => return Err(NotExtracted::Away(why)),
                    _ if asked >= BAD_ANSWERS_MAX => break,
                    _ => {}
                }
            }
            tracing::warn!(%organization_id, %call_id, "the judge model has not told what a call was about; the rules do");
        }
        Ok(ruled(None))
    }
}

fn now() -> cordboard_schema::time::UnixMs {
    world::now().into()
}
