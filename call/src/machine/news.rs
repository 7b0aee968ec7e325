//! What happened to the caller while there was no assistant. The next one is told.

use cordboard_schema::line::Line;

use super::{Effects, Machine};
use crate::AssistantOrder;

/// What happened to the caller while there was no assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedEvents {
    /// In words for the next assistant.
    pub(super) told: String,
    /// The first line that it says to the caller.
    pub(super) opening: Line,
}

impl Machine {
    /// Tells the assistant what it has missed, at once or when it is ready.
    pub(super) fn learns(&mut self, news: MissedEvents, fx: &mut Effects) {
        self.conversation.keeps_news(news);
        self.tell_news(fx);
    }

    /// Tells the assistant, if it is ready, what happened to the caller without it.
    pub(super) fn tell_news(&mut self, fx: &mut Effects) {
        if self.conversation.has_ready_assistant()
            && let Some(news) = self.conversation.takes_news()
        {
            self.order(AssistantOrder::Happened(news.told), fx);
        }
    }
}
