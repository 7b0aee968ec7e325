//! The phones that a switch rings for calls, and the calls that it makes, by the name of their channel. The table is the same for
//! every switch; what a kind knows of one phone is its own. A switch that finds out by itself how the ringing goes implements
//! [`RungPhone`], which derives reports and deadlines from what the kind knows, and gets the next action from [`RungPhones::turn`].

use std::collections::HashMap;

use cordboard_schema::call::HangupCause;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::{ChannelOutcome, RingPurpose, RingingReport, Turn};
use crate::messages::CallLine;

/// One phone that is rung, as a kind of switch knows it.
pub(crate) trait RungPhone {
    /// Notes that nobody waits for the phone any more. If it is answered later, it is ended.
    fn stop(&mut self);

    /// Returns whether nobody waits for the phone any more.
    fn is_stopped(&self) -> bool;

    /// Returns the report for a call that asks again because its actor or process died meanwhile.
    fn again(&self) -> Option<RingingReport>;

    /// Returns when a phone whose time ends at `until` is given up; none while it is in a conversation, or waits for one.
    fn deadline(&self, until: UnixMs) -> Option<UnixMs>;

    /// Returns the reason of the hang-up, if it is known.
    fn cause(&self) -> Option<HangupCause> {
        None
    }

    /// Sends the call what it has to know besides the fact of a report.
    fn report_more(&self, _channel: Uuid, _purpose: RingPurpose, _report: RingingReport, _call: &CallLine) {}
}

/// A phone that is rung for a call.
#[derive(Debug)]
pub(crate) struct Rung<P> {
    pub(crate) purpose: RingPurpose,
    pub(crate) call: CallLine,
    pub(crate) phone: P,
    /// The end of its time, in ms since 1970.
    pub(crate) until: UnixMs,
}

impl<P: RungPhone> Rung<P> {
    /// Reports to the call.
    pub(crate) fn tell(&self, channel: Uuid, report: RingingReport) {
        self.purpose.fact(report, self.phone.cause()).into_iter().for_each(|fact| self.call.fact(fact));
        self.phone.report_more(channel, self.purpose, report, &self.call);
    }

    fn deadline(&self) -> Option<UnixMs> {
        self.phone.deadline(self.until)
    }
}

/// All phones that a switch rings.
#[derive(Debug)]
pub(crate) struct RungPhones<P> {
    rung: HashMap<Uuid, Rung<P>>,
    /// How long to wait for a phone beyond its ringing time, and for one that was hung up, in ms.
    grace_ms: u64,
}

impl<P> RungPhones<P> {
    /// Starts without any phone.
    pub(crate) fn new(grace_ms: u64) -> Self {
        Self { rung: HashMap::new(), grace_ms }
    }

    /// Returns the entry for a phone that rings until `rings_until`. It is not inserted yet.
    pub(crate) fn begin(
        &self,
        purpose: RingPurpose,
        call: CallLine,
        phone: P,
        rings_until: UnixMs,
    ) -> Rung<P> {
        Rung { purpose, call, phone, until: rings_until + self.grace_ms }
    }

    /// Adds a phone.
    pub(crate) fn insert(&mut self, channel: Uuid, rung: Rung<P>) {
        self.rung.insert(channel, rung);
    }

    pub(crate) fn get(&self, channel: Uuid) -> Option<&Rung<P>> {
        self.rung.get(&channel)
    }

    pub(crate) fn get_mut(&mut self, channel: Uuid) -> Option<&mut Rung<P>> {
        self.rung.get_mut(&channel)
    }

    pub(crate) fn has(&self, channel: Uuid) -> bool {
        self.rung.contains_key(&channel)
    }

    /// Removes a phone, which the switch has no more reports about.
    pub(crate) fn remove(&mut self, channel: Uuid) {
        self.rung.remove(&channel);
    }

    /// Returns the channel of the phone that `is_it` accepts.
    pub(crate) fn find(&self, is_it: impl Fn(&P) -> bool) -> Option<Uuid> {
        self.rung.iter().find(|(_, rung)| is_it(&rung.phone)).map(|(channel, _)| *channel)
    }

    /// Returns all phones with their channels.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Uuid, &mut Rung<P>)> {
        self.rung.iter_mut().map(|(channel, rung)| (*channel, rung))
    }

    /// Returns the channels of all phones.
    pub(crate) fn channels(&self) -> Vec<Uuid> {
        self.rung.keys().copied().collect()
    }

    /// Returns the number of phones.
    pub(crate) fn len(&self) -> usize {
        self.rung.len()
    }

    /// Returns whether there are no phones.
    pub(crate) fn is_empty(&self) -> bool {
        self.rung.is_empty()
    }

    /// Returns the channels of all phones whose time has ended, whatever they do.
    pub(crate) fn overdue(&self, now: UnixMs) -> Vec<Uuid> {
        self.rung.iter().filter(|(_, rung)| rung.until <= now).map(|(channel, _)| *channel).collect()
    }
}

impl<P: RungPhone> RungPhones<P> {
    /// Returns whether the phone of this channel is ringing already, when a restarted call orders it again. The channel's name is
    /// unique, and the first order is being carried out. The call is sent the progress.
    pub(crate) fn rings_already(&self, channel: Uuid, asks: &Rung<P>) -> bool {
        let Some(rung) = self.rung.get(&channel).filter(|rung| !rung.phone.is_stopped()) else {
            return false;
        };
        rung.phone.again().into_iter().for_each(|report| asks.tell(channel, report));
        true
    }

