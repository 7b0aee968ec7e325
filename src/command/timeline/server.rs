//! The server as a call's journal shows it: its end and its return, faults of its own, and its recorder.

use cordboard_schema::event::Fact;

use super::{Ms, UntimedRow, call, fault};

/// A line, or nothing where the fact is of something else.
pub(super) fn fact(fact: &Fact) -> Option<UntimedRow> {
    Some(match fact {
        Fact::Reborn { during } => {
            let during = during.as_deref().unwrap_or("nothing in particular");
            fault(format!("the call's actor died at {during} and lives again"))
        }
        Fact::RecordingStarted { offset_ms: 0 } => call("recording begins".to_owned()),
        Fact::RecordingStarted { offset_ms, .. } => {
            call(format!("recording goes on, after {}", Ms(*offset_ms)))
        }
        Fact::RecordingFailed { reason } => fault(format!("no recording at the moment: {reason}")),
        Fact::RecordingLost { lost_ms } => fault(format!("{} were not recorded", Ms(*lost_ms))),
        Fact::RecordingFinished { duration_ms } => {
            call(format!("recording closed, {} long", Ms(*duration_ms)))
        }
        Fact::ServerDraining => call("the server is going down; the call may finish".to_owned()),
        Fact::DrainExpired => call("the server is going down; goodbye to those who still talk".to_owned()),
        Fact::ServerStopping => call("the server ends".to_owned()),
        Fact::ServerRestarted { .. } => fault("the server died; another one took the call over".to_owned()),
        Fact::StepPanicked { fact, message } => fault(format!("the machine failed at {fact}: {message}")),
        Fact::FactsMissed { missed, first } => {
            fault(format!("{missed} facts were missed, the first {first}"))
        }
        Fact::EffectFailed { effect, reason } => fault(format!("{effect} could not be done: {reason}")),
        _ => return None,
    })
}
