//! The lines that a call's machine asks an assistant to say: their meaning, not their wording.

use serde::{Deserialize, Serialize};

/// A line to say. The built-in assistant has a recording for each; a realtime provider words it.
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
    /// The last line again.
    Repeat,
    /// The caller has been silent.
    StillThere,
    /// A key without an action.
    UnknownKey,
    /// Asks for a message; a tone follows.
    MessageIntro,
    /// A message was saved.
    MessageSaved,
    /// Nothing was said after the tone.
    MessageEmpty,
    /// A message could not be saved.
    MessageFailed,
    /// The caller is being connected.
    Transferring,
    /// The caller can't be connected there.
    TransferRefused,
    /// Goodbye, the ordinary one.
    Goodbye,
    /// Goodbye after silence.
    GoodbyeSilence,
    /// Goodbye at the maximum duration.
    GoodbyeMaxDuration,
    /// Goodbye because the server shuts down.
    GoodbyeShutdown,
    /// Goodbye to a party that is not called again, at their own request.
    NotCalledAgain,
    /// Apology for a failure in the server.
    Apology,
    /// Asks for a moment's patience: the assistant thinks, or reconnects.
    OneMoment,
    /// The assistant is not available; other people who can be reached, and a message, are offered.
    AssistantAway,
    /// The caller is the next in their queue.
    NextInQueue,
    /// One caller is before them in their queue.
    OneBefore,
    /// Two callers are before them.
    TwoBefore,
    /// Three callers are before them.
    ThreeBefore,
    /// Four callers are before them.
    FourBefore,
    /// More than four callers are before them.
    ManyBefore,
    /// They will wait for at most one minute.
    WaitMinute,
    /// They will wait for at most two minutes.
    WaitTwoMinutes,
    /// They will wait for at most five minutes.
    WaitFiveMinutes,
    /// They will wait for at most ten minutes.
    WaitTenMinutes,
    /// They will wait for more than ten minutes.
    WaitLonger,
    /// A member of the organization may hear the call.
    Overheard,
}

impl Line {
    /// Returns the line for a caller's position in their queue, from 1, for an assistant that only has recordings.
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

    /// Returns the line for a caller's expected wait in a queue, in s, for an assistant that only has recordings.
    pub const fn of_wait(wait_s: u32) -> Self {
        match wait_s {
            0..=60 => Self::WaitMinute,
            61..=120 => Self::WaitTwoMinutes,
            121..=300 => Self::WaitFiveMinutes,
            301..=600 => Self::WaitTenMinutes,
            _ => Self::WaitLonger,
        }
    }

    /// Returns the word that the journal uses, which is also the name of its prompt.
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
    fn every_line_has_its_json_word() {
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
