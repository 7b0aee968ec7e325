//! Detects that the provider may not hear the caller any more: the caller has spoken, and it reports neither a beginning nor an
//! end.
//!
//! A server may have good reasons to ignore a noise. So it is sent a request that every server answers and that changes nothing.
//! If it does not answer that either, it has stalled.

use cordboard_call::machine::without_words;
use cordboard_schema::fold::Role;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::ClientEvent;

use super::Session;
use super::act::Act;
use super::answers::Want;
use crate::messages::Attention;

impl Session {
    /// Notes that the caller spoke from `began_at` to `ended_at`, judged by the sound.
    pub fn caller_spoke(&mut self, began_at: UnixMs, ended_at: UnixMs, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        let is_unheard = self.links.live_heard_from_at().is_some_and(|at| at < began_at);
        let is_missed = is_unheard || self.hearing.is_speaking();
        if !is_missed || self.doubted_ms.is_some() {
            return;
        }
        self.doubted_ms = Some(ended_at.ms_since(began_at));
        if self.attention == Attention::Converse {
            // A caller who spoke to a dead line has been waiting since they finished.
            self.comfort.due_from(ended_at);
        }
        let session = Box::new(self.plan.attention_update(self.links.dialect(), self.attention));
        self.send(ClientEvent::SessionUpdate { session });
        self.settle();
    }

    /// Returns whether the caller is speaking, as far as that can be known.
    pub(super) fn caller_speaks(&self) -> bool {
        self.hearing.is_speaking() && self.doubted_ms.is_none()
    }

    /// Handles the loss of a provider that did not answer the check either. It has lost the caller's words; the next session has to
    /// say something about that, and learns that they spoke.
    pub(super) fn doubt_was_right(&mut self) {
        let Some(speech_ms) = self.doubted_ms.take() else { return };
        if self.attention != Attention::Converse {
            return;
        }
        if !self.hearing.is_speaking() {
            self.memory.said(Role::Caller, &without_words(speech_ms));
            self.unheard_ms = Some(speech_ms);
        }
        self.want(Want::Continue);
    }

    /// Reports speech that no session has heard, before the assistant gives up: the call lets the next one answer it.
    pub(super) fn report_unheard(&mut self) {
        let Some(speech_ms) = self.doubted_ms.take().or(self.unheard_ms.take()) else { return };
        // A speech whose beginning was heard is known to the call.
        let is_known = self.hearing.is_speaking();
        let converses = self.attention == Attention::Converse && !self.waits && !self.is_over;
        if converses && !is_known {
            self.acts.extend([Act::SpeechStarted, Act::SpeechStopped(speech_ms)]);
        }
    }
}
