//! Consecutive failures of a job that runs repeatedly: the first one is logged, and the job's recovery.

/// Failures of one job.
#[derive(Debug)]
pub(crate) struct RepeatedFailure {
    /// The job's name in the log.
    job: &'static str,
    is_failing: bool,
}

impl RepeatedFailure {
    /// Makes the record of a job that has not failed yet.
    pub(crate) const fn of(job: &'static str) -> Self {
        Self { job, is_failing: false }
    }

    /// Notes the result of a run. The first error in a row is passed to `log`; the first success after an error is logged here.
    pub(crate) fn note<T, E>(&mut self, outcome: Result<T, E>, log: impl FnOnce(E)) -> Option<T> {
        let was_failing = std::mem::replace(&mut self.is_failing, outcome.is_err());
        match outcome {
            Ok(done) => {
                if was_failing {
                    tracing::info!(job = self.job, "works again");
                }
                Some(done)
            }
            Err(error) => {
                if !was_failing {
                    log(error);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_of_consecutive_failures_is_logged() {
        let mut failures = RepeatedFailure::of("a job");
        let mut logged = Vec::new();
        for outcome in [Ok(1), Err("a"), Err("b"), Ok(2), Err("c")] {
            let done = failures.note(outcome, |error| logged.push(error));
            assert_eq!(done, outcome.ok());
        }
        assert_eq!(logged, ["a", "c"]);
    }
}
