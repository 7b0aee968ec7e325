//! The audio connections of a call: those that have arrived and are not accepted yet, those that are its legs, and
//! the legs that are made here.

use std::collections::{BTreeMap, HashMap};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use tokio::time::Instant;

use super::key_rate::KeyRates;
use super::live_call::LiveCall;
use super::neighbours::Neighbours;
use super::own_legs::OwnLegs;
use crate::legs::LegPlace;
use crate::line::LegLine;
use crate::media::{ItemPlayed, Port, unplug};
use crate::messages::{Arrival, PortHold};

/// The connections, with everything that belongs to each of them.
#[derive(Default)]
pub(super) struct CallLegs {
    /// Audio that the machine has not accepted or refused yet.
    arrivals: HashMap<LegId, Arrival>,
    /// In boxes: a tree allocates room for eleven at its first entry, and most calls have one.
    legs: BTreeMap<LegId, Box<Leg>>,
    /// Leased ports on which connections came. They are given back when the call is dropped.
    ports: Vec<PortHold>,
    keys: KeyRates,
    /// Music and tones.
    pub(super) own: OwnLegs,
}

struct Leg {
    line: LegLine,
    /// Whether the caller is at its other end, and nobody else.
    is_callers: bool,
    /// Its audio, once it has joined.
    media: Option<(Port, SampleRate)>,
}

impl CallLegs {
    /// The line to a leg.
    pub(super) fn line(&self, leg: LegId) -> Option<&LegLine> {
        self.legs.get(&leg).map(|leg| &leg.line)
    }

    /// Mouth and ear of a leg that has joined, or is made here.
    pub(super) fn port(&self, leg: LegId) -> Option<&Port> {
        self.own.port(leg).or_else(|| self.media(leg).map(|(port, _)| port))
    }

    /// Rate of a leg's audio, once it has joined.
    pub(super) fn rate(&self, leg: LegId) -> Option<SampleRate> {
        self.media(leg).map(|&(_, rate)| rate)
    }

    /// The legs that have joined.
    pub(super) fn joined(&self) -> impl Iterator<Item = (LegId, &LegLine, &Port)> {
        self.legs.iter().filter_map(|(number, leg)| Some((*number, &leg.line, &leg.media.as_ref()?.0)))
    }

    /// Whether a leg is the caller's, and not an agent's, a supervisor's or another person's.
    fn is_callers(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|leg| leg.is_callers)
    }

    /// Whether a leg is that of a person other than the caller.
    pub(super) fn is_others(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|leg| !leg.is_callers)
    }

    /// Number of legs.
    pub(super) fn count(&self) -> usize {
        self.legs.len()
    }

    /// Returns arrivals that the machine has not been notified of, as facts. `next` is the number that it gives to
    /// the next arrival.
    pub(super) fn unjudged(&self, next: LegId) -> Vec<Fact> {
        // The machine has decided about earlier ones; a `start_leg` or `refuse_leg` that is still to be done will find them.
        let unjudged: BTreeMap<_, _> = self.arrivals.iter().filter(|(leg, _)| **leg >= next).collect();
        unjudged.into_iter().map(|(leg, arrival)| arrival.arrived(*leg)).collect()
    }

    /// Whether one more key of this leg, or of the control link, is accepted now. No person presses keys at a higher rate.
    pub(super) fn admits_key(&mut self, leg: Option<LegId>) -> bool {
        self.keys.admits(leg, Instant::now())
    }

    /// A leg has joined with this port. Returns whether there is such a leg.
    pub(super) fn join(&mut self, leg: LegId, port: Port, rate: SampleRate) -> bool {
        let Some(known) = self.legs.get_mut(&leg) else { return false };
        known.media = Some((port, rate));
        true
    }

    fn media(&self, leg: LegId) -> Option<&(Port, SampleRate)> {
        self.legs.get(&leg)?.media.as_ref()
    }

    fn remove(&mut self, leg: LegId) {
        self.keys.forget(leg);
        self.legs.remove(&leg);
    }
}

