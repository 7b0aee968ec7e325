//! A mailbox that has answered a call of ours and gets a message. Its greeting is awaited until the tone. Then the assistant says the
//! message, and the call ends. If our own detector is to tell mailboxes from people, it listens first, and nobody speaks until it has
//! decided.
//!
//! ```text
//! answered ──> Detecting ──a mailbox──> Greeting ──tone──> Saying ──heard──> Ended, `voicemail`
//!                  │ a person, or unknown in time
//!                  └──> greeted like anyone who answers; the listener stays for [`LISTENS_ON_MS`], and a tone shows that it was wrong
//! ```

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::limits::{VOICEMAIL_MESSAGE_MS_MAX, VOICEMAIL_TONE_MS_MAX};
use cordboard_schema::line::Line;
use cordboard_schema::outbound::OnVoicemail;
use cordboard_schema::time::UnixMs;

use super::holding::HoldEvent;
use super::{Effect, Effects, Machine, Phase, Step};
use crate::{AssistantOrder, Attention};

/// How long the message may take to begin, in ms.
const BEGINS_MS_MAX: u64 = 10_000;
/// How long our own detector may take, in ms. It decides within 5 s of sound. On a line without sound there is nothing to detect.
const DETECTION_MS_MAX: u64 = 6_000;
/// How long to listen for a mailbox's tone after a greeting that was taken for a person's, in ms. Most greetings of mailboxes are shorter.
const LISTENS_ON_MS: u64 = 20_000;

/// A message that is being left in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voicemail {
    stage: Stage,
    pub(super) until: UnixMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is unknown who has answered. This leg listens to find out.
    Detecting { listener: LegId },
    /// The mailbox greets; this leg listens for its tone.
    Greeting { listener: LegId },
    /// The assistant says the message. It is the first utterance after this one.
    Saying { after: ItemId },
}

impl Voicemail {
    /// Returns the leg that listens.
    pub(super) fn listener(&self) -> Option<LegId> {
        match self.stage {
            Stage::Detecting { listener } | Stage::Greeting { listener } => Some(listener),
            Stage::Saying { .. } => None,
        }
    }

    /// Whether it is still unknown who has answered.
    pub(super) fn is_detecting(&self) -> bool {
        matches!(self.stage, Stage::Detecting { .. })
    }
}

impl Machine {
    /// Starts our own detector. Nobody speaks to the party who has answered until it has decided who that is.
    pub(super) fn detect(&mut self, now: UnixMs, fx: &mut Effects) {
        self.bring_assistant_unheard(now, fx);
        self.attend(Attention::Listen, fx);
        let listener = self.number_leg();
        let until = now + DETECTION_MS_MAX;
        self.step(Step::MeetMailbox(Voicemail { stage: Stage::Detecting { listener }, until }));
        fx.push(Effect::StartDetection(listener));
        self.rewire(fx);
    }

