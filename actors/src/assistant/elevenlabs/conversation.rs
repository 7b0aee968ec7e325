//! The session as the service runs it: with an ear of our own, and its wire.

use std::sync::Arc;

use cordboard_schema::audio::{Frame, g711};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::elevenlabs::{ClientMessage, ServerEvent, write_audio};

use super::Agent;
use super::session::{Act, Plan, Session};
use crate::assistant::headset::Headset;
use crate::assistant::remote::service::Conversation;
use crate::assistant::remote::words::one_moment;
use crate::assistant::remote::{LinkId, Loss};
use crate::assistant::sounds::{Prompt, SoundSet};
use crate::media::vad::{Vad, VadEdge, VadSettings};
use crate::messages::AssistantOrder;
use crate::world;

/// Speech that makes a caller a speaker: a cough is shorter.
const SPEECH_MS: u64 = 200;
/// Silence that ends what they say. The agent finds the ends of turns by itself: this one is told to the call.
const PAUSE_MS: u64 = 500;

/// See the module's description.
pub(super) struct Talk {
    session: Session,
    vad: Vad,
}

impl Talk {
    pub(super) fn new(
        headset: &Headset,
        agent: &Agent,
        stall_timeout_ms: u64,
        prompts: &SoundSet<Prompt>,
        now: UnixMs,
    ) -> Self {
        let plan = Plan {
            profile: Arc::clone(headset.profile()),
            call: headset.call_facts().clone(),
            history: headset.history().to_vec(),
            entrance: headset.entrance(),
            first_item: headset.next_item(),
            caller_rate: headset.speaks_best_at(),
            overrides: agent.overrides,
            overrides_refused: false,
            stall_timeout_ms,
            one_moment: one_moment(headset.profile(), prompts),
            seed: world::random(),
        };
        let settings = VadSettings { start_ms: SPEECH_MS, stop_ms: PAUSE_MS, ..VadSettings::default() };
        Self { session: Session::new(plan, now), vad: Vad::new(headset.hears_at(), settings) }
    }
}

impl Conversation for Talk {
    type Message = ClientMessage;

    fn text(message: &ClientMessage) -> String {
        message.to_text()
    }

    fn audio(audio: &[u8]) -> String {
        write_audio(audio)
    }

    fn take_acts(&mut self) -> Vec<Act> {
        self.session.take_acts()
    }

    fn next_deadline(&self) -> Option<UnixMs> {
        self.session.next_deadline()
    }

    fn words_owed(&self) -> bool {
        self.session.words_owed()
    }

    fn order(&mut self, order: AssistantOrder, now: UnixMs) {
        self.session.order(order, now);
    }

    fn caller(&mut self, frame: &Frame, now: UnixMs) -> bool {
        let edge = match frame {
            Frame::Pcm { samples, .. } => self.vad.push(samples),
            Frame::G711 { law, bytes } => self.vad.push(&g711::decode_all(*law, bytes)),
        };
        match edge {
            Some(VadEdge::Started { .. }) => self.session.caller_started(now),
            Some(VadEdge::Stopped { speech_ms }) => self.session.caller_stopped(speech_ms, now),
            None => {}
        }
        self.session.hears_caller()
    }

    fn connected(&mut self, link: LinkId, now: UnixMs) {
        self.session.connected(link, now);
    }

    fn lost(&mut self, link: LinkId, loss: Loss, now: UnixMs) {
        self.session.lost(link, loss, now);
    }

    fn heard(&mut self, link: LinkId, text: &str, now: UnixMs) -> Result<(), String> {
        let event = ServerEvent::parse(text).map_err(|error| error.to_string())?;
        self.session.event(link, event, now);
        Ok(())
    }

    fn tick(&mut self, now: UnixMs) {
        self.session.tick(now);
    }
}
