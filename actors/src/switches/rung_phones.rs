//! The phones that a switch rings for calls, and the calls that it makes, each by the name of its channel: the same table for every
//! switch. Each kind keeps its own knowledge of one phone. A switch that finds out by itself how ringing goes says by [`RungPhone`] what
//! follows from its time, and is told what to do ([`RungPhones::turn`]).

use std::collections::HashMap;

use cordboard_schema::call::HangupCause;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::{Becomes, RingPurpose, RingingReport, Turn};
use crate::messages::CallLine;

/// One phone that is rung, as a kind of switch knows it.
pub(crate) trait RungPhone {
    /// Nobody waits for it any more: what of it still comes up is ended.
    fn stop(&mut self);

    /// Whether nobody waits for it any more.
    fn is_stopped(&self) -> bool;

    /// Report for a call that asks again, having died meanwhile.
    fn again(&self) -> Option<RingingReport>;

    /// When it is given up, whose time ends at `until`; none where somebody talks, or waits to.
    fn deadline(&self, until: UnixMs) -> Option<UnixMs>;

    /// The reason of the hang-up, where it is known.
    fn cause(&self) -> Option<HangupCause> {
        None
    }

    /// Tells the call what it has to know beside the fact of a report.
    fn tell_more(&self, _channel: Uuid, _purpose: RingPurpose, _report: RingingReport, _call: &CallLine) {}
}

/// A phone that is rung for a call.
#[derive(Debug)]
pub(crate) struct Rung<P> {
    pub(crate) purpose: RingPurpose,
    pub(crate) call: CallLine,
    pub(crate) phone: P,
    /// The end of its time.
    pub(crate) until: UnixMs,
}

impl<P: RungPhone> Rung<P> {
    /// Tells the call of it.
    pub(crate) fn tell(&self, channel: Uuid, report: RingingReport) {
        self.purpose.fact(report, self.phone.cause()).into_iter().for_each(|fact| self.call.fact(fact));
        self.phone.tell_more(channel, self.purpose, report, &self.call);
    }

    fn deadline(&self) -> Option<UnixMs> {
        self.phone.deadline(self.until)
    }
}

/// All phones that a switch rings.
#[derive(Debug)]
pub(crate) struct RungPhones<P> {
    rung: HashMap<Uuid, Rung<P>>,
    /// How much longer than it may ring a phone is waited for, and one that was hung up, in ms.
    grace_ms: u64,
}

impl<P> RungPhones<P> {
    /// None yet.
    pub(crate) fn new(grace_ms: u64) -> Self {
        Self { rung: HashMap::new(), grace_ms }
    }

    /// A phone that is to ring until then, and is not among these yet.
    pub(crate) fn begin(
        &self,
        purpose: RingPurpose,
        call: CallLine,
        phone: P,
        rings_until: UnixMs,
    ) -> Rung<P> {
        Rung { purpose, call, phone, until: rings_until + self.grace_ms }
    }

    /// One more.
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

    /// The switch has nothing to say of it any more.
    pub(crate) fn remove(&mut self, channel: Uuid) {
        self.rung.remove(&channel);
    }

    /// The channel of a phone that `is_it`.
    pub(crate) fn find(&self, is_it: impl Fn(&P) -> bool) -> Option<Uuid> {
        self.rung.iter().find(|(_, rung)| is_it(&rung.phone)).map(|(channel, _)| *channel)
    }

    /// All of them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Uuid, &mut Rung<P>)> {
        self.rung.iter_mut().map(|(channel, rung)| (*channel, rung))
    }

    /// Their channels.
    pub(crate) fn channels(&self) -> Vec<Uuid> {
        self.rung.keys().copied().collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rung.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rung.is_empty()
    }

    /// Those whose time has ended, whatever they do.
    pub(crate) fn overdue(&self, now: UnixMs) -> Vec<Uuid> {
        self.rung.iter().filter(|(_, rung)| rung.until <= now).map(|(channel, _)| *channel).collect()
    }
}

impl<P: RungPhone> RungPhones<P> {
    /// Whether this channel is a phone's that rings already, as a call asks that lives again: there is one channel of that name, and it is
    /// on its way. The call is told how far it is.
    pub(crate) fn rings_already(&self, channel: Uuid, asks: &Rung<P>) -> bool {
        let Some(rung) = self.rung.get(&channel).filter(|rung| !rung.phone.is_stopped()) else {
            return false;
        };
        rung.phone.again().into_iter().for_each(|report| asks.tell(channel, report));
        true
    }

