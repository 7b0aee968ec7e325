//! Failures in a row of a job that runs again and again: the log has the first of them, and the job's recovery.

/// Failures of one job.
#[derive(Debug)]
pub(crate) struct RepeatedFailure {
    /// The job's name, as the log has it.
    job: &'static str,
    is_failing: bool,
}

impl RepeatedFailure {
    /// A job that has not failed yet.
    pub(crate) const fn of(job: &'static str) -> Self {
        Self { job, is_failing: false }
    }

    /// Takes the outcome of a run. The first error in a row is passed to `log`; the first success after an error is logged here.
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
    fn of_failures_in_a_row_the_first_is_logged() {
        let mut failures = RepeatedFailure::of("a job");
        let mut logged = Vec::new();
        for outcome in [Ok(1), Err("a"), Err("b"), Ok(2), Err("c")] {
            let done = failures.note(outcome, |error| logged.push(error));
            assert_eq!(done, outcome.ok());
        }
        assert_eq!(logged, ["a", "c"]);
    }
}
