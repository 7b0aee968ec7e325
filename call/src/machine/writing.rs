//! Tools that write leads, appointments, text messages, events and to-dos. The store writes each once for a run of a tool, and reports what
//! it wrote.
//! it wrote.

use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::ids::EffectId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::written::Written;

use super::{Effect, Effects, Machine, note};
use crate::tools::{TextRequest, ToolWrite};

/// How long a run may take after it was requested again, in ms: 2 s for the commit, 4 s for the store, and a reserve.
const WRITE_MS_MAX: u64 = 10_000;

impl Machine {
    /// Whether the call allows this to be written. A message to anyone but the party on the call needs a number that may be dialled.
    ///
    /// # Errors
    /// Returns the reason if not, in words for the assistant.
    pub(super) fn may_write(&self, write: &ToolWrite) -> Result<(), String> {
        match write {
            // A model that knows the caller's number may name it, although it could leave it out. The store checks again whose it is.
            ToolWrite::Text(TextRequest { to: Some(to), .. }) if self.is_of_party(to) => Ok(()),
            ToolWrite::Text(TextRequest { to: Some(to), .. }) => {
                match DialTarget::find(to.as_str(), &self.policy) {
                    Ok(target) if matches!(target.who(), Dialable::Number { .. }) => Ok(()),
                    Ok(_) => Err("`to` is an extension: text messages go to numbers".to_owned()),
                    Err(not) => Err(not.to_string()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Whether it is the number of the party on the call.
    fn is_of_party(&self, number: &E164) -> bool {
        let plain = |number: E164| number.without_national_zero();
        self.handoffs.calling_back().phone().map(plain) == Some(plain(number.clone()))
    }

    /// Has the store write what a tool requests.
    pub(super) fn write_for_tool(&mut self, effect: EffectId, write: ToolWrite, fx: &mut Effects) {
        self.tools.write_begins(effect, write.clone());
        fx.push(Effect::Write { effect, write: Box::new(write) });
    }

    /// Requests the result again if the process, or a part of it, died before it came. Records that are already written are not written
    /// again.
    pub(super) fn write_again(&mut self, now: UnixMs, fx: &mut Effects) {
        self.tools.writes_begin_again(now + WRITE_MS_MAX);
        let again = |(effect, write): (EffectId, &ToolWrite)| Effect::Write {
            effect,
            write: Box::new(write.clone()),
        };
        fx.extend(self.tools.writes().map(again));
    }

    /// The store has answered. Its record is journalled once, even if the tool's time was over before. A record that must be written but
    /// failed is tried again, after the call if necessary, and again by the next process.
    pub(super) fn write_ended(
        &mut self,
        effect: EffectId,
        outcome: &ToolOutcome,
        written: Option<Written>,
        fx: &mut Effects,
    ) {
        if matches!(outcome, ToolOutcome::Failed { .. }) && self.tools.must_be_written(effect) {
            return;
        }
        if self.tools.write_ended(effect)
            && let Some(written) = written
        {
            fx.push(note(written.decision(effect)));
        }
    }
}