    /// Nobody waits for it any more. The phone, where it is known.
    pub(crate) fn stop(&mut self, channel: Uuid, now: UnixMs) -> Option<&mut Rung<P>> {
        let rung = self.rung.get_mut(&channel)?;
        rung.phone.stop();
        rung.until = now + self.grace_ms;
        Some(rung)
    }

    /// Something has happened to a phone: tells its call, and forgets it where it is gone. What the switch has to do is in the answer; none
    /// where there is no such phone.
    pub(crate) fn turn(
        &mut self,
        channel: Uuid,
        step: impl FnOnce(&mut P) -> Turn<RingingReport>,
        now: UnixMs,
    ) -> Option<Turn<RingingReport>> {
        let rung = self.rung.get_mut(&channel)?;
        let turn = step(&mut rung.phone);
        if let Some(report) = turn.told {
            rung.tell(channel, report);
        }
        match turn.becomes {
            Becomes::Kept => {}
            Becomes::HungUp => {
                self.stop(channel, now);
            }
            Becomes::Gone => self.remove(channel),
        }
        Some(turn)
    }

    /// Those whose time is up.
    pub(crate) fn late(&self, now: UnixMs) -> Vec<Uuid> {
        let late = self.rung.iter().filter(|(_, rung)| rung.deadline().is_some_and(|until| until <= now));
        late.map(|(channel, _)| *channel).collect()
    }

    /// When the time of the next one is up.
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

    /// A phone of which the switch knows whether it rings, and no more.
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
            Turn::told(RingingReport::Ringing)
        }
    }

    /// A phone that is rung for 20 s, and what its call hears.
    fn ringing() -> (RungPhones<Bell>, CallLine, CallMailbox) {
        let mut phones = RungPhones::new(5_000);
        let (call, told) = CallLine::open();
        let rung = phones.begin(RingPurpose::Handoff(HANDOFF), call.clone(), Bell::default(), NOW + 20_000);
        phones.insert(CHANNEL, rung);
        (phones, call, told)
    }

    fn facts(told: &mut CallMailbox) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Ok(message) = told.try_recv() {
            if let ToCall::Fact(fact) = message {
                facts.push(fact);
            }
        }
        facts
    }

    #[test]
    fn asking_again_tells_a_phones_progress_unless_it_was_stopped() {
        let (mut phones, call, mut told) = ringing();
        let asks = phones.begin(RingPurpose::Handoff(HANDOFF), call, Bell::default(), NOW);
        assert!(phones.rings_already(CHANNEL, &asks));
        assert!(facts(&mut told).is_empty());
        assert_eq!(phones.turn(CHANNEL, Bell::rings, NOW), Some(Turn::told(RingingReport::Ringing)));
        assert!(phones.rings_already(CHANNEL, &asks));
        let rings = Fact::HandoffRinging { handoff: HANDOFF };
        assert_eq!(facts(&mut told), [rings.clone(), rings]);
        phones.stop(CHANNEL, NOW);
        assert!(!phones.rings_already(CHANNEL, &asks));
        assert!(!phones.rings_already(Uuid::nil(), &asks));
    }

    #[test]
    fn a_late_phone_gets_a_little_time_once_hung_up() {
        let (mut phones, _call, mut told) = ringing();
        let until = NOW + 25_000;
        assert_eq!(phones.deadline(), Some(until));
        assert!(phones.late(NOW + 24_999).is_empty());
        assert_eq!(phones.late(until), [CHANNEL]);
        let failed = RingingReport::Failed(HandoffFailure::Timeout);
        phones.turn(CHANNEL, |_| Turn::hang_up(Some(failed)), until);
        let (handoff, failure) = (HANDOFF, HandoffFailure::Timeout);
        assert_eq!(facts(&mut told), [Fact::HandoffFailed { handoff, failure }]);
        assert!(phones.get(CHANNEL).is_some_and(|rung| rung.phone.is_stopped));
        assert_eq!(phones.deadline(), Some(until + 5_000));
    }

    #[test]
    fn a_phone_that_is_gone_is_forgotten() {
        let (mut phones, _call, _told) = ringing();
        assert_eq!(phones.find(|bell| !bell.rings), Some(CHANNEL));
        assert_eq!(phones.turn(CHANNEL, |_| Turn::gone(None), NOW), Some(Turn::gone(None)));
        assert!(phones.is_empty() && phones.deadline().is_none());
        assert_eq!(phones.turn(CHANNEL, |_| Turn::NOTHING, NOW), None);
    }
}
