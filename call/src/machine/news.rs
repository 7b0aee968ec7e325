//! Events of the caller while there was no assistant. The next one is told.

use cordboard_schema::line::Line;

use super::{Effects, Machine};
use crate::AssistantOrder;

/// Events of the caller while there was no assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedEvents {
    /// In words for the next assistant.
    pub(super) message: String,
    /// The first line that it says to the caller.
    pub(super) opening: Line,
}

impl Machine {
    /// Tells the assistant what it has missed, at once or when it is ready.
    pub(super) fn learns(&mut self, news: MissedEvents, fx: &mut Effects) {
        self.conversation.keep_missed_events(news);
        self.report_missed_events(fx);
    }

    /// Tells the assistant, if it is ready, what happened to the caller without it.
    pub(super) fn report_missed_events(&mut self, fx: &mut Effects) {
        if !self.conversation.has_ready_assistant() {
            return;
        }
        for news in self.conversation.take_missed_events() {
            self.order(AssistantOrder::Happened(news.message), fx);
        }
    }
}
