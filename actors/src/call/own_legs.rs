//! Legs without a party: hold music and ring-back tone, which only speak, and the listener on a line that we have
//! called, which only hears.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use cordboard_schema::outbound::{AnsweredBy, DetectedBy};

use super::live_call::LiveCall;
use crate::media::{AnswerReport, AnswerVerdict, EndlessSound, Pace, Port, ToneWatch, sound_ring_back};

/// The legs of a call that are made here.
#[derive(Default)]
pub(super) struct OwnLegs {
    /// Hold music, while it plays.
    music: Option<OwnLeg<EndlessSound>>,
    /// The ring-back tone for an agent who calls a party, until it answers.
    ring_back: Option<OwnLeg<EndlessSound>>,
    /// Listens for who has answered, and for a mailbox's tone, while that is awaited.
    tone_watch: Option<OwnLeg<ToneWatch>>,
}

struct OwnLeg<W> {
    leg: LegId,
    port: Port,
    /// Goes on until it is dropped.
    _work: W,
}

impl OwnLegs {
    /// Mouth and ear of this leg, if it is one of these.
    pub(super) fn port(&self, leg: LegId) -> Option<&Port> {
        let speaks = self.music.iter().chain(&self.ring_back).find(|own| own.leg == leg);
        let hears = self.tone_watch.as_ref().filter(|own| own.leg == leg);
        speaks.map(|own| &own.port).or(hears.map(|own| &own.port))
    }

    pub(super) fn stop_music(&mut self, leg: LegId) {
        self.music.take_if(|own| own.leg == leg);
    }

    pub(super) fn stop_ring_back(&mut self, leg: LegId) {
        self.ring_back.take_if(|own| own.leg == leg);
    }

    pub(super) fn stop_tone_watch(&mut self, leg: LegId) {
        self.tone_watch.take_if(|own| own.leg == leg);
    }
}

impl LiveCall {
    /// Starts music for the caller, at the rate of their leg.
    pub(super) fn start_music(&mut self, leg: LegId) {
        let Some(rate) = self.machine.caller().and_then(|caller| self.legs.rate(caller)) else { return };
        let port = Port::new(leg, rate, Pace::Paced);
        let music = self.neighbours.starts.music(port.clone());
        self.legs.own.music = Some(OwnLeg { leg, port, _work: music });
    }

    /// Starts the tone, at the rate of its listener.
    pub(super) fn start_ring_back(&mut self, leg: LegId, to: LegId) {
        let Some(rate) = self.legs.rate(to) else { return };
        let port = Port::new(leg, rate, Pace::Paced);
        let tone = sound_ring_back(port.clone());
        self.legs.own.ring_back = Some(OwnLeg { leg, port, _work: tone });
    }

    /// Starts listening, at the rate of the caller's leg.
    pub(super) fn start_tone_watch(&mut self, leg: LegId) {
        let Some(port) = self.listening_port(leg) else { return };
        let call = self.line.clone();
        let watch = ToneWatch::start(port.ear.clone(), move || call.fact(Fact::VoicemailTone));
        self.legs.own.tone_watch = Some(OwnLeg { leg, port, _work: watch });
    }

    /// Starts listening, at the rate of the caller's leg, for who has answered and then for a mailbox's tone.
    pub(super) fn start_detection(&mut self, leg: LegId) {
        let Some(port) = self.listening_port(leg) else { return };
        let call = self.line.clone();
        let on_report = move |report: AnswerReport| {
            call.fact(match report {
                AnswerReport::Answered(verdict) => {
                    Fact::AnsweredBy { who: answered_by(verdict), by: DetectedBy::Own }
                }
                AnswerReport::ToneOver => Fact::VoicemailTone,
            });
        };
        let watch = ToneWatch::detecting(port.ear.clone(), on_report);
        self.legs.own.tone_watch = Some(OwnLeg { leg, port, _work: watch });
    }

    fn listening_port(&self, leg: LegId) -> Option<Port> {
        let rate = self.machine.caller().and_then(|caller| self.legs.rate(caller))?;
        Some(Port::new(leg, rate, Pace::Flowing))
    }
}

/// The answering party, according to our own detector.
const fn answered_by(verdict: AnswerVerdict) -> AnsweredBy {
    match verdict {
        AnswerVerdict::Person { .. } => AnsweredBy::Human,
        AnswerVerdict::Machine { .. } | AnswerVerdict::Beep { .. } => AnsweredBy::Machine,
        AnswerVerdict::Unsure { .. } => AnsweredBy::Unknown,
    }
}
