//! The session as the service runs it: with our own speech detector, and its wire.

use std::sync::Arc;

use cordboard_schema::audio::Frame;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::{ClientMessage, ServerEvent, append_len, write_append};

use super::session::{Act, LinkId, Loss, Plan, Session};
use super::settings::OpenAiSettings;
use crate::assistant::headset::Headset;
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::outage::Patience;
use crate::assistant::remote::service::{Audible, Conversation};
use crate::assistant::remote::watch::{Spoken, Watch};
use crate::assistant::remote::words::one_moment;
use crate::assistant::sounds::{Prompt, SoundSet};
use crate::messages::AssistantOrder;
use crate::world;

/// See the module's description.
pub(super) struct Talk {
    session: Session,
    watch: Watch,
}

impl Talk {
    pub(super) fn new(
        headset: &Headset,
        settings: &OpenAiSettings,
        prompts: &SoundSet<Prompt>,
        now: UnixMs,
    ) -> Self {
        let plan = Plan {
            profile: Arc::clone(headset.profile()),
            tools: Arc::clone(headset.tools()),
            history: headset.history().to_vec(),
            entrance: headset.entrance(),
            waited_ms: headset.waited_ms(),
            first_item: headset.next_item(),
            caller_rate: headset.speaks_best_at(),
            audio: settings.audio,
            dialect: settings.dialect,
            model: settings.model.clone(),
            transcription_model: settings.transcription_model.clone(),
            stall_timeout_ms: u64::try_from(settings.stall_timeout.as_millis()).unwrap_or(u64::MAX),
            one_moment: one_moment(headset.profile(), prompts),
            patience: Patience::of(headset.has_next()),
            seed: world::random(),
        };
        Self { session: Session::new(plan, now), watch: Watch::default() }
    }
}

impl Conversation for Talk {
    type Message = ClientMessage;
    type Link = Connection;

    fn packed(message: ClientMessage) -> Packet {
        message.to_text().into()
    }

    fn audio(audio: &[u8]) -> Packet {
        let mut text = String::with_capacity(append_len(audio.len()));
        write_append(&mut text, audio);
        text.into()
    }

    fn take_acts(&mut self) -> Vec<Act> {
        self.session.take_acts().collect()
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
        if let Some(Spoken { began_ms_ago, ended_ms_ago }) = self.watch.push(frame) {
            self.session.caller_spoke(now - began_ms_ago, now - ended_ms_ago, now);
        }
        let ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
        self.session.caller_sounds(ms, self.watch.hears_speech(), now);
        Audible::Caller
    }

    fn awaits_end_of_speech(&self) -> bool {
        self.watch.hears_speech() || self.session.hears_speech()
    }

    fn connected(&mut self, link: LinkId, now: UnixMs) {
        self.session.connected(link, now);
    }

    fn lost(&mut self, link: LinkId, loss: Loss, now: UnixMs) {
        self.session.lost(link, loss, now);
    }

    fn heard(&mut self, link: LinkId, packet: Packet, now: UnixMs) -> Result<(), String> {
        // Bytes have no meaning here.
        let Some(text) = packet.text() else { return Ok(()) };
        let event = ServerEvent::parse(text).map_err(|error| error.to_string())?;
        self.session.event(link, event, now);
        Ok(())
    }

    fn tick(&mut self, now: UnixMs) {
        self.session.tick(now);
    }

    fn goodbye(&mut self) {
        self.session.goodbye();
    }
}