impl LiveCall {
    /// Audio has arrived: the machine accepts it or not.
    pub(super) fn audio_arrived(&mut self, arrival: Arrival) {
        let leg = self.machine.next_leg();
        let arrived = arrival.arrived(leg);
        if let Fact::LegArrived { outside_id, .. } = &arrived {
            self.find_channel(std::slice::from_ref(outside_id));
        }
        self.legs.arrivals.insert(leg, arrival);
        self.handle_fact(arrived);
        // A step that panicked has neither accepted nor refused it.
        self.refuse_arrival(leg);
    }

    pub(super) fn start_leg(&mut self, leg: LegId) {
        let Some(arrival) = self.legs.arrivals.remove(&leg) else { return };
        let is_callers = arrival.is_callers();
        let (kind, line) = match arrival {
            Arrival::Audio { mut audio, ringing } => {
                let kind = audio.leg_kind();
                self.legs.ports.extend(audio.take_port());
                if ringing.is_none() {
                    self.channel.note_name(&audio.outside_id());
                }
                let Neighbours { ledger, meters, .. } = &*self.neighbours;
                let page_wait_ms = self.machine.policy().page_wait_ms();
                let call = self.line.clone();
                (kind, audio.start(LegPlace { leg, call, page_wait_ms, ledger, meters }))
            }
            Arrival::Parked { ringing, channel } => match self.listen_to_parked(leg, ringing, channel) {
                Some((line, kind)) => (kind, line),
                None => return self.agenda.add(Fact::LegLeft { leg, how: LegEnd::Broken }),
            },
        };
        self.leg_began(leg, kind, line, is_callers);
    }

    /// The call has another leg. Its port comes when it joins.
    pub(super) fn leg_began(&mut self, leg: LegId, kind: LegKind, line: LegLine, is_callers: bool) {
        self.vitals.leg_came(leg, kind, line.clone());
        self.legs.legs.insert(leg, Box::new(Leg { line, is_callers, media: None }));
    }

    /// Ends audio that has arrived and is not a leg, if it still exists.
    pub(super) fn refuse_arrival(&mut self, leg: LegId) {
        match self.legs.arrivals.remove(&leg) {
            Some(Arrival::Audio { audio, .. }) => audio.refuse(),
            // A parked phone waits for the order to end.
            Some(Arrival::Parked { .. }) | None => {}
        }
    }

    /// A leg is gone: the machine first gets the sound that was heard on it; then the leg is forgotten.
    pub(super) fn let_go(&mut self, leg: LegId) {
        self.vitals.leg_went(leg);
        let assistant = self.assistants.serving_port().zip(self.legs.port(leg));
        let heard = assistant.map(|(assistant, port)| unplug(&assistant.mouth, &port.ear));
        self.heard(leg, heard.unwrap_or_default());
        self.legs.remove(leg);
    }

    /// This much of what the assistant says has left a leg's ear.
    pub(super) fn heard(&mut self, leg: LegId, played: Vec<ItemPlayed>) {
        if self.counts(leg) {
            self.agenda.extend(played.into_iter().map(Fact::from));
        }
    }

    /// Whether a leg's reports on what the assistant says are about a party to whom it speaks. A supervisor may
    /// listen as well, and leave in the middle of it: that says nothing about the other parties.
    pub(super) fn counts(&self, leg: LegId) -> bool {
        self.machine.speaks_to(leg, self.legs.is_callers(leg))
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::EffectId;
    use uuid::Uuid;

    use super::*;
    use crate::messages::ParkedChannel;

    #[test]
    fn undecided_arrivals_are_reported_again_in_order() {
        let mut legs = CallLegs::default();
        for number in [7, 3, 2, 5] {
            let channel = ParkedChannel { uuid: Uuid::nil(), read_rate: None };
            legs.arrivals.insert(LegId(number), Arrival::Parked { ringing: EffectId(number), channel });
        }
        let arrived = |number| Fact::PhoneLegArrived { leg: LegId(number), ringing: EffectId(number) };
        assert_eq!(legs.unjudged(LegId(3)), [arrived(3), arrived(5), arrived(7)]);
        assert_eq!(legs.unjudged(LegId(8)), []);
    }
}
