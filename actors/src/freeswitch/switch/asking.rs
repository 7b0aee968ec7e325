//! Requests about extensions: the requesters, and how long an answer is useful.

use cordboard_schema::switch::ExtensionChecked;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::Command;
use tracing::debug;

use super::extension::{About, Finding, Inquiry};
use super::{Awaited, Freeswitch};
use crate::messages::Phone;
use crate::switches::AnswerTo;

/// Time limit for the answer, in ms: a caller is on the line.
const INQUIRY_MS_MAX: u64 = 2_000;

/// The requester of an open check.
#[derive(Debug)]
pub(super) struct Asker {
    inquiry: Inquiry,
    answer_to: AnswerTo,
    until: UnixMs,
}

impl Freeswitch {
    /// Checks an extension, or reports at once that it can't be checked.
    pub(super) fn inquire(&mut self, phone: &Phone, answer_to: AnswerTo, now: UnixMs) {
        let domain = phone.domain().or(self.domain.as_deref()).filter(|_| self.link.is_up());
        let inquiry = domain.and_then(|domain| Inquiry::new(phone.number(), domain).ok());
        let Some(inquiry) = inquiry else { return answer_to.say(None) };
        let number = self.next_inquiry;
        self.next_inquiry += 1;
        for (about, command) in inquiry.questions() {
            self.ask(&Command::Api(command), Awaited::Extension { inquiry: number, about }, now);
        }
        self.inquiries.insert(number, Asker { inquiry, answer_to, until: now + INQUIRY_MS_MAX });
    }

    pub(super) fn inquiry_answered(&mut self, number: u64, about: About, text: &str) {
        let Some(asker) = self.inquiries.get_mut(&number) else { return };
        let checked = match asker.inquiry.answered(about, text) {
            Finding::Open => return,
            Finding::Found(checked) => Some(checked),
            Finding::Unreadable => {
                debug!(switch = %self.settings.name, ?about, text, "the switch's answer about an extension can't be used");
                None
            }
        };
        self.close_inquiry(number, checked);
    }

    pub(super) fn inquiries_lost(&mut self) {
        for (_, asker) in std::mem::take(&mut self.inquiries) {
            asker.answer_to.say(None);
        }
    }

    pub(super) fn inquiries_expired(&mut self, now: UnixMs) {
        // All of them wait equally long, so the oldest is the first to be late.
        while let Some((&number, _)) =
            self.inquiries.first_key_value().filter(|(_, asker)| asker.until <= now)
        {
            self.close_inquiry(number, None);
        }
    }

    pub(super) fn inquiries_deadline(&self) -> Option<UnixMs> {
        self.inquiries.first_key_value().map(|(_, asker)| asker.until)
    }

    fn close_inquiry(&mut self, number: u64, checked: Option<ExtensionChecked>) {
        if let Some(asker) = self.inquiries.remove(&number) {
            asker.answer_to.say(checked);
        }
    }
}
