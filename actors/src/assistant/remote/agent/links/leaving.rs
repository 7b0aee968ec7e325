//! A connection that the server is about to end: it is left at the next pause, unnoticed. The caller's words are kept until the
//! next one is ready, and sent there.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;

use super::super::Session;
use super::super::dialect::Dialect;
use super::{Links, SHORT_MS};
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::LinkId;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::losses_in_a_row::LOSSES_MAX;
use crate::assistant::remote::outage::Outage;

/// Time before its end at which a connection is left in the middle of the conversation if there was no pause, in ms.
const LEFT_BEFORE_MS: u64 = 1_500;
/// Time before the end of a conversation from which on a pause is used to go on in the next one, in ms.
const EARLY_MS: u64 = 30_000;
/// The end of a conversation that would come sooner than this is taken for unknown.
const EXPIRY_MS_MIN: u64 = 2 * EARLY_MS;

impl Links {
    /// Notes that the server ends this connection at this time.
    pub(in crate::assistant::remote::agent) fn leaves(&mut self, id: LinkId, ends_at: UnixMs) {
        self.left_by(id, (UnixMs(0), ends_at - LEFT_BEFORE_MS));
    }

    /// Notes between which times a connection is left. If a server reports several ends, the earliest counts.
    fn left_by(&mut self, id: LinkId, (from, by): (UnixMs, UnixMs)) {
        if let Some(link) = self.find_mut(id) {
            let (known_from, known_by) = link.left_by.unwrap_or((from, by));
            link.left_by = Some((from.min(known_from), by.min(known_by)));
        }
    }

    /// Notes when the conversation on this connection ends. An end that is almost now means that the two clocks differ.
    pub(in crate::assistant::remote::agent) fn expires(&mut self, id: LinkId, ends_at: UnixMs, now: UnixMs) {
        if ends_at.ms_since(now) < EXPIRY_MS_MIN {
            return;
        }
        self.left_by(id, (ends_at - EARLY_MS, ends_at - LEFT_BEFORE_MS));
    }
}

impl<D: Dialect> Session<D> {
    /// Leaves a connection that the server is about to end: at a pause, or without one in the middle of the conversation.
    pub(super) fn mind_leaving(&mut self) {
        let Some((id, (from, by))) = self.links.live().and_then(|link| Some((link.id, link.left_by?))) else {
            return;
        };
        if from > self.now {
            return;
        }
        let is_due = by <= self.now;
        // Output that is due or in progress is lost with the connection; finished output plays on.
        let is_busy = self.asked.is_some()
            || self.answer_due_since.is_some()
            || self.hearing.is_answer_awaited(self.now)
            || !self.tools.is_empty()
            || self.answer.as_ref().is_some_and(|answer| !answer.has_come());
        let is_pause = !is_busy && self.hearing.is_quiet() && !self.voice.is_open();
        if is_pause && self.voice.playout.until <= self.now || is_due && !is_busy {
            self.leave(id);
        } else if is_due {
            let reason = "the provider ends the connection, and no pause came before";
            self.link_broke(ProviderFault::new(ProviderFailure::SessionExpired, reason));
        }
    }

    /// Leaves a connection for the next one.
    fn leave(&mut self, id: LinkId) {
        let goodbye = self.dialect.goodbye();
        goodbye.into_iter().for_each(|message| self.send(message));
        self.acts.push(Act::Close(id));
        let left = self.links.link.take();
        self.send_postponed();
        self.answer = None;
        self.finish_open();
        self.voice.of_others_until = self.voice.playout.until;
        self.tools_lost();
        self.links.doubts_since = None;
        let reason = "the provider has ended the connection";
        let fault = ProviderFault::new(ProviderFailure::SessionExpired, reason);
        if left.is_some_and(|link| self.now.ms_since(link.dialed_at) < SHORT_MS) {
            // A server that ends each one at once would be left for ever.
            self.links.losses.add();
            if self.links.losses.reach(LOSSES_MAX) {
                return self.fail(fault);
            }
        }
        self.links.is_unnoticed = true;
        self.links.outage = Some(Outage::after_leaving(fault, self.plan.patience, self.now));
    }

    /// Returns when the caller will have heard everything, if the connection is left in that pause.
    pub(super) fn pause_deadline(&self) -> Option<UnixMs> {
        let (from, _) = self.links.live()?.left_by?;
        Some(self.voice.playout.until.max(from)).filter(|until| *until > self.now)
    }
}
