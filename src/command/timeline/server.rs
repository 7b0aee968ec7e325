//! The server's part of a call's journal: its end and restart, its faults, and its recorder.

use cordboard_schema::event::Fact;

use super::{Ms, UntimedRow, call, fault};

/// Returns a line, or nothing if the fact is about something else.
pub(super) fn fact(fact: &Fact) -> Option<UntimedRow> {
    Some(match fact {
        Fact::Reborn { during } => {
            let during = during.as_deref().unwrap_or("no particular step");
            fault(format!("the call's actor died at {during} and was restarted"))
        }
        Fact::RecordingStarted { offset_ms: 0 } => call("recording begins".to_owned()),
        Fact::RecordingStarted { offset_ms, .. } => {
            call(format!("recording continues, after {}", Ms(*offset_ms)))
        }
        Fact::RecordingFailed { reason } => fault(format!("no recording at the moment: {reason}")),
        Fact::RecordingLost { lost_ms } => fault(format!("{} were not recorded", Ms(*lost_ms))),
        Fact::RecordingFinished { duration_ms } => {
            call(format!("recording closed, {} long", Ms(*duration_ms)))
        }
        Fact::ServerDraining => call("the server is going down; the call may finish".to_owned()),
        Fact::DrainExpired => {
            call("the server is going down; callers who still talk hear a goodbye".to_owned())
        }
        Fact::ServerStopping => call("the server ends".to_owned()),
        Fact::ServerRestarted { .. } => fault("the server died; a new one resumed the call".to_owned()),
        Fact::StepPanicked { fact, message } => fault(format!("the machine failed at {fact}: {message}")),
        Fact::FactsMissed { missed, first } => {
            fault(format!("{missed} facts were missed, the first {first}"))
        }
        Fact::EffectFailed { effect, reason } => fault(format!("{effect} could not be done: {reason}")),
        _ => return None,
    })
}
