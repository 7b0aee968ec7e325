//! A caller's words stand in the transcript once, with the words if they were reported.

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, ProviderTrouble};

const PROMISE: &str = "what a caller says stands in the transcript once";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // Words that a way holds back come when nobody waits for them any longer.
    let is_held_back =
        evidence.plan.happenings.iter().any(|timed| {
            matches!(timed.what, Happening::Provider { trouble: ProviderTrouble::Stalls { .. } })
        });
    if is_held_back {
        return;
    }
    for book in &evidence.books {
        let (mut speeches, mut lines) = (0, 0);
        let mut is_speaking = false;
        for entry in &book.journal {
            match &entry.event {
                Event::Fact(Fact::SpeechStarted) => {
                    speeches += 1;
                    is_speaking = true;
                }
                // A speech that was begun before the caller's leg was there.
                Event::Fact(Fact::SpeechStopped { .. }) => {
                    speeches += usize::from(!std::mem::take(&mut is_speaking))
                }
                Event::Decision(Decision::CallerSaid { .. }) => lines += 1,
                _ => {}
            }
        }
        if lines > speeches {
            let how = format!("they spoke {speeches} times, and have {lines} lines");
            complaints.add(PROMISE, format!("call {}", book.row.id), how);
        }
    }
}
