//! A mailbox that has answered a call of ours, and gets a message: its greeting is heard out until the tone, then the
//! assistant says the words, and the call ends. Where our own detector is to tell a mailbox from a person, it listens before, and nobody
//! speaks until it has.
//!
//! ```text
//! answered ──> Detecting ──a mailbox──> Greeting ──tone──> Saying ──heard──> Ended, `voicemail`
//!                  │ a person, or not known in time
//!                  └──> greeted as anybody who answers; the listener stays for [`LISTENS_ON_MS`], and a tone shows that it was wrong
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

/// Time that the message may take to begin, in ms.
const BEGINS_MS_MAX: u64 = 10_000;
/// Time that our own detector may take, in ms: it decides within 5 s of sound, and of a line that gives none nothing is heard.
const DETECTION_MS_MAX: u64 = 6_000;
/// Time that is listened for a mailbox's tone behind a greeting that was taken for a person's, in ms: most greetings of mailboxes are shorter.
const LISTENS_ON_MS: u64 = 20_000;

/// A message for a mailbox under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voicemail {
    stage: Stage,
    pub(super) until: UnixMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is not known who has answered; this leg listens for that.
    Detecting { listener: LegId },
    /// The mailbox greets; this leg listens for its tone.
    Greeting { listener: LegId },
    /// The assistant says the message: its first utterance behind this one.
    Saying { behind: ItemId },
}

impl Voicemail {
    /// The leg that listens.
    pub(super) fn listener(&self) -> Option<LegId> {
        match self.stage {
            Stage::Detecting { listener } | Stage::Greeting { listener } => Some(listener),
            Stage::Saying { .. } => None,
        }
    }

    /// It is not known yet whether it is one.
    pub(super) fn is_detecting(&self) -> bool {
        matches!(self.stage, Stage::Detecting { .. })
    }
}

impl Machine {
    /// Our own detector listens to whoever has answered, and nobody speaks to them before it has told who that is.
    pub(super) fn detect(&mut self, now: UnixMs, fx: &mut Effects) {
        self.bring_assistant_unheard(now, fx);
        self.attend(Attention::Listen, fx);
        let listener = self.number_leg();
        let until = now + DETECTION_MS_MAX;
        self.step(Step::MeetMailbox(Voicemail { stage: Stage::Detecting { listener }, until }));
        fx.push(Effect::StartDetection(listener));
        self.rewire(fx);
    }

    /// Whether it is not known yet who has answered, and nobody speaks to them before it is.
    pub(super) fn is_detecting(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::Voicemail(voicemail) if voicemail.is_detecting())
    }

    /// It is known who has answered, or time is up.
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

    /// No mailbox was found: they are greeted, or an agent's. A tone that is heard all the same is journalled, and changes nothing: on a call
    /// with a person there are tones, too.
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

    /// Nobody listens for a tone behind the greeting any more.
    pub(super) fn listen_no_longer(&mut self, fx: &mut Effects) {
        if let Some(listener) = self.outgoing.listens_no_longer() {
            self.rewire(fx);
            fx.push(Effect::StopToneWatch(listener));
        }
    }

    /// Says nothing until the tone. Nobody is asked to take over a mailbox.
    pub(super) fn await_tone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.cancel_handoff(now, fx);
        self.conversation_stops(now, fx);
        self.hush(fx);
        self.conversation.owes_nothing();
        self.holding.apply(HoldEvent::WantedNoMore, now, fx);
        self.attend(Attention::Listen, fx);
        let listener = self.number_leg();
        let until = now + VOICEMAIL_TONE_MS_MAX;
        self.step(Step::MeetMailbox(Voicemail { stage: Stage::Greeting { listener }, until }));
        fx.push(Effect::StartToneWatch(listener));
        self.rewire(fx);
    }

    /// The tone is over, or none comes: the assistant says the message, now or once it is ready.
    pub(super) fn tone_over(&mut self, now: UnixMs, fx: &mut Effects) {
        self.listen_no_longer(fx);
        let Phase::Voicemail(Voicemail { stage: Stage::Greeting { listener }, .. }) = *self.lifecycle.phase()
        else {
            return;
        };
        let stage = Stage::Saying { behind: self.conversation.newest_item() };
        self.step(Step::MeetMailbox(Voicemail { stage, until: now + BEGINS_MS_MAX }));
        self.rewire(fx);
        fx.push(Effect::StopToneWatch(listener));
        if self.conversation.has_ready_assistant() {
            self.say_message(fx);
        }
    }

    /// The assistant is there.
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
            // An assistant that took the place of another has its recordings only.
            None => self.end_with_mailbox(fx),
        }
    }

    /// The message has begun.
    pub(super) fn message_begins(&mut self, item: ItemId, now: UnixMs) {
        if let Phase::Voicemail(Voicemail { stage: stage @ Stage::Saying { behind }, .. }) =
            *self.lifecycle.phase()
            && item > behind
        {
            let until = now + VOICEMAIL_MESSAGE_MS_MAX;
            self.step(Step::MeetMailbox(Voicemail { stage, until }));
        }
    }

    /// An utterance has ended: if it was the message, so does the call.
    pub(super) fn after_message(&mut self, item: ItemId, end: PlayedEnd, fx: &mut Effects) {
        if let Phase::Voicemail(Voicemail { stage: Stage::Saying { behind }, .. }) = *self.lifecycle.phase()
            && item > behind
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

    /// Nobody listens for a tone any more, because of what comes next, which sees to the rest.
    pub(super) fn close_voicemail(&mut self, fx: &mut Effects) {
        self.listen_no_longer(fx);
        if let Phase::Voicemail(voicemail) = *self.lifecycle.phase() {
            self.step(Step::Converse);
            self.rewire(fx);
            fx.extend(voicemail.listener().map(Effect::StopToneWatch));
        }
    }
}
