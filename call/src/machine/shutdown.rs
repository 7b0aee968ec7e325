//! The server shuts down: callers who may finish, callers who hear a goodbye, and calls that are left to the next process.
//!
//! A caller whom a person has on their switch goes on talking with or without a server, and so does one who was sent on or is in a car park
//! or a room. Their call stays open, as after a crash: the next process rebuilds it from its journal and continues it. So nothing waits for
//! such a call, and nothing ends it.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::documents::{ScriptedLine, ScriptedStep};
use super::ending::LastWords;
use super::{Effects, LostBy, Machine, Phase, Step, note};

impl Machine {
    /// No new calls are accepted. A caller who is on their way back comes to the next process.
    pub(super) fn server_draining(&mut self, now: UnixMs) {
        self.process.drains();
        if let Phase::Interrupted { otherwise, .. } = *self.lifecycle.phase() {
            let (wait_ms, otherwise) = self.return_window(otherwise);
            self.step(Step::Interrupt { until: now + wait_ms, otherwise });
        }
    }

    /// The time to finish is over: callers who are connected hear a goodbye, other calls end.
    pub(super) fn drain_expired(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.continues_alone() {
            return;
        }
        let ending = Ending { cause: HangupCause::server_stopped(), by: HangupBy::Server };
        self.leave(Line::GoodbyeShutdown, LastWords::AtOnce, (ending, NextStep::Hangup), now, fx);
    }

    pub(super) fn server_stopping(&mut self, fx: &mut Effects) {
        if !self.continues_alone() {
            self.hung_up(HangupBy::Server, &HangupCause::server_stopped(), fx);
        }
    }

    /// Whether the caller needs no server for now, or waits for the next one.
    pub fn continues_alone(&self) -> bool {
        match self.lifecycle.phase() {
            Phase::WithPerson(_) => true,
            Phase::SentOn(_) => self.transfer_continues_alone(),
            Phase::ScriptedLine(ScriptedLine { doing, .. }) => match doing {
                ScriptedStep::Dialling { .. } | ScriptedStep::Recording => true,
                ScriptedStep::RoomWait(_) => self.person_is_in_room(),
                ScriptedStep::Asking { .. } => false,
            },
            Phase::Interrupted { otherwise, .. } => *otherwise == LostBy::Restart,
            _ => false,
        }
    }

    /// Whether the call is left to the next process, so that this one does not end it.
    pub fn is_left_to_next(&self) -> bool {
        self.process.is_draining() && self.continues_alone()
    }

    /// Returns how long a caller without a leg is awaited, in ms, and why they were lost. If no new calls are accepted, they come back to
    /// the next process.
    pub(super) fn return_window(&self, lost_by: LostBy) -> (u64, LostBy) {
        match lost_by {
            LostBy::Restart => (self.policy.resume_window_ms, LostBy::Restart),
            LostBy::Connection | LostBy::Page if self.process.is_draining() => {
                (self.policy.resume_window_ms, LostBy::Restart)
            }
            LostBy::Connection | LostBy::Page => {
                let sleeps = lost_by == LostBy::Connection && self.is_alone_with_writer();
                (self.line.return_ms(&self.policy, sleeps), lost_by)
            }
            LostBy::Stop => (self.policy.meet_timeout_ms, lost_by),
        }
    }

    /// The caller has no leg, as expected. Their switch will bring them to us again, or to the next process.
    pub(super) fn await_caller(&mut self, now: UnixMs, fx: &mut Effects) {
        let (wait_ms, otherwise) = self.return_window(LostBy::Connection);
        let until = now + wait_ms;
        self.step(Step::Interrupt { until, otherwise });
        fx.push(note(Decision::Returning { until }));
    }
}
