//! The page of the party at the caller's end of a call: whom they talk with, and the words. A leg that can show it gets
//! each change once, and everything again after a reconnect.

use std::collections::VecDeque;

use cordboard_schema::event::Event;
use cordboard_schema::ids::LegId;
use cordboard_schema::limits::WEB_AUDIO_LINES_KEPT;
use cordboard_schema::wire::web_audio::{CallerStatus, ShownLine};

use super::live_call::LiveCall;
use crate::messages::{Shown, ToLeg};

/// The page that was shown last, and the leg that got it.
#[derive(Debug, Default)]
pub(super) struct CallerPage {
    /// The caller's leg that got the view, and the party that it showed.
    sent: Option<(LegId, CallerStatus)>,
    /// The newest lines, for a connection that breaks and comes back.
    lines: VecDeque<ShownLine>,
    /// Number of lines so far.
    numbered: u64,
    /// Number of lines that the leg has not received yet.
    unsent: usize,
}

impl CallerPage {
    /// Takes in an event that is journalled, now or earlier by another process.
    pub(super) fn take(&mut self, event: &Event) {
        let Some(line) = ShownLine::of(event, self.numbered + 1) else { return };
        self.numbered += 1;
        if self.lines.len() == WEB_AUDIO_LINES_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        self.unsent = (self.unsent + 1).min(self.lines.len());
    }

    /// Returns the changes for the caller's leg, with the caller in this state.
    fn news(&mut self, leg: Option<LegId>, stand: CallerStatus) -> Vec<Shown> {
        let Some(leg) = leg else {
            self.sent = None;
            return Vec::new();
        };
        let before = self.sent.replace((leg, stand));
        let (is_new, is_current) = match before {
            Some((known, sent)) if known == leg => (false, sent == stand),
            _ => (true, false),
        };
        let first = if is_new { 0 } else { self.lines.len() - self.unsent };
        self.unsent = 0;
        let lines = self.lines.iter().skip(first).cloned().map(Shown::Line);
        (!is_current).then_some(Shown::Stand(stand)).into_iter().chain(lines).collect()
    }
}

impl LiveCall {
    /// Sends the caller's leg what has changed.
    pub(super) fn show_caller(&mut self) {
        let leg = self.machine.caller().filter(|leg| self.legs.line(*leg).is_some());
        let page = self.record.caller_page();
        let stand = match page.sent {
            // After the end, the caller is with nobody else.
            Some((_, sent)) if self.machine.has_ended() => sent,
            _ => self.machine.caller_status(),
        };
        let news = page.news(leg, stand);
        if let Some(line) = leg.and_then(|leg| self.legs.line(leg)) {
            for shown in news {
                line.order(ToLeg::Show(shown));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::event::Decision;

    use super::*;

    #[test]
    fn changes_are_sent_once_and_everything_to_a_new_leg() {
        let mut page = CallerPage::default();
        let said = |text: &str| Event::Decision(Decision::CallerSaid { text: text.to_owned() });
        let line = |number: u64, text: &str| Shown::Line(ShownLine::of(&said(text), number).unwrap());
        let (assistant, person) = (CallerStatus::Assistant, CallerStatus::Person);
        page.take(&said("one"));
        assert_eq!(page.news(None, assistant), []);
        assert_eq!(page.news(Some(LegId(1)), assistant), [Shown::Stand(assistant), line(1, "one")]);
        assert_eq!(page.news(Some(LegId(1)), assistant), []);
        page.take(&said("two"));
        assert_eq!(page.news(Some(LegId(1)), person), [Shown::Stand(person), line(2, "two")]);
        assert_eq!(page.news(Some(LegId(3)), person), [Shown::Stand(person), line(1, "one"), line(2, "two")]);
        for _ in 0..3 * WEB_AUDIO_LINES_KEPT {
            page.take(&said("more"));
        }
        assert_eq!(page.news(Some(LegId(3)), person).len(), WEB_AUDIO_LINES_KEPT);
    }
}