    /// Notes that nobody waits for a phone any more. Returns the phone, if it is known.
    pub(crate) fn stop(&mut self, channel: Uuid, now: UnixMs) -> Option<&mut Rung<P>> {
        let rung = self.rung.get_mut(&channel)?;
        rung.phone.stop();
        rung.until = now + self.grace_ms;
        Some(rung)
    }

    /// Applies an event to a phone: reports it to the phone's call, and removes a phone that is gone. Returns what the switch has
    /// to do; none if there is no such phone.
    pub(crate) fn turn(
        &mut self,
        channel: Uuid,
        step: impl FnOnce(&mut P) -> Turn<RingingReport>,
        now: UnixMs,
    ) -> Option<Turn<RingingReport>> {
        let rung = self.rung.get_mut(&channel)?;
        let turn = step(&mut rung.phone);
        if let Some(report) = turn.report {
            rung.tell(channel, report);
        }
        match turn.outcome {
            ChannelOutcome::Kept => {}
            ChannelOutcome::HungUp => {
                self.stop(channel, now);
            }
            ChannelOutcome::Gone => self.remove(channel),
        }
        Some(turn)
    }

    /// Returns the phones that are to be given up.
    pub(crate) fn late(&self, now: UnixMs) -> Vec<Uuid> {
        let late = self.rung.iter().filter(|(_, rung)| rung.deadline().is_some_and(|until| until <= now));
        late.map(|(channel, _)| *channel).collect()
    }

    /// Returns when the next phone is to be given up.
    pub(crate) fn deadline(&self) -> Option<UnixMs> {
        self.rung.values().filter_map(Rung::deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::event::Fact;
    use cordboard_schema::ids::EffectId;
    use cordboard_schema::switch::HandoffFailure;

    use super::*;
    use crate::line::CallMailbox;
    use crate::messages::ToCall;

    const CHANNEL: Uuid = Uuid::from_u128(7);
    const HANDOFF: EffectId = EffectId(5);
    const NOW: UnixMs = UnixMs(1_000_000);

    /// A phone that only rings or doesn't.
    #[derive(Debug, Default)]
    struct Bell {
        rings: bool,
        is_stopped: bool,
    }

    impl RungPhone for Bell {
        fn stop(&mut self) {
            self.is_stopped = true;
        }

        fn is_stopped(&self) -> bool {
            self.is_stopped
        }

        fn again(&self) -> Option<RingingReport> {
            self.rings.then_some(RingingReport::Ringing)
        }

        fn deadline(&self, until: UnixMs) -> Option<UnixMs> {
            Some(until)
        }
    }

    impl Bell {
        fn rings(&mut self) -> Turn<RingingReport> {
            self.rings = true;
            Turn::report(RingingReport::Ringing)
        }
    }

    /// A phone that is rung for 20 s, and what its call is sent.
    fn ringing() -> (RungPhones<Bell>, CallLine, CallMailbox) {
        let mut phones = RungPhones::new(5_000);
        let (call, mailbox) = CallLine::open();
        let rung = phones.begin(RingPurpose::Handoff(HANDOFF), call.clone(), Bell::default(), NOW + 20_000);
        phones.insert(CHANNEL, rung);
        (phones, call, mailbox)
    }

    fn facts(mailbox: &mut CallMailbox) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Ok(message) = mailbox.try_recv() {
            if let ToCall::Fact(fact) = message {
                facts.push(fact);
            }
        }
        facts
    }

    #[test]
    fn a_repeated_order_reports_progress_unless_it_was_stopped() {
        let (mut phones, call, mut mailbox) = ringing();
        let asks = phones.begin(RingPurpose::Handoff(HANDOFF), call, Bell::default(), NOW);
        assert!(phones.rings_already(CHANNEL, &asks));
        assert!(facts(&mut mailbox).is_empty());
        assert_eq!(phones.turn(CHANNEL, Bell::rings, NOW), Some(Turn::report(RingingReport::Ringing)));
        assert!(phones.rings_already(CHANNEL, &asks));
        let rings = Fact::HandoffRinging { handoff: HANDOFF };
        assert_eq!(facts(&mut mailbox), [rings.clone(), rings]);
        phones.stop(CHANNEL, NOW);
        assert!(!phones.rings_already(CHANNEL, &asks));
        assert!(!phones.rings_already(Uuid::nil(), &asks));
    }

    #[test]
    fn a_late_phone_is_kept_briefly_after_its_hang_up() {
        let (mut phones, _call, mut mailbox) = ringing();
        let until = NOW + 25_000;
        assert_eq!(phones.deadline(), Some(until));
        assert!(phones.late(NOW + 24_999).is_empty());
        assert_eq!(phones.late(until), [CHANNEL]);
        let failed = RingingReport::Failed(HandoffFailure::Timeout);
        phones.turn(CHANNEL, |_| Turn::hang_up(Some(failed)), until);
        let (handoff, failure) = (HANDOFF, HandoffFailure::Timeout);
        assert_eq!(facts(&mut mailbox), [Fact::HandoffFailed { handoff, failure }]);
        assert!(phones.get(CHANNEL).is_some_and(|rung| rung.phone.is_stopped));
        assert_eq!(phones.deadline(), Some(until + 5_000));
    }

    #[test]
    fn phones_that_are_gone_are_removed() {
        let (mut phones, _call, _mailbox) = ringing();
        assert_eq!(phones.find(|bell| !bell.rings), Some(CHANNEL));
        assert_eq!(phones.turn(CHANNEL, |_| Turn::gone(None), NOW), Some(Turn::gone(None)));
        assert!(phones.is_empty() && phones.deadline().is_none());
        assert_eq!(phones.turn(CHANNEL, |_| Turn::NOTHING, NOW), None);
    }
}
