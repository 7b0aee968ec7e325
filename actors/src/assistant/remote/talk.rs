//! The session with an agent as the service runs it: with our own speech detector, and its wire.

use std::sync::Arc;

use cordboard_schema::audio::{Frame, g711};
use cordboard_schema::time::UnixMs;

use super::agent::dialect::Dialect;
use super::agent::plan::Plan;
use super::agent::{Act, Session};
use crate::assistant::headset::Headset;
use crate::assistant::remote::link::Link;
use crate::assistant::remote::outage::Patience;
use crate::assistant::remote::service::{Audible, Conversation};
use crate::assistant::remote::words::one_moment;
use crate::assistant::remote::{LinkId, Loss};
use crate::assistant::sounds::{Prompt, SoundSet};
use crate::media::vad::{Vad, VadEdge, VadSettings};
use crate::messages::AssistantOrder;
use crate::world;

/// Duration from which sound counts as speech: a cough is shorter.
pub(super) const SPEECH_MS: u64 = 200;
/// Silence that ends speech. The agent detects the ends of turns on its own: this is for the report to the call.
pub(super) const PAUSE_MS: u64 = 500;

/// See the module's description.
pub(in crate::assistant) struct Talk<D: Dialect> {
    session: Session<D>,
    vad: Vad,
}

impl<D: Dialect> Talk<D> {
    /// Returns the conversation of a call, with an agent of this dialect.
    pub(in crate::assistant) fn new(
        dialect: D,
        headset: &Headset,
        stall_timeout_ms: u64,
        prompts: &SoundSet<Prompt>,
        now: UnixMs,
    ) -> Self {
        let plan = Plan {
            profile: Arc::clone(headset.profile()),
            call: headset.call_facts().clone(),
            tools: Arc::clone(headset.tools()),
            history: headset.history().to_vec(),
            entrance: headset.entrance(),
            waited_ms: headset.waited_ms(),
            first_item: headset.next_item(),
            caller_rate: headset.speaks_best_at(),
            caller_law: None,
            stall_timeout_ms,
            one_moment: one_moment(headset.profile(), prompts),
            patience: Patience::of(headset.has_next()),
            seed: world::random(),
        };
        let settings = VadSettings { start_ms: SPEECH_MS, stop_ms: PAUSE_MS, ..VadSettings::default() };
        Self { session: Session::new(dialect, plan, now), vad: Vad::new(headset.hears_at(), settings) }
    }

    /// Returns the change between silence and speech in this piece of the caller's audio, judged by the sound.
    fn edge(&mut self, frame: &Frame) -> Option<VadEdge> {
        match frame {
            Frame::Pcm { samples, .. } => self.vad.push(samples),
            Frame::G711 { law, bytes } => {
                self.session.brings(*law);
                self.vad.push(&g711::decode_all(*law, bytes))
            }
        }
    }

    fn report_edge(&mut self, edge: Option<VadEdge>, now: UnixMs) {
        match edge {
            Some(VadEdge::Started { .. }) => self.session.caller_started(now),
            Some(VadEdge::Stopped { speech_ms }) => self.session.caller_stopped(speech_ms, now),
            None => {}
        }
    }
}

impl<D: Dialect> Conversation for Talk<D> {
    type Message = D::Message;
    type Link = D::Link;

    fn packed(message: D::Message) -> <D::Link as Link>::Sent {
        D::packed(message)
    }

    fn audio(audio: &[u8]) -> <D::Link as Link>::Sent {
        D::audio(audio)
    }

    fn take_acts(&mut self) -> Vec<Act<D>> {
        self.session.take_acts()
    }

    fn next_deadline(&self) -> Option<UnixMs> {
        self.session.next_deadline()
    }

    fn has_words_due(&self) -> bool {
        self.session.has_words_due()
    }

    fn order(&mut self, order: AssistantOrder, now: UnixMs) {
        self.session.order(order, now);
    }

    fn caller(&mut self, frame: &Frame, now: UnixMs) -> Audible {
        let edge = self.edge(frame);
        let audible = self.session.audible_now(frame.rate().ms_of_samples(frame.sample_count() as u64), now);
        if audible != Audible::Nothing {
            self.session.sends_audio(now);
        }
        self.report_edge(edge, now);
        audible
    }

    fn awaits_end_of_speech(&self) -> bool {
        self.session.awaits_end_of_speech()
    }

    fn line_silent(&mut self, silence: &Frame, now: UnixMs) -> Audible {
        if !self.session.fills_gaps() {
            return self.caller(silence, now);
        }
        let edge = self.edge(silence);
        self.report_edge(edge, now);
        Audible::Nothing
    }

    fn connected(&mut self, link: LinkId, now: UnixMs) {
        self.session.connected(link, now);
    }

    fn lost(&mut self, link: LinkId, loss: Loss, now: UnixMs) {
        self.session.lost(link, loss, now);
    }

    fn heard(&mut self, link: LinkId, came: <D::Link as Link>::Came, now: UnixMs) -> Result<(), String> {
        self.session.received(link, came, now)
    }

    fn tick(&mut self, now: UnixMs) {
        self.session.tick(now);
    }

    fn last_words(&mut self) {
        self.session.last_words();
    }

    fn goodbye(&mut self) {
        self.session.goodbye();
    }
}
