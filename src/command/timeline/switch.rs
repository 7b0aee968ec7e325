//! What the switch tells of a call, and what is asked of it, as lines of its timeline.

use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::switch::{ActionOutcome, ControlLink, FreeswitchMode};

use super::Ms;

/// A line, or nothing where what follows says it better.
pub(super) fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::ControlAttached { link, .. } => format!("{} is there", link_name(*link)),
        Fact::ControlLost { link, reason } => format!("{} is gone: {reason}", link_name(*link)),
        Fact::ChannelAnswered => "the switch has answered the caller".to_owned(),
        Fact::Bridged { .. } => "the switch has joined the caller with somebody".to_owned(),
        Fact::ChannelGone => "the switch has no such channel any more".to_owned(),
        Fact::Unbridged => "the switch has parted the caller from them".to_owned(),
        Fact::Held => "the caller's phone holds the call".to_owned(),
        Fact::Unheld => "the caller's phone takes the call up again".to_owned(),
        Fact::ActionDone { outcome: ActionOutcome::Failed { reason }, .. } => {
            format!("the switch could not do it: {reason}")
        }
        Fact::HandoffRinging { .. } => "a phone rings".to_owned(),
        Fact::HandoffAccepted { .. } => "somebody has answered there".to_owned(),
        Fact::HandoffFailed { failure, .. } => format!("nobody could be reached: {failure}"),
        Fact::HoldAsked => "a hold is asked for".to_owned(),
        Fact::UnholdAsked => "the end of the hold is asked for".to_owned(),
        Fact::TransferAsked { target } => format!("a transfer to {target} is asked for"),
        Fact::HandoffAsked { target } => format!("a hand-off to {target} is asked for"),
        _ => return None,
    })
}

/// The same of a decision.
pub(super) fn decision(decision: &Decision) -> Option<String> {
    Some(match decision {
        Decision::ModeChanged { mode } => match mode {
            FreeswitchMode::Dual => "there is audio and control".to_owned(),
            FreeswitchMode::Audio => "there is audio and no control".to_owned(),
            FreeswitchMode::Esl => "there is control and no audio".to_owned(),
        },
        Decision::HoldBegan => "the caller is on hold".to_owned(),
        Decision::HoldEnded { held_ms } => format!("the caller is off hold after {}", Ms(*held_ms)),
        Decision::TransferRequested { target } => format!("the caller is sent to {target}"),
        Decision::HandoffRequested { target, reason, .. } => {
            format!("{target} is asked to take over: {reason}")
        }
        Decision::HandoffBridged { .. } => "a person has taken over".to_owned(),
        Decision::HandoffAbandoned { failure, .. } => format!("nobody took over: {failure}"),
        Decision::CallerReturned { .. } => "the person has left; the caller is back".to_owned(),
        _ => return None,
    })
}

const fn link_name(link: ControlLink) -> &'static str {
    match link {
        ControlLink::Outbound { .. } => "the channel's control link",
        ControlLink::Inbound => "control by way of the switch",
    }
}
