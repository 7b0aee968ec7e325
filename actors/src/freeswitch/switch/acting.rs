//! Actions on channels that calls order over our connection.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiAnswer, Event};
use tracing::debug;
use uuid::Uuid;

use super::{Awaited, Freeswitch};
use crate::freeswitch::commands::{self, Asking, Over};
use crate::freeswitch::pending::Settled;
use crate::messages::{CallLine, ChannelAction};

/// The call's request that an action belongs to.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) channel: Uuid,
    pub(super) effect: EffectId,
    pub(super) call: CallLine,
}

impl Act {
    fn done(self, outcome: ActionOutcome) {
        self.call.fact(Fact::ActionDone { effect: self.effect, outcome });
    }

    fn failed(self, reason: String) {
        self.done(ActionOutcome::Failed { reason });
    }
}

impl Freeswitch {
    /// Carries out an action on a channel, or reports at once why not. Actions are never queued for a dead link.
    pub(super) fn act(&mut self, act: Act, action: &ChannelAction, now: UnixMs) {
        if !self.link.is_up() {
            return act.failed(self.link.losses().not_there(&self.settings.name));
        }
        let id = self.jobs.next();
        let (music, ours) = (&self.settings.music, self.settings.way_back.as_ref());
        let asking = match commands::ask(action, act.channel, Over::Inbound, id, music, ours) {
            Ok(asking) => asking,
            Err(error) => return act.failed(error.to_string()),
        };
        if let Err(error) = self.pending.ask(act.clone(), act.channel, id, &asking, now_ms(now)) {
            return act.failed(error.to_string());
        }
        self.note_act(act.channel, action, now);
        let Asking { commands, .. } = asking;
        commands.iter().for_each(|command| self.ask(command, Awaited::Act, now));
        self.follow_act(act.channel, action, now);
    }

    /// Notes what is needed before the switch acts.
    fn note_act(&mut self, channel: Uuid, action: &ChannelAction, now: UnixMs) {
        self.hear_of(channel, now);
        if let ChannelAction::BridgeWith { channel: person } = action {
            self.person_joins(*person);
        }
    }

    /// Applies the consequences of the order.
    fn follow_act(&mut self, channel: Uuid, action: &ChannelAction, now: UnixMs) {
        if let ChannelAction::StopPlayback { next_chunk, given_by } = action {
            self.playing(channel, now, |queue, now_ms| queue.stop(*next_chunk, *given_by, now_ms));
            settle(self.pending.playback_stopped(channel));
        }
    }

    pub(super) fn act_answered(&mut self, answer: ApiAnswer<'_>, now: UnixMs) {
        if let Some(why) = answer.failure() {
            debug!(switch = %self.settings.name, why, "the switch refused an action on a call's channel");
        }
        settle(self.pending.replied(answer, now_ms(now)));
    }

    pub(super) fn act_happened(&mut self, event: &Event) {
        settle(self.pending.happened(event));
    }

    /// Reports all actions under way as unknown.
    pub(super) fn acts_lost(&mut self) {
        settle(self.pending.lost());
    }

    pub(super) fn acts_expired(&mut self, now: UnixMs) {
        settle(self.pending.expire(now_ms(now)));
    }

    pub(super) fn acts_deadline(&self) -> Option<UnixMs> {
        self.pending.next_deadline_ms().map(|at| UnixMs(0) + at)
    }
}

/// Returns the time in ms for parts that only count it.
pub(super) fn now_ms(now: UnixMs) -> u64 {
    now.ms_since(UnixMs(0))
}

fn settle(settled: impl IntoIterator<Item = Settled<Act>>) {
    for Settled { key, outcome, .. } in settled {
        key.done(outcome);
    }
}
