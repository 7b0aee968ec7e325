//! Words for the vocabulary of the journal.

use cordboard_schema::call::{HangupBy, LegEnd};
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;

pub(super) fn tool_outcome(outcome: &ToolOutcome) -> String {
    match outcome {
        ToolOutcome::Done { note, .. } => format!("done: {note}"),
        ToolOutcome::Refused { reason } => format!("refused: {reason}"),
        ToolOutcome::Failed { reason, .. } => format!("failed: {reason}"),
        ToolOutcome::TimedOut => "gave no answer in time".to_owned(),
    }
}

pub(super) const fn party(by: HangupBy) -> &'static str {
    match by {
        HangupBy::Caller => "the caller",
        HangupBy::Assistant => "the assistant",
        HangupBy::Api => "the API",
        HangupBy::Agent => "the agent",
        HangupBy::Switch => "the switch",
        HangupBy::Server => "the server",
    }
}

pub(super) const fn leg_end(how: LegEnd) -> &'static str {
    match how {
        LegEnd::Closed => "the other side hung up",
        LegEnd::Broken => "the connection broke",
        LegEnd::Released => "we hung up",
        LegEnd::Away => "the page went away",
        LegEnd::SignedOut => "their sign-in has ended",
    }
}

pub(super) const fn line_name(line: Line) -> &'static str {
    match line {
        Line::Notice => "notice",
        Line::Greeting => "greeting",
        Line::WelcomeBack => "welcome back",
        Line::Repeat => "the last thing again",
        Line::StillThere => "are you still there",
        Line::UnknownKey => "unknown key",
        Line::MessageIntro => "message, after the tone",
        Line::MessageSaved => "message saved",
        Line::MessageEmpty => "no message heard",
        Line::MessageFailed => "message not saved",
        Line::Transferring => "connecting",
        Line::TransferRefused => "can't be connected",
        Line::Goodbye => "goodbye",
        Line::GoodbyeSilence => "goodbye after silence",
        Line::GoodbyeMaxDuration => "goodbye at the time limit",
        Line::GoodbyeShutdown => "goodbye, closing",
        Line::NotCalledAgain => "goodbye, not called again",
        Line::Apology => "apology",
        Line::OneMoment => "one moment",
        Line::AssistantAway => "the assistant is away",
        Line::NextInQueue => "next in the queue",
        Line::OneBefore => "one caller before",
        Line::TwoBefore => "two callers before",
        Line::ThreeBefore => "three callers before",
        Line::FourBefore => "four callers before",
        Line::ManyBefore => "many callers before",
        Line::WaitMinute => "a minute to wait",
        Line::WaitTwoMinutes => "two minutes to wait",
        Line::WaitFiveMinutes => "five minutes to wait",
        Line::WaitTenMinutes => "ten minutes to wait",
        Line::WaitLonger => "long to wait",
        Line::Overheard => "other people may listen",
    }
}
