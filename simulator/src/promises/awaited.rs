//! A caller at a telephone whose connection broke, or whose server was killed, is awaited for as long as their call says. If they do not come back, the
//! call ends then, with that as its cause.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::time::UnixMs;

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, Line};

const ENDS: &str = "a call whose caller does not come back ends in time";
const CAUSE: &str = "a call whose caller does not come back says so";

/// Time in which such a call ends, and its end is on disk if its process dies then, in ms.
const LATE_MS: u64 = 2_500;
/// A connection that arrives at the last moment has this long to join, in ms.
const JOINS_MS: u64 = 1_000;
/// Time after a database's return until everything is as before, in ms.
const DATABASE_MS: u64 = 5_000;

/// A fault: the promise, when it was due, in ms from the beginning of the world, and how it was broken.
type Fault = (&'static str, u64, String);

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let dies_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    for caller in evidence.callers.iter().filter(|caller| caller.line == Line::Audiosocket) {
        for book in evidence.books_of(caller) {
            let mut waiting = Waiting::default();
            for (event, life, at_ms) in evidence.entries(book) {
                let ended_ms = |life: usize| evidence.lives[life].ended_ms;
                waiting.takes(event, (life, at_ms), ended_ms, |until| evidence.ms_of(life, until));
            }
            for (promise, due_ms, how) in waiting.faults(|life| evidence.lives[life].ended_ms) {
                let is_troubled = evidence.plan.database_was_in_trouble(due_ms, DATABASE_MS);
                if due_ms + LATE_MS < dies_ms && !is_troubled {
                    complaints.add(promise, format!("call {}", book.row.id), how);
                }
            }
        }
    }
}

/// A caller who is awaited.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    until_ms: u64,
    life: usize,
    /// Whether they are awaited because their server was killed, or ends.
    by_death: bool,
}

/// Callers who are awaited, as far as a journal was read.
#[derive(Debug, Default)]
struct Waiting {
    awaited: Option<Awaited>,
    /// The newest fact is the beginning of a process.
    is_restarted: bool,
    /// The process takes no more calls: callers come back to the next one.
    is_draining: bool,
    faults: Vec<Fault>,
}

impl Waiting {
    /// Takes an entry of a life, with its time. `ended_ms` returns when a life ended, and `ms_of` converts a time of this life.
    fn takes(
        &mut self,
        event: &Event,
        (life, at_ms): (usize, u64),
        ended_ms: impl Fn(usize) -> u64,
        ms_of: impl Fn(UnixMs) -> u64,
    ) {
        let seen_ms = |awaited: Awaited| if awaited.life == life { at_ms } else { ended_ms(awaited.life) };
        self.is_late(seen_ms);
        if let Event::Fact(fact) = event {
            self.is_restarted = matches!(fact, Fact::ServerRestarted { .. });
            self.is_draining = !self.is_restarted && (self.is_draining || *fact == Fact::ServerDraining);
        }
        match event {
            Event::Decision(Decision::Interrupted { until }) => {
                self.awaited = Some(Awaited {
                    until_ms: ms_of(*until),
                    life,
                    by_death: self.is_restarted || self.is_draining,
                });
            }
            Event::Decision(Decision::Ended { ending, .. }) => {
                let Some(awaited) = self.awaited.take() else { return };
                let cause = match awaited.by_death {
                    true => HangupCause::server_restart(),
                    false => HangupCause::connection_lost(),
                };
                if awaited.life == life && at_ms >= awaited.until_ms && ending.cause != cause {
                    let how = format!("it ended at {at_ms} ms by {}, and not by {}", ending.cause.0, cause.0);
                    self.faults.push((CAUSE, awaited.until_ms, how));
                }
            }
            Event::Fact(Fact::LegArrived { .. }) => {
                if let Some(awaited) = &mut self.awaited {
                    awaited.until_ms = awaited.until_ms.max(at_ms + JOINS_MS);
                }
            }
            // A server that drains leaves its callers to the next one.
            Event::Fact(Fact::ServerDraining | Fact::ServerRestarted { .. })
            | Event::Decision(Decision::Resumed { .. } | Decision::Answered | Decision::Returning { .. }) => {
                self.awaited = None;
            }
            _ => {}
        }
    }

