//! Calls that have lost their process or their actor: they are resumed, get another actor, or are given up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::{error, info};

use super::RegistryActor;
use super::room::Newcomer;
use crate::call::actor::Birth;
use crate::call::found::unresumed;
use crate::call::live_call::LiveCall;
use crate::call::rebirth::RebirthOutcome;
use crate::messages::Journal;
use crate::panic_text::panic_text;

impl RegistryActor {
    pub(super) fn resume_open_calls(&mut self) {
        while let Some(found) = self.open_calls.pop() {
            let (identity, outside_ids) = (found.identity, found.outside_ids.clone());
            info!(call_id = %identity.call_id, "resuming a call that a process left open");
            let (newest_seq, has_ended) = (found.newest_seq, found.machine.has_ended());
            let (birth, neighbours) = (Birth::Found(Box::new(found)), Arc::clone(&self.neighbours));
            let made = catch_unwind(AssertUnwindSafe(|| {
                #[cfg(feature = "fault-injection")]
                crate::fault::strike(crate::fault::Fault::PanicInResume);
                LiveCall::new(identity, birth, neighbours)
            }));
            let made = made.unwrap_or_else(|panic| {
                let reason = panic_text(panic.as_ref()).to_owned();
                error!(call_id = %identity.call_id, reason, "a call that a process left open can't be resumed: it is given up");
                // A call that had ended has its end in the journal: only the work that it had left is lost.
                if !has_ended {
                    let entries = unresumed(identity, newest_seq, self.neighbours.clock.now(), reason);
                    self.neighbours.journal.do_send(Journal { entries: entries.into() });
                }
                None
            });
            if let Some(call) = made {
                let room = self.rooms.take_anyway(Newcomer::of(identity.organization_id, &outside_ids));
                self.start_call(identity, outside_ids, call, room);
            }
        }
    }

    pub(super) fn restart_orphans(&mut self) {
        while let Some(call) = self.orphans.pop() {
            let call_id = call.id();
            let mut orphan = Some(call);
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.restart(&mut orphan))) else { continue };
            let panic = panic_text(panic.as_ref());
            error!(%call_id, panic, "a call whose actor is gone could not get another one: it is given up");
            if let Some(organization_id) = self.calls.get(&call_id).map(|entry| entry.organization_id) {
                self.is_gone(organization_id, call_id);
            }
            // Last, so that a registry that dies at this call, too, no longer has it.
            if let Some(call) = orphan {
                call.bury();
            }
        }
    }

    /// A call's actor is gone: the call gets another one unless it is over, on the same arbiter if that still runs.
    /// `orphan` is empty once another actor has the call, or it is given up.
    fn restart(&mut self, orphan: &mut Option<Box<LiveCall>>) {
        let Some(call) = orphan.as_mut() else { return };
        let call_id = call.id();
        if !self.calls.contains_key(&call_id) {
            // A panic struck while it got its last actor, which has handed it back: it was given up, and its end is
            // not journalled yet.
            if let Some(call) = orphan.take() {
                call.bury();
            }
            return;
        }
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInRestart);
        let outcome = call.lose_actor();
        let elsewhere = self.least_busy();
        let Some(entry) = self.calls.get_mut(&call_id) else { return };
        let organization_id = entry.organization_id;
        if self.arbiters[entry.arbiter].is_none() {
            let Some(arbiter) = elsewhere else {
                // The process is ending; the next one finds the call open.
                return self.forget(call_id);
            };
            entry.arbiter = arbiter;
        }
        match outcome {
            RebirthOutcome::Lives => {
                // A message of ours may be what was lost. A call that has received it ignores a repetition.
                let lost = entry.hangup.as_deref().cloned().into_iter().chain(self.going_down.fact());
                lost.for_each(|fact| entry.line.fact(fact));
                let arbiter = entry.arbiter;
                if let Some(call) = orphan.take() {
                    self.start_actor(arbiter, call);
                }
            }
            RebirthOutcome::Over => {
                if call.hangs_up() {
                    self.placed.hung_up(call_id);
                }
                if call.has_ended_with_channel() {
                    self.ended_channels.note(&entry.outside_ids);
                }
                self.is_gone(organization_id, call_id);
            }
            RebirthOutcome::Lost => {
                if let Some(call) = orphan.take() {
                    call.bury();
                }
                self.is_gone(organization_id, call_id);
            }
        }
    }
}
