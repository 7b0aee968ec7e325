//! The switch's events in a call, and requests to it, as lines of its timeline.

use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, DialProgress};
use cordboard_schema::switch::{ActionOutcome, ControlLink, FreeswitchMode};

use super::Ms;

/// Returns a line, or nothing if a later entry says it better.
pub(super) fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::ControlAttached { link, .. } => format!("{} is there", link_name(*link)),
        Fact::ControlLost { link, reason } => format!("{} is gone: {reason}", link_name(*link)),
        Fact::ChannelAnswered => "the switch has answered the caller".to_owned(),
        Fact::Bridged { .. } => "the switch has connected the caller with a person".to_owned(),
        Fact::ChannelGone => "the switch has no such channel any more".to_owned(),
        Fact::Unbridged => "the switch has disconnected the caller from the person".to_owned(),
        Fact::Held => "the caller's phone puts the call on hold".to_owned(),
        Fact::Unheld => "the caller's phone resumes the call".to_owned(),
        Fact::ActionDone { outcome: ActionOutcome::Failed { reason }, .. } => {
            format!("the switch could not do it: {reason}")
        }
        Fact::ProfileCached { outcome: ProfileOutcome::Failed { reason }, .. } => {
            format!("the person asked can't look up the caller: {reason}")
        }
        Fact::ProfileCached { .. } => "the person asked can look up the caller".to_owned(),
        Fact::HandoffRinging { .. } => "a phone rings".to_owned(),
        Fact::HandoffAccepted { .. } => "somebody has answered there".to_owned(),
        Fact::HandoffFailed { failure, .. } => format!("nobody could be reached: {failure}"),
        Fact::HoldAsked => "a hold is requested".to_owned(),
        Fact::UnholdAsked => "the end of the hold is requested".to_owned(),
        Fact::ParkAsked => "the caller is to be parked".to_owned(),
        Fact::Parked { space } => format!("the caller is parked at {space}"),
        Fact::VariablesAsked { variables } => {
            let names: Vec<&str> = variables.keys().map(String::as_str).collect();
            format!("the caller's channel gets {}", names.join(", "))
        }
        Fact::TransferAsked { target } => format!("a transfer to {target} is requested"),
        Fact::HandoffAsked { target } => format!("a hand-off to {target} is requested"),
        Fact::DialProgress { progress: DialProgress::Ringing } => "the phone rings".to_owned(),
        Fact::DialProgress { progress: DialProgress::EarlyMedia } => {
            "the network plays something; nobody has answered".to_owned()
        }
        Fact::DialAnswered => "the callee has answered".to_owned(),
        Fact::DialFailed { failure, .. } => format!("the callee could not be reached: {failure}"),
        Fact::AnsweredBy { who: AnsweredBy::Human, .. } => "a person has answered".to_owned(),
        Fact::AnsweredBy { who: AnsweredBy::Machine, .. } => "a mailbox has answered".to_owned(),
        Fact::AnsweredBy { who: AnsweredBy::Unknown, by: DetectedBy::Line } => {
            "the switch can't say what has answered".to_owned()
        }
        Fact::AnsweredBy { who: AnsweredBy::Unknown, by: DetectedBy::Own } => {
            "the sound does not show what has answered".to_owned()
        }
        Fact::DocumentAsked { question } => match question {
            DocumentQuestion::TurnedAway { why, .. } => format!("the caller is turned away: {}", why.cause()),
            DocumentQuestion::Dialled { failure: None } => {
                "the dialled person has talked with the caller".to_owned()
            }
            DocumentQuestion::Heard { keys: Some(keys), .. } => format!("the caller pressed {keys}"),
            DocumentQuestion::Heard { words: None, .. } => "the caller said nothing".to_owned(),
            DocumentQuestion::Transfer { extension } => {
                format!("the caller is to be connected with {extension}")
            }
            // The words are in the lines that follow.
            DocumentQuestion::Begun
            | DocumentQuestion::Heard { .. }
            | DocumentQuestion::Dialled { .. }
            | DocumentQuestion::Recorded => return None,
        },
        Fact::VoicemailLeft { recording, duration_ms } => {
            format!("the caller has left a message of {}: {recording}", Ms(*duration_ms))
        }
        Fact::ConversationReported { provider, report } => match &report.summary {
            Some(summary) => format!("{provider} reports the conversation: {summary}"),
            None => format!("{provider} reports the end of the conversation, without a summary"),
        },
        Fact::VoicemailTone => "the mailbox's tone is over".to_owned(),
        _ => return None,
    })
}

/// Does the same for a decision.
pub(super) fn decision(decision: &Decision) -> Option<String> {
    Some(match decision {
        Decision::ModeChanged { mode } => match mode {
            FreeswitchMode::Dual => "there is audio and control".to_owned(),
            FreeswitchMode::Audio => "there is audio and no control".to_owned(),
            FreeswitchMode::Esl => "there is control and no audio".to_owned(),
        },
        Decision::HoldBegan => "the caller is on hold".to_owned(),
        Decision::HoldEnded { held_ms } => format!("the caller is off hold after {}", Ms(*held_ms)),
        Decision::ParkEnded { parked_ms } => {
            format!("the parked caller is retrieved after {}", Ms(*parked_ms))
        }
        Decision::PersonRecordingBegan { .. } => "the switch records the caller and the person".to_owned(),
        Decision::PersonRecordingEnded { .. } => "the switch no longer records them".to_owned(),
        Decision::TransferRequested { target } => format!("the caller is sent to {target}"),
        Decision::TransferFailed { target, failure, .. } => {
            format!("{target} could not be reached: {failure}")
        }
        Decision::ForwardRefused { target, reason } => format!("{target} is not dialled: {reason}"),
        Decision::DocumentAnswered { step } => match step {
            DocumentStep::Reject { .. } => "the call is not taken".to_owned(),
            DocumentStep::Record { .. } => "the caller is asked for a message".to_owned(),
            DocumentStep::Room { .. } => "the caller waits in a room".to_owned(),
            DocumentStep::Dial { target } => format!("the switch dials {target}"),
            DocumentStep::Stream => "the caller is connected with the assistant".to_owned(),
            DocumentStep::Say { .. }
            | DocumentStep::Ask { .. }
            | DocumentStep::Transfer { .. }
            | DocumentStep::HangUp => return None,
        },
        Decision::PersonWished { phrase } => format!("the caller asked for a person: {phrase}"),
        Decision::HandoffRequested { target, reason, .. } => {
            format!("{target} is asked to take over: {reason}")
        }
        Decision::ProfileNotAwaited { .. } => {
            "the person is asked before they can look up the caller: that took too long".to_owned()
        }
        Decision::HandoffBridged { .. } => "a person has taken over".to_owned(),
        Decision::HandoffAbandoned { failure, .. } => format!("nobody took over: {failure}"),
        Decision::DialRequested { target } => format!("{target} is called"),
        Decision::OutboundFailed { failure } => format!("the call has reached nobody: {failure}"),
        Decision::CallerReturned { .. } => "the person has left; the caller is back".to_owned(),
        _ => return None,
    })
}

const fn link_name(link: ControlLink) -> &'static str {
    match link {
        ControlLink::Outbound { .. } => "the channel's control link",
        ControlLink::Inbound => "control through the switch",
    }
}
