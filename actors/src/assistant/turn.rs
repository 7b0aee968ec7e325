//! Turn-taking, and the choice of recordings: the built-in receptionist's part in a conversation that it can't understand. Pure.

use cordboard_schema::line::Line;

use super::sounds::Prompt;
use crate::messages::Attention;

/// The state of a conversation between a caller and the built-in receptionist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turns {
    attention: Attention,
    caller: Caller,
    replies_given: usize,
    /// The newest greeting or reply.
    said: Prompt,
}

/// Activity of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Silent,
    Speaking,
    /// Speaking, and answered meanwhile by a line of the call: they pressed a key while speaking, or a message was saved.
    AnsweredInSpeech,
}

impl Turns {
    /// Returns a conversation in which nothing was said yet.
    pub(super) fn new() -> Self {
        Self {
            attention: Attention::Converse,
            caller: Caller::Silent,
            replies_given: 0,
            said: Prompt::Greeting,
        }
    }

    /// Changes how the caller's words are treated.
    pub(super) fn attend(&mut self, attention: Attention) {
        self.attention = attention;
    }

    /// Returns the recordings that make up a line, said as one utterance.
    ///
    /// [`Line::Repeat`] is the newest greeting or reply again; after the reply that only mentions the key for repeating, it is
    /// the greeting with its choices.
    pub(super) fn say(&mut self, line: Line) -> Vec<Prompt> {
        if self.caller == Caller::Speaking {
            self.caller = Caller::AnsweredInSpeech;
        }
        let prompt = match line {
            // A profile's own words are not recorded, and not requested here.
            Line::Notice | Line::Greeting => Prompt::Greeting,
            Line::Repeat if self.said == Prompt::Reply3 => Prompt::Greeting,
            Line::Repeat => self.said,
            Line::MessageIntro => return vec![Prompt::MessageIntro, Prompt::Tone],
            Line::WelcomeBack => Prompt::WelcomeBack,
            Line::StillThere => Prompt::StillThere,
            Line::UnknownKey => Prompt::UnknownKey,
            Line::MessageSaved => Prompt::MessageSaved,
            Line::MessageEmpty => Prompt::MessageEmpty,
            Line::MessageFailed => Prompt::MessageFailed,
            Line::Transferring => Prompt::Transferring,
            Line::TransferRefused => Prompt::TransferRefused,
            Line::Goodbye => Prompt::Goodbye,
            Line::GoodbyeSilence => Prompt::GoodbyeSilence,
            Line::GoodbyeMaxDuration => Prompt::GoodbyeMaxDuration,
            Line::GoodbyeShutdown => Prompt::GoodbyeShutdown,
            Line::NotCalledAgain => Prompt::NotCalledAgain,
            Line::Apology => Prompt::Apology,
            Line::OneMoment => Prompt::OneMoment,
            Line::AssistantAway => Prompt::AssistantAway,
            Line::NextInQueue => Prompt::NextInQueue,
            Line::OneBefore => Prompt::OneBefore,
            Line::TwoBefore => Prompt::TwoBefore,
            Line::ThreeBefore => Prompt::ThreeBefore,
            Line::FourBefore => Prompt::FourBefore,
            Line::ManyBefore => Prompt::ManyBefore,
            Line::WaitMinute => Prompt::WaitMinute,
            Line::WaitTwoMinutes => Prompt::WaitTwoMinutes,
            Line::WaitFiveMinutes => Prompt::WaitFiveMinutes,
            Line::WaitTenMinutes => Prompt::WaitTenMinutes,
            Line::WaitLonger => Prompt::WaitLonger,
            Line::Overheard => Prompt::Overheard,
        };
        if matches!(line, Line::Greeting | Line::Repeat | Line::AssistantAway) {
            self.said = prompt;
        }
        vec![prompt]
    }

    /// Returns whether the caller is speaking.
    pub(super) fn caller_speaks(&self) -> bool {
        self.caller != Caller::Silent
    }

    /// Notes that the caller begins to speak.
    pub(super) fn caller_started(&mut self) {
        self.caller = Caller::Speaking;
    }

    /// Notes that the caller has finished. `spoke_on` says whether they did so well after the end of a line that was said
    /// meanwhile. Returns the reply, if one is due: the replies follow one another, and after the last comes the first again.
    pub(super) fn caller_finished(&mut self, spoke_on: bool) -> Option<Prompt> {
        let is_reply_due = match std::mem::replace(&mut self.caller, Caller::Silent) {
            Caller::Speaking => true,
            Caller::AnsweredInSpeech => spoke_on,
            Caller::Silent => false,
        };
        (is_reply_due && self.attention == Attention::Converse).then(|| self.reply())
    }

    /// Returns the next reply, requested by the caller or by the call.
    pub(super) fn reply(&mut self) -> Prompt {
        let reply = Prompt::REPLIES[self.replies_given % Prompt::REPLIES.len()];
        self.replies_given += 1;
        self.said = reply;
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(turns: &mut Turns) -> Option<Prompt> {
        turns.caller_started();
        turns.caller_finished(false)
    }

    #[test]
    fn replies_come_in_order_and_again() {
        let mut turns = Turns::new();
        let replies: Vec<_> = (0..6).filter_map(|_| reply(&mut turns)).collect();
        let [first, second, third, fourth] = Prompt::REPLIES;
        assert_eq!(replies, [first, second, third, fourth, first, second]);
    }

    #[test]
    fn a_silent_listener_uses_no_reply_up() {
        let mut turns = Turns::new();
        turns.attend(Attention::Listen);
        assert_eq!(reply(&mut turns), None);
        turns.attend(Attention::Converse);
        assert_eq!(reply(&mut turns), Some(Prompt::Reply1));
    }

    #[test]
    fn only_the_speech_that_a_line_answered_gets_no_reply() {
        let mut turns = Turns::new();
        turns.caller_started();
        turns.say(Line::MessageSaved);
        assert_eq!(turns.caller_finished(false), None);
        turns.say(Line::StillThere);
        assert_eq!(reply(&mut turns), Some(Prompt::Reply1));
        turns.caller_started();
        turns.say(Line::UnknownKey);
        assert_eq!(turns.caller_finished(true), Some(Prompt::Reply2), "they went on after the line");
    }

    #[test]
    fn repeating_leads_to_the_newest_choices() {
        let mut turns = Turns::new();
        assert_eq!(turns.say(Line::Repeat), [Prompt::Greeting], "nothing was said yet");
        turns.say(Line::WelcomeBack);
        let mut repeated = Vec::new();
        for _ in 0..4 {
            reply(&mut turns);
            repeated.extend(turns.say(Line::Repeat));
        }
        let expected = [Prompt::Reply1, Prompt::Reply2, Prompt::Greeting, Prompt::Reply4];
        assert_eq!(repeated, expected, "reply 3 only says that hash repeats the choices");
    }
}
