//! Doubt whether the provider still hears the caller: they have spoken, and it says nothing of a beginning or an end.
//!
//! A server may have good reasons to take no notice of a noise. So it is asked something that every server answers and
//! that changes nothing; one that does not answer that either has stalled.

use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::ClientEvent;

use super::Session;
use super::answers::Want;
use crate::messages::Attention;

impl Session {
    /// The caller spoke from `began_at` to `ended_at`, to judge by the sound.
    pub fn caller_spoke(&mut self, began_at: UnixMs, ended_at: UnixMs, now: UnixMs) {
        if !self.goes_on(now) {
            return;
        }
        let is_unheard = self.links.live_heard_from_at().is_some_and(|at| at < began_at);
        let is_missed = is_unheard || self.hearing.is_speaking();
        if !is_missed || self.doubts_since.is_some() {
            return;
        }
        self.doubts_since = Some(self.now);
        if self.attention == Attention::Converse {
            // A caller who spoke to a dead line waits since they ended.
            self.comfort.owed_from(ended_at);
        }
        let session = Box::new(self.plan.attention_update(self.links.dialect(), self.attention));
        self.send(ClientEvent::SessionUpdate { session });
        self.settle();
    }

    /// Whether the caller is speaking, as far as that can be known.
    pub(super) fn caller_speaks(&self) -> bool {
        self.hearing.is_speaking() && self.doubts_since.is_none()
    }

    /// The provider did not even answer the request made in doubt. The caller's words are lost to it; the next session
    /// has to say something about that.
    pub(super) fn doubt_was_right(&mut self) {
        if self.doubts_since.take().is_some() && self.attention == Attention::Converse {
            self.want(Want::Continue);
        }
    }
}
