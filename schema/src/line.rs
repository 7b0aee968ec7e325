//! The lines that a call's machine asks an assistant to say: their meaning, not their wording.

use serde::{Deserialize, Serialize};

/// A thing to say. The built-in assistant has a recording for each; a realtime provider words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The profile's notice, which every caller hears before all else, word for word.
    Notice,
    /// The first words of a call.
    Greeting,
    /// The first words after an interruption.
    WelcomeBack,
    /// The last thing once more.
    Repeat,
    /// The caller has been silent.
    StillThere,
    /// A key that does nothing.
    UnknownKey,
    /// Asks for a message; a tone follows.
    MessageIntro,
    /// A message was kept.
    MessageSaved,
    /// Nothing was said after the tone.
    MessageEmpty,
    /// A message could not be kept.
    MessageFailed,
    /// The caller is being connected.
    Transferring,
    /// The caller can't be connected there.
    TransferRefused,
    /// Goodbye, the ordinary one.
    Goodbye,
    /// Goodbye after silence.
    GoodbyeSilence,
    /// Goodbye at the longest duration.
    GoodbyeMaxDuration,
    /// Goodbye because the server goes down.
    GoodbyeShutdown,
    /// Goodbye to a party that is not called again, because they asked for it.
    NotCalledAgain,
    /// Something went wrong here.
    Apology,
    /// A moment's patience is asked for: the assistant thinks, or connects anew.
    OneMoment,
    /// The assistant can't be reached; others who can be reached, and a message, are offered.
    AssistantAway,
    /// The caller is the next in their queue.
    NextInQueue,
    /// One caller is before them in their queue.
    OneBefore,
    /// Two callers are.
    TwoBefore,
    /// Three callers are.
    ThreeBefore,
    /// Four callers are.
    FourBefore,
    /// More than four callers are.
    ManyBefore,
    /// They will wait for a minute at most.
    WaitMinute,
    /// They will wait for two minutes at most.
    WaitTwoMinutes,
    /// They will wait for five minutes at most.
    WaitFiveMinutes,
    /// They will wait for ten minutes at most.
    WaitTenMinutes,
    /// They will wait for longer than ten minutes.
    WaitLonger,
    /// A member of the organization may hear the call.
    Overheard,
}

impl Line {
    /// A caller's position in their queue, for callers who have recordings only. The first has position 1.
    pub const fn of_position(position: u32) -> Self {
        match position {
            0 | 1 => Self::NextInQueue,
            2 => Self::OneBefore,
            3 => Self::TwoBefore,
            4 => Self::ThreeBefore,
            5 => Self::FourBefore,
            _ => Self::ManyBefore,
        }
    }

    /// A caller's expected wait in a queue, in s, for callers who have recordings only.
    pub const fn of_wait(wait_s: u32) -> Self {
        match wait_s {
            0..=60 => Self::WaitMinute,
            61..=120 => Self::WaitTwoMinutes,
            121..=300 => Self::WaitFiveMinutes,
            301..=600 => Self::WaitTenMinutes,
            _ => Self::WaitLonger,
        }
    }

    /// The word that the journal uses, and the name of its prompt.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Greeting => "greeting",
            Self::WelcomeBack => "welcome_back",
            Self::Repeat => "repeat",
            Self::StillThere => "still_there",
            Self::UnknownKey => "unknown_key",
            Self::MessageIntro => "message_intro",
            Self::MessageSaved => "message_saved",
            Self::MessageEmpty => "message_empty",
            Self::MessageFailed => "message_failed",
            Self::Transferring => "transferring",
            Self::TransferRefused => "transfer_refused",
            Self::Goodbye => "goodbye",
            Self::GoodbyeSilence => "goodbye_silence",
            Self::GoodbyeMaxDuration => "goodbye_max_duration",
            Self::GoodbyeShutdown => "goodbye_shutdown",
            Self::NotCalledAgain => "not_called_again",
            Self::Apology => "apology",
            Self::OneMoment => "one_moment",
            Self::AssistantAway => "assistant_away",
            Self::NextInQueue => "next_in_queue",
            Self::OneBefore => "one_before",
            Self::TwoBefore => "two_before",
            Self::ThreeBefore => "three_before",
            Self::FourBefore => "four_before",
            Self::ManyBefore => "many_before",
            Self::WaitMinute => "wait_minute",
            Self::WaitTwoMinutes => "wait_two_minutes",
            Self::WaitFiveMinutes => "wait_five_minutes",
            Self::WaitTenMinutes => "wait_ten_minutes",
            Self::WaitLonger => "wait_longer",
            Self::Overheard => "overheard",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_word_that_json_has() {
        let lines = [
            Line::Notice,
            Line::Greeting,
            Line::WelcomeBack,
            Line::Repeat,
            Line::StillThere,
            Line::UnknownKey,
            Line::MessageIntro,
            Line::MessageSaved,
            Line::MessageEmpty,
            Line::MessageFailed,
            Line::Transferring,
            Line::TransferRefused,
            Line::Goodbye,
            Line::GoodbyeSilence,
            Line::GoodbyeMaxDuration,
            Line::GoodbyeShutdown,
            Line::NotCalledAgain,
            Line::Apology,
            Line::OneMoment,
            Line::AssistantAway,
            Line::NextInQueue,
            Line::OneBefore,
            Line::TwoBefore,
            Line::ThreeBefore,
            Line::FourBefore,
            Line::ManyBefore,
            Line::WaitMinute,
            Line::WaitTwoMinutes,
            Line::WaitFiveMinutes,
            Line::WaitTenMinutes,
            Line::WaitLonger,
            Line::Overheard,
        ];
        for line in lines {
            assert_eq!(serde_json::to_value(line).unwrap(), line.as_str());
        }
    }
}
