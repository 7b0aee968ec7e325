//! Callers for whom a queue has found nobody, and whom somebody is to call back.
//!
//! The call itself decides that and has it written: they are on the list also where they hang up, or the assistant is cut off,
//! before a word of it is said.

use cordboard_schema::call::Direction;
use cordboard_schema::event::{Announcement, Decision};
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::LINE_CHARS_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::switch::{ChannelSeen, HandoffFailure};
use cordboard_schema::tool::ToolOutcome;

use super::{Effects, Machine, note};
use crate::tools::{CallbackWish, ToolWrite};

/// Whether and where the caller is called back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CallingBack {
    /// We have called them: nobody knows better who they are.
    is_outbound: bool,
    /// The other party, as the dialplan or the switch calls them.
    party: Option<String>,
    /// The run that writes it down, and the number.
    noted: Option<(EffectId, E164)>,
}

impl CallingBack {
    /// Of a call that begins.
    pub(super) fn of(direction: Direction, announced: Option<&Announcement>) -> Self {
        let is_outbound = direction == Direction::Outbound;
        let party = announced.and_then(|announced| {
            let Announcement { from, to, .. } = announced;
            if is_outbound { to.clone() } else { from.clone() }
        });
        Self { is_outbound, party, noted: None }
    }

    /// The dialplan says who calls.
    pub(super) fn announced(&mut self, announcement: &Announcement) {
        if !self.is_outbound {
            self.party = announcement.from.clone().or(self.party.take());
        }
    }

    /// The switch says who calls; what the dialplan says goes before it.
    pub(super) fn seen(&mut self, channel: &ChannelSeen) {
        if !self.is_outbound {
            self.party = self.party.take().or(channel.from.clone());
        }
    }
}

impl Machine {
    /// Nobody has taken over. Puts the caller on the list of the queue that wants it so, once in a call; who has no number is asked
    /// for one.
    pub(super) fn note_callback(&mut self, handoff: EffectId, failure: HandoffFailure, fx: &mut Effects) {
        let Some(queue_id) = self.calls_back(handoff) else { return };
        let phone = self.handoffs.calling_back.party.as_deref().and_then(|party| party.parse::<E164>().ok());
        let Some(phone) = phone else { return };
        // Who has left by themselves has not been given up.
        if failure == HandoffFailure::CallerLeft || self.handoffs.calling_back.noted.is_some() {
            return;
        }
        let effect = self.number_effect();
        let reason = self.handoffs.newest.as_ref().map(|handoff| handoff.reason.as_str()).unwrap_or_default();
        let about = in_a_line(reason);
        self.handoffs.calling_back.noted = Some((effect, phone.clone()));
        fx.push(note(Decision::CallbackNoted { effect, queue_id, phone: phone.clone() }));
        self.write_for_tool(effect, ToolWrite::Callback(CallbackWish { queue_id, phone, about }), fx);
    }

    /// What the assistant is to do about it.
    pub(super) fn callback_in_words(&self) -> String {
        match &self.handoffs.calling_back.noted {
            Some((_, phone)) => format!(
                "it is noted that somebody calls them back at {phone}: tell them so. No tool changes that number: \
                 who wants to be called at another one can leave it in a message"
            ),
            None => "offer that somebody calls them back, and take down their number and what it is about"
                .to_owned(),
        }
    }

    /// The store has answered. What could not be written is not promised any longer.
    pub(super) fn callback_ended(&mut self, effect: EffectId, outcome: &ToolOutcome, fx: &mut Effects) {
        let is_it = self.handoffs.calling_back.noted.as_ref().is_some_and(|(noted, _)| *noted == effect);
        if is_it && !matches!(outcome, ToolOutcome::Done { .. }) {
            self.handoffs.calling_back.noted = None;
            let told =
                "that somebody calls the caller back could not be noted: say so, and offer to take a message";
            self.has_said(told.to_owned(), fx);
        }
    }
}

/// Words as the list shows them: in one line, and not too long.
fn in_a_line(words: &str) -> String {
    let words: Vec<&str> = words.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.chars().take(LINE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_shows_what_they_want_in_one_line_of_bounded_length() {
        assert_eq!(in_a_line(" a bill\r\n\tof\u{7}May "), "a bill of May");
        assert_eq!(in_a_line(&"ä ".repeat(LINE_CHARS_MAX)).chars().count(), LINE_CHARS_MAX);
    }

    #[test]
    fn a_callee_is_called_back_where_we_called_them_and_a_caller_where_they_call_from() {
        let announced = Announcement {
            from: Some("+4930111".to_owned()),
            to: Some("+4930222".to_owned()),
            ..Announcement::default()
        };
        let seen = ChannelSeen { from: Some("+4930333".to_owned()), ..ChannelSeen::default() };
        let other = Announcement { from: Some("+4930444".to_owned()), ..Announcement::default() };
        let party = |direction, announced: Option<&Announcement>, later: Option<&Announcement>| {
            let mut calling_back = CallingBack::of(direction, announced);
            calling_back.seen(&seen);
            later.into_iter().for_each(|later| calling_back.announced(later));
            calling_back.party
        };
        assert_eq!(party(Direction::Outbound, Some(&announced), Some(&other)).as_deref(), Some("+4930222"));
        assert_eq!(party(Direction::Outbound, None, None), None, "a switch does not know whom we meant");
        assert_eq!(party(Direction::Inbound, Some(&announced), None).as_deref(), Some("+4930111"));
        assert_eq!(party(Direction::Inbound, None, None).as_deref(), Some("+4930333"));
        let told = party(Direction::Inbound, None, Some(&other));
        assert_eq!(told.as_deref(), Some("+4930444"), "the dialplan's word goes before the switch's");
    }
}
