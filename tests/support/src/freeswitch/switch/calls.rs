//! Records the calls that the switch was asked to make.

use std::time::Duration;

use super::super::calling::Variables;
use super::super::channel::Channel;
use super::super::extension::Phone;
use super::super::originated::Originated;
use super::{Switch, World};

impl Switch {
    /// How long it has run, including its time in other runtimes.
    pub(in crate::freeswitch) fn age(&self) -> Duration {
        self.before + self.uptime()
    }

    /// Records a call that it was asked to make.
    pub(in crate::freeswitch) fn note_originated(
        &self,
        leg: &Channel,
        phone: Phone,
        variables: &Variables,
        place: &str,
    ) {
        let number = leg.state().profile.destination.clone();
        let call = Originated {
            uuid: leg.uuid.clone(),
            number,
            calendar: Duration::from_micros(self.now_us()),
            at: self.age(),
            answered: None,
            ended: None,
            phone,
            variables: variables.clone(),
            place: place.to_owned(),
        };
        self.world().originated.push(call);
    }

    /// Records that a channel was answered, if it belongs to such a call.
    pub(in crate::freeswitch) fn note_answered(&self, uuid: &str) {
        let at = self.age();
        let mut world = self.world();
        if let Some(call) = world.originated.iter_mut().rev().find(|call| call.uuid == uuid) {
            call.answered.get_or_insert(at);
        }
    }

    /// Those calls, in order.
    pub(in crate::freeswitch) fn originated(&self) -> Vec<Originated> {
        self.world().originated.clone()
    }

    pub(in crate::freeswitch) fn originated_count(&self) -> usize {
        self.world().originated.len()
    }
}

impl World {
    /// Records the end of a call.
    pub(super) fn ended(&mut self, uuid: &str, at: Duration) {
        let mut calls = self.originated.iter_mut().rev();
        if let Some(call) = calls.find(|call| call.uuid == uuid && call.ended.is_none()) {
            call.ended = Some(at);
        }
    }

    /// Records the end of every call.
    pub(super) fn all_ended(&mut self, at: Duration) {
        for call in self.originated.iter_mut().filter(|call| call.ended.is_none()) {
            call.ended = Some(at);
        }
    }
}