    /// Whether it is still unknown who has answered. Until then nobody speaks to them.
    pub(super) fn is_detecting(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::Voicemail(voicemail) if voicemail.is_detecting())
    }

    /// The detector has decided, or its time is up.
    pub(super) fn detection_over(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::Voicemail(Voicemail { stage: Stage::Detecting { listener }, .. }) =
            *self.lifecycle.phase()
        else {
            return;
        };
        match self.outgoing.on_mailbox() {
            Some(OnVoicemail::HangUp) => self.end_with_mailbox(fx),
            Some(OnVoicemail::LeaveMessage { .. }) => {
                let until = now + VOICEMAIL_TONE_MS_MAX;
                self.step(Step::MeetMailbox(Voicemail { stage: Stage::Greeting { listener }, until }));
            }
            Some(OnVoicemail::Talk) | None => self.no_mailbox(listener, now, fx),
        }
    }

    /// No mailbox was detected: they are greeted, or offered to an agent. A tone that is heard all the same is journalled but changes
    /// nothing, because calls with people have tones, too.
    fn no_mailbox(&mut self, listener: LegId, now: UnixMs, fx: &mut Effects) {
        self.step(Step::Converse);
        if self.is_for_agents() {
            self.rewire(fx);
            fx.push(Effect::StopToneWatch(listener));
            return self.live_answer(now, fx);
        }
        self.outgoing.listens_on(listener, now + LISTENS_ON_MS);
        self.bring_assistant(Line::Greeting, now, fx);
        self.watch_silence(now);
    }

    /// Stops listening for a tone after the greeting.
    pub(super) fn listen_no_longer(&mut self, fx: &mut Effects) {
        if let Some(listener) = self.outgoing.listens_no_longer() {
            self.rewire(fx);
            fx.push(Effect::StopToneWatch(listener));
        }
    }

    /// Waits for the tone in silence. Nobody is asked to take over a mailbox.
    pub(super) fn await_tone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.cancel_handoff(now, fx);
        self.conversation_stops(now, fx);
        self.hush(fx);
        self.conversation.clear_pending_speech();
        self.holding.apply(HoldEvent::WantedNoMore, now, fx);
        self.attend(Attention::Listen, fx);
        let listener = self.number_leg();
        let until = now + VOICEMAIL_TONE_MS_MAX;
        self.step(Step::MeetMailbox(Voicemail { stage: Stage::Greeting { listener }, until }));
        fx.push(Effect::StartToneWatch(listener));
        self.rewire(fx);
    }

    /// The tone is over, or none comes. The assistant says the message, now or once it is ready.
    pub(super) fn tone_over(&mut self, now: UnixMs, fx: &mut Effects) {
        self.listen_no_longer(fx);
        let Phase::Voicemail(Voicemail { stage: Stage::Greeting { listener }, .. }) = *self.lifecycle.phase()
        else {
            return;
        };
        let stage = Stage::Saying { after: self.conversation.newest_item() };
        self.step(Step::MeetMailbox(Voicemail { stage, until: now + BEGINS_MS_MAX }));
        self.rewire(fx);
        fx.push(Effect::StopToneWatch(listener));
        if self.conversation.has_ready_assistant() {
            self.say_message(fx);
        }
    }

    /// The assistant is ready.
    pub(super) fn voicemail_assistant_ready(&mut self, fx: &mut Effects) {
        self.attend(Attention::Listen, fx);
        if matches!(*self.lifecycle.phase(), Phase::Voicemail(voicemail) if voicemail.listener().is_none()) {
            self.say_message(fx);
        }
    }

    fn say_message(&mut self, fx: &mut Effects) {
        let text = self.message_for_mailbox().map(str::to_owned);
        match text.filter(|_| self.conversation.assistant().is_some_and(|assistant| assistant.speaks_text)) {
            Some(text) => self.order(AssistantOrder::SayText(text), fx),
            // An assistant that replaced another one has recordings only.
            None => self.end_with_mailbox(fx),
        }
    }

    /// The message has begun.
    pub(super) fn message_begins(&mut self, item: ItemId, now: UnixMs) {
        if let Phase::Voicemail(Voicemail { stage: stage @ Stage::Saying { after }, .. }) =
            *self.lifecycle.phase()
            && item > after
        {
            let until = now + VOICEMAIL_MESSAGE_MS_MAX;
            self.step(Step::MeetMailbox(Voicemail { stage, until }));
        }
    }

    /// An utterance has ended. If it was the message, the call ends.
    pub(super) fn after_message(&mut self, item: ItemId, end: PlayedEnd, fx: &mut Effects) {
        if let Phase::Voicemail(Voicemail { stage: Stage::Saying { after }, .. }) = *self.lifecycle.phase()
            && item > after
            && end == PlayedEnd::Finished
            && !self.conversation.is_saying()
        {
            self.end_with_mailbox(fx);
        }
    }

    pub(super) fn voicemail_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        match *self.lifecycle.phase() {
            Phase::Voicemail(voicemail) if voicemail.is_detecting() => {
                self.outgoing.detection_timed_out(now);
                self.detection_over(now, fx);
            }
            Phase::Voicemail(voicemail) if voicemail.listener().is_some() => self.tone_over(now, fx),
            Phase::Voicemail(_) => self.end_with_mailbox(fx),
            _ => {}
        }
    }

    /// Stops listening for a tone because of what comes next, which handles the rest.
    pub(super) fn close_voicemail(&mut self, fx: &mut Effects) {
        self.listen_no_longer(fx);
        if let Phase::Voicemail(voicemail) = *self.lifecycle.phase() {
            self.step(Step::Converse);
            self.rewire(fx);
            fx.extend(voicemail.listener().map(Effect::StopToneWatch));
        }
    }
}
