//! A person who takes over here, an agent or an external party, is briefed on the caller before the two are joined: two sentences of
//! the assistant, which the caller does not hear.
//!
//! ```text
//! accepted ──their audio joins──> told of the caller ──heard, or enough of it──> with the caller
//!                                  (music to the caller, the assistant to them)
//! ```
//! If nothing can be told (the assistant has recordings only, or nothing is known of the caller), they are joined at once.

use cordboard_schema::ids::{CordId, EffectId, ItemId, LegId};
use cordboard_schema::switch::HandoffStyle;
use cordboard_schema::time::UnixMs;

use super::participants::Who;
use super::{Effects, Machine};
use crate::handoff::HandoffEvent;
use crate::{AssistantOrder, Attention};

/// Time that two sentences may take, from the request for them, in ms. The caller waits meanwhile.
const WHISPER_MS_MAX: u64 = 15_000;

/// The caller in words, for the person who takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Briefing {
    /// The caller in two sentences, once they were made.
    brief: Option<String>,
    /// The whisper that is under way.
    under_way: Option<Whisper>,
    /// The legs of those who were briefed. What they have heard of it may be reported when they have another leg, or have left.
    told_at: Vec<LegId>,
}

impl Briefing {
    /// The two sentences were made.
    pub(super) fn made(&mut self, brief: &str) {
        self.brief = Some(brief.to_owned());
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// The person who is being briefed on the caller.
    pub(super) fn listener(&self) -> Option<Who> {
        self.under_way.map(|whisper| whisper.listener)
    }

    /// Whether somebody is, or was, briefed at this leg.
    pub(super) fn was_told_at(&self, leg: LegId) -> bool {
        self.told_at.contains(&leg)
    }

    /// When that ends in any case.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.under_way.map(|whisper| whisper.until)
    }
}

/// A person who is being briefed on the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whisper {
    listener: Who,
    until: UnixMs,
    handoff: EffectId,
    leg: LegId,
    /// The newest item before the whisper; it was for the caller.
    behind: ItemId,
}

impl Machine {
    /// Has the assistant brief a person on the caller; their audio has just joined. Returns whether there is anything to wait for.
    pub(super) fn whisper_begins(
        &mut self,
        (handoff, listener): (EffectId, Who),
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        if self.briefing.under_way.is_some_and(|whisper| whisper.leg == leg) {
            return true;
        }
        let can_speak = self.conversation.finds_words();
        let is_warm = self.profile.handoff_style == HandoffStyle::Warm;
        let is_due = is_warm && can_speak && self.lifecycle.converses() && !self.is_giving_notice();
        let Some(brief) = self.briefing.brief.clone().filter(|_| is_due) else { return false };
        let (until, behind) = (now + WHISPER_MS_MAX, self.conversation.newest_item());
        self.hush(fx);
        self.attend(Attention::Listen, fx);
        self.briefing.under_way = Some(Whisper { listener, until, handoff, leg, behind });
        if !self.briefing.was_told_at(leg) {
            self.briefing.told_at.push(leg);
        }
        self.handoff_event(handoff, &HandoffEvent::Briefed { until }, now, fx);
        self.rewire(fx);
        self.order(AssistantOrder::SayText(brief), fx);
        true
    }

    /// The cord from the assistant to the person that it briefs, in the place of the one to the caller.
    pub(super) fn whisper_cord(&self) -> Option<CordId> {
        let (whisper, assistant) = self.briefing.under_way.zip(self.conversation.assistant())?;
        Some(CordId { from: assistant.leg, to: whisper.leg })
    }

    /// An utterance is over: if it was the briefing, they have heard it.
    pub(super) fn whisper_heard(&mut self, now: UnixMs, fx: &mut Effects) {
        let has_begun = |whisper: Whisper| self.conversation.newest_item() > whisper.behind;
        if self.briefing.under_way.is_some_and(has_begun) && !self.conversation.is_saying() {
            self.whisper_over(now, fx);
        }
    }

    /// They have the caller now, whatever they have not heard yet.
    pub(super) fn whisper_over(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(Whisper { listener, handoff, leg, .. }) = self.briefing.under_way.take() else { return };
        match listener {
            Who::Agent(user) => self.agent_takes_over(handoff, user, leg, now, fx),
            Who::External(_) | Who::Supervisor(_) | Who::PersonAtSwitch => {
                self.handoff_event(handoff, &HandoffEvent::Bridged, now, fx);
            }
        }
    }

    /// The person that this hand-off has led to is not there any more. If
    /// they were being briefed, the assistant has the caller as before.
    pub(super) fn whisper_broken(&mut self, handoff: EffectId, fx: &mut Effects) {
        if self.briefing.under_way.take_if(|whisper| whisper.handoff == handoff).is_some() {
            if self.lifecycle.converses() {
                self.attend(Attention::Converse, fx);
            }
            self.rewire(fx);
        }
    }
}