    /// Notes a caller who was still awaited at a moment that came too late.
    fn is_late(&mut self, seen_ms: impl Fn(Awaited) -> u64) {
        let Some(awaited) = self.awaited else { return };
        let (until_ms, seen_ms) = (awaited.until_ms, seen_ms(awaited));
        if seen_ms > until_ms + LATE_MS {
            let how = format!("they were to be awaited until {until_ms} ms, and were at {seen_ms} ms");
            self.faults.push((ENDS, until_ms, how));
            self.awaited = None;
        }
    }

    /// Returns the faults, after the last entry.
    fn faults(mut self, ended_ms: impl Fn(usize) -> u64) -> Vec<Fault> {
        self.is_late(|awaited| ended_ms(awaited.life));
        self.faults
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use cordboard_schema::call::{Ending, HangupBy};
    use cordboard_schema::dialplan::NextStep;

    use super::*;

    fn interrupted(until: i64) -> Event {
        Decision::Interrupted { until: UnixMs(until) }.into()
    }

    fn ended(cause: HangupCause) -> Event {
        let ending = Ending { cause, by: HangupBy::Server };
        Decision::Ended { ending, next: NextStep::Hangup }.into()
    }

    /// Plays entries of a life that lasts 60 s, with their times; returns the promises that were broken.
    fn broken(entries: &[(Event, u64)]) -> Vec<&'static str> {
        let mut waiting = Waiting::default();
        for (event, at_ms) in entries {
            let ms_of = |until: UnixMs| u64::try_from(until.0).unwrap();
            waiting.takes(event, (0, *at_ms), |_| 60_000, ms_of);
        }
        waiting.faults(|_| 60_000).into_iter().map(|(promise, ..)| promise).collect()
    }

    #[test]
    fn a_caller_who_stays_away_is_awaited_no_longer() {
        let lost = (interrupted(7_000), 2_000);
        let ends = |at_ms| [lost.clone(), (ended(HangupCause::connection_lost()), at_ms)];
        assert!(broken(&ends(7_000)).is_empty() && broken(&ends(9_500)).is_empty());
        assert_eq!(broken(&ends(9_501)), [ENDS]);
        assert_eq!(broken(slice::from_ref(&lost)), [ENDS], "it never ends");
        let resumed: Event = Decision::Resumed { away_ms: 1_000 }.into();
        assert!(broken(&[lost, (resumed, 3_000)]).is_empty());
    }

    #[test]
    fn a_call_ends_by_the_loss_of_its_caller() {
        let lost = (interrupted(7_000), 2_000);
        let killed: Event = Fact::ServerRestarted { recorded_ms: None, away_ms: None }.into();
        let restarted = (HangupCause::server_restart(), HangupCause::connection_lost());
        let (by_death, by_loss) = (ended(restarted.0), ended(restarted.1));
        assert_eq!(broken(&[lost.clone(), (by_death.clone(), 7_000)]), [CAUSE]);
        let after_death = |end: Event| [(killed.clone(), 2_000), lost.clone(), (end, 7_000)];
        assert!(broken(&after_death(by_death)).is_empty());
        assert_eq!(broken(&after_death(by_loss)), [CAUSE]);
        let drains: Event = Fact::ServerDraining.into();
        let after_drain = [(drains, 1_000), lost.clone(), (ended(HangupCause::server_restart()), 7_000)];
        assert!(broken(&after_drain).is_empty(), "they were left to the next process");
        let hung_up = ended(HangupCause::normal_clearing());
        assert!(broken(&[lost, (hung_up, 6_000)]).is_empty(), "a program ended it");
    }
}
