//! State of a channel as reported to a call, for a call that may have missed a report. Pure.

use std::collections::VecDeque;

use cordboard_schema::event::Fact;

/// Number of results of actions that are kept.
const RESULTS_KEPT: usize = 8;

/// The last report on each subject.
#[derive(Debug, Default)]
pub(super) struct LastReports {
    answered: Option<Fact>,
    bridge: Option<Fact>,
    hold: Option<Fact>,
    results: VecDeque<Fact>,
    /// A notice that the channel is gone, which may arrive before the report of its hang-up, or without one.
    gone: Option<Fact>,
    hangup: Option<Fact>,
}

impl LastReports {
    /// Notes a fact that the call gets.
    pub(super) fn note(&mut self, fact: &Fact) {
        let place = match fact {
            Fact::ChannelAnswered => &mut self.answered,
            Fact::Bridged { .. } | Fact::Unbridged => &mut self.bridge,
            Fact::Held | Fact::Unheld => &mut self.hold,
            Fact::ChannelGone => &mut self.gone,
            Fact::Hangup { .. } => &mut self.hangup,
            Fact::ActionDone { .. } => {
                if self.results.len() == RESULTS_KEPT {
                    self.results.pop_front();
                }
                self.results.push_back(fact.clone());
                return;
            }
            _ => return,
        };
        *place = Some(fact.clone());
    }

    /// Returns whether the hang-up of the channel was reported to the call.
    pub(super) fn has_hung_up(&self) -> bool {
        self.hangup.is_some()
    }

    /// Returns all reports again. A call that knows them already learns nothing.
    pub(super) fn again(&self) -> Vec<Fact> {
        let Self { answered, bridge, hold, results, gone, hangup } = self;
        let before = [answered, bridge, hold].into_iter().flatten();
        before.chain(results).chain(gone).chain(hangup).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_report_on_each_subject_is_repeated() {
        let mut standing = LastReports::default();
        for fact in [Fact::Held, Fact::ChannelAnswered, Fact::Unheld, Fact::ChannelGone] {
            standing.note(&fact);
        }
        assert_eq!(standing.again(), [Fact::ChannelAnswered, Fact::Unheld, Fact::ChannelGone]);
        assert!(!standing.has_hung_up(), "no hang-up was reported");
    }
}
