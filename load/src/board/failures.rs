//! Failures in words, and the lines of the server's log about their calls.

use uuid::Uuid;

use super::{Board, CallNumber};

/// Failures that are reported in words; all are counted.
const FAILURES_SHOWN_MAX: usize = 20;

/// Calls with failures that are looked up in the server's log.
const FAILED_CALLS_MAX: usize = 3;

impl Board {
    /// Notes the id of a call's channel at its switch, which the server's log contains.
    pub(in super::super) fn has_channel(&mut self, call: CallNumber, channel: Uuid) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.channel = Some(channel);
        }
    }

    /// Notes a failure.
    pub(in super::super) fn fail(&mut self, what: String) {
        self.measured.failure_count += 1;
        if self.measured.failures.len() < FAILURES_SHOWN_MAX {
            self.measured.failures.push(what);
        }
    }

    /// Notes a failure of a call.
    pub(in super::super) fn fail_call(&mut self, call: CallNumber, what: &str) {
        self.fail(format!("call {}: {what}", call.0));
        if self.failed.len() < FAILED_CALLS_MAX && !self.failed.contains(&call) {
            self.failed.push(call);
        }
    }

    /// The first calls with failures whose channels are known.
    pub(in super::super) fn failed_channels(&self) -> Vec<(CallNumber, Uuid)> {
        let named = |call: &CallNumber| {
            let channel = self.calls.get(usize::from(call.0))?.channel?;
            Some((*call, channel))
        };
        self.failed.iter().filter_map(named).collect()
    }

    /// Adds the server's log lines about a call to the failures in words.
    pub(in super::super) fn explain(&mut self, call: CallNumber, log: &[String]) {
        let shown = log.iter().map(|line| format!("call {}, by the server's log: {line}", call.0));
        self.measured.failures.extend(shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_explained_by_the_servers_log() {
        let mut board = Board::default();
        let [quiet, other, failed] = [board.add_call(), board.add_call(), board.add_call()];
        let channel = Uuid::from_u128(7);
        board.has_channel(quiet, Uuid::from_u128(6));
        board.has_channel(failed, channel);
        board.fail_call(failed, "gone");
        board.fail_call(failed, "never heard");
        board.fail_call(other, "it has no channel");
        assert_eq!(board.failed_channels(), [(failed, channel)]);
        board.explain(failed, &["ended".to_owned()]);
        let shown = ["call 2: gone", "call 2: never heard", "call 1: it has no channel"];
        assert_eq!(board.measured.failures[..3], shown);
        assert_eq!(board.measured.failures[3..], ["call 2, by the server's log: ended"]);
        assert_eq!(board.measured.failure_count, 3, "log lines are not failures");
    }
}
