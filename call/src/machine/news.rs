//! Events of the caller while no assistant was there: the next one gets them.

use cordboard_schema::line::Line;

use super::{Effects, Machine};
use crate::AssistantOrder;

/// Events of the caller while no assistant was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedEvents {
    /// In words for the next one.
    pub(super) told: String,
    /// The first line of it that the caller hears.
    pub(super) opening: Line,
}

impl Machine {
    /// The assistant learns of the caller's missed events: at once, or once it is there.
    pub(super) fn learns(&mut self, news: MissedEvents, fx: &mut Effects) {
        self.conversation.keeps_news(news);
        self.tell_news(fx);
    }

    /// Tells the assistant the events that the caller had without it, once it is there.
    pub(super) fn tell_news(&mut self, fx: &mut Effects) {
        if self.conversation.has_ready_assistant()
            && let Some(news) = self.conversation.takes_news()
        {
            self.order(AssistantOrder::Happened(news.told), fx);
        }
    }
}
