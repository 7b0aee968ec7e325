//! What befell the caller while no assistant was there: the next one is told.

use cordboard_schema::line::Line;

use super::{Effects, Machine};
use crate::AssistantOrder;

/// What befell the caller while no assistant was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedEvents {
    /// In words for the next one.
    pub(super) told: String,
    /// What the caller hears first of it.
    pub(super) opening: Line,
}

impl Machine {
    /// The assistant learns what befell the caller: at once, or once it is there.
    pub(super) fn learns(&mut self, news: MissedEvents, fx: &mut Effects) {
        self.conversation.news = Some(news);
        self.tell_news(fx);
    }

    /// Tells the assistant what befell the caller without it, once it is there.
    pub(super) fn tell_news(&mut self, fx: &mut Effects) {
        if self.conversation.assistant.is_some_and(|assistant| assistant.ready)
            && let Some(news) = self.conversation.news.take()
        {
            self.order(AssistantOrder::Happened(news.told), fx);
        }
    }

    /// The first words to a caller who is back from wherever they were.
    pub(super) fn words_to_returner(&self) -> Line {
        self.conversation.news.as_ref().map_or(Line::WelcomeBack, |news| news.opening)
    }
}
