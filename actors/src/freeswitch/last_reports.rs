//! How a channel stands, as a call was told: for a call that may have missed a word. Pure.

use std::collections::VecDeque;

use cordboard_schema::event::Fact;

/// Results of actions that are kept.
const RESULTS_KEPT: usize = 8;

/// The last word on each subject.
#[derive(Debug, Default)]
pub(super) struct LastReports {
    answered: Option<Fact>,
    bridge: Option<Fact>,
    hold: Option<Fact>,
    results: VecDeque<Fact>,
    hangup: Option<Fact>,
}

impl LastReports {
    /// The call is told this.
    pub(super) fn note(&mut self, fact: &Fact) {
        let place = match fact {
            Fact::ChannelAnswered => &mut self.answered,
            Fact::Bridged { .. } | Fact::Unbridged => &mut self.bridge,
            Fact::Held | Fact::Unheld => &mut self.hold,
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

    /// Whether the call was told that the channel has hung up.
    pub(super) fn has_hung_up(&self) -> bool {
        self.hangup.is_some()
    }

    /// All of it once more. Whoever knows it learns nothing.
    pub(super) fn again(&self) -> Vec<Fact> {
        let Self { answered, bridge, hold, results, hangup } = self;
        let before = [answered, bridge, hold].into_iter().flatten();
        before.chain(results).chain(hangup).cloned().collect()
    }
}
