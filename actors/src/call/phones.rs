//! Phones that a call rings so that they join it here: which switch rings them, and where their audio is expected.

use cordboard_schema::dial::DialTarget;
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::switch::{HandoffFailure, SwitchKind};

use super::live_call::LiveCall;
use super::neighbours::Dialler;
use crate::messages::{Dial, DialledFor, SwitchLine, ToRegistry, ToRouter, ToSwitch};

impl LiveCall {
    pub(super) fn ring_phone(&mut self, ringing: EffectId, target: DialTarget, timeout_ms: u64) {
        let (call_id, channel) = (self.id(), self.id().phone(ringing));
        let wanted_for = DialledFor::Phone(ringing);
        let nobody = wanted_for.failed(HandoffFailure::Trunk, None);
        let Some(switch) = self.rings_phones() else { return self.facts.push_back(nobody) };
        // Before the switch is asked: its audio may be here at once.
        self.neighbours.registry.tell(ToRegistry::PhoneExpected { call_id, ringing, channel });
        // An account at Twilio shows its own number: it may show no other.
        let caller = self.channel.as_ref().and_then(|channel| channel.caller_number.as_deref());
        let from = caller.filter(|_| switch.kind != SwitchKind::Twilio).and_then(|from| from.parse().ok());
        let order = Dial {
            channel,
            target,
            from,
            timeout_ms,
            variables: Default::default(),
            detects_mailbox: false,
            wanted_for,
            call: self.line.clone(),
        };
        if switch.line.tell(ToSwitch::Dial(Box::new(order))) {
            self.phones.insert(ringing, switch.line);
        } else {
            self.facts.push_back(nobody);
        }
    }

    /// The switch that has the caller, else the only one that makes calls.
    fn rings_phones(&self) -> Option<Dialler> {
        let dialler = |name| self.neighbours.starts.dialler(self.identity.organization_id, name).ok();
        let server = self.channel.as_ref().and_then(|channel| channel.server.as_deref());
        server.and_then(|server| dialler(Some(server))).or_else(|| dialler(None))
    }

    pub(super) fn stop_phone(&mut self, ringing: EffectId) {
        let channel = self.id().phone(ringing);
        let call_id = self.id();
        self.neighbours.registry.tell(ToRegistry::PhoneGone { call_id, ringing });
        let rung_by = self.phones.remove(&ringing);
        // Which switch a process that died had asked is not known: each that it can have been ends what it has.
        let others = || {
            let one = self.rings_phones().map(|switch| switch.line);
            one.into_iter().chain(self.neighbours.starts.asterisks()).collect::<Vec<SwitchLine>>()
        };
        for switch in rung_by.map_or_else(others, |switch| vec![switch]) {
            switch.tell(ToSwitch::StopDialling { channel });
        }
    }

    pub(super) fn take_offer(&self, handoff: EffectId, user_id: UserId) {
        let (organization_id, wish) = (self.identity.organization_id, self.wish(handoff));
        self.neighbours.router.tell(ToRouter::OfferTaken { organization_id, wish, user_id });
    }

    pub(super) fn pass_offer(&self, handoff: EffectId, user_id: UserId, failure: HandoffFailure) {
        let (organization_id, wish) = (self.identity.organization_id, self.wish(handoff));
        self.neighbours.router.tell(ToRouter::OfferPassed { organization_id, wish, user_id, failure });
    }
}
