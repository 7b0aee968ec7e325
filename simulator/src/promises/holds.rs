//! An assistant that did not request the end of a hold learns how long its caller was away.

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use super::people::People;
use crate::evidence::{Book, Evidence};
use crate::plan::{Happening, ProviderTrouble};

const PROMISE: &str = "an assistant learns of a hold that it did not end";

/// Time in which it learns of it, in ms.
const LATE_MS: u64 = 500;
/// Least time for which a call continues with an assistant that can learn of it, in ms.
const GOES_ON_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // A stall holds events back; they are sent, but arrive later.
    let stalls_ms = evidence
        .plan
        .first_ms(|what| matches!(what, Happening::Provider { trouble: ProviderTrouble::Stalls { .. } }));
    let told: Vec<(u64, &str)> = told(evidence);
    for book in &evidence.books {
        // While a supervisor speaks with the caller, the assistant listens.
        let barged_ms =
            evidence.caller_of(book.row.id).map_or(u64::MAX, |caller| evidence.plan.barged_ms(caller.number));
        for (at_ms, held_ms) in ends(evidence, book) {
            if at_ms + LATE_MS >= stalls_ms.min(barged_ms) {
                continue;
            }
            let words = format!("on hold for {} s", held_ms.div_ceil(1_000));
            let is_notified =
                told.iter().any(|(ms, what)| (at_ms..=at_ms + LATE_MS).contains(ms) && what.contains(&words));
            if !is_notified {
                let how = format!(
                    "the hold ended at {at_ms} ms, after {held_ms} ms, and the assistant was not notified"
                );
                complaints.add(PROMISE, format!("call {}", book.row.id), how);
            }
        }
    }
}

/// Returns everything that the server has written into conversations, with its time, in ms from the beginning of the world.
fn told(evidence: &Evidence) -> Vec<(u64, &str)> {
    let entries = evidence.connections.iter().flat_map(|(life, connection)| {
        connection.from_client("conversation.item.create").map(move |entry| (*life, entry))
    });
    let texts = entries.flat_map(|(life, entry)| {
        let at_ms = evidence.ms_of_moment(life, entry.at);
        let parts = entry.event["item"]["content"].as_array().into_iter().flatten();
        parts.filter_map(move |part| Some((at_ms, part["text"].as_str()?)))
    });
    texts.collect()
}

/// Returns ends of holds that the assistant did not request, on calls that continued after them: when, and the length of the hold, in ms.
fn ends(evidence: &Evidence, book: &Book) -> Vec<(u64, u64)> {
    let (mut all, mut is_asked, mut is_served) = (Vec::new(), false, false);
    // Agents hold the caller themselves.
    let mut people = People::default();
    for (event, life, now) in evidence.entries(book) {
        people.takes(event);
        let is_fault = matches!(
            event,
            Event::Fact(
                Fact::AssistantFailed { .. }
                    | Fact::AssistantInterrupted { .. }
                    | Fact::StepPanicked { .. }
                    | Fact::EffectFailed { .. }
                    | Fact::Reborn { .. }
                    | Fact::ServerRestarted { .. }
                    | Fact::ServerStopping
                    | Fact::LegLeft { .. }
            )
        );
        let is_end = matches!(
            event,
            Event::Decision(
                Decision::Ended { .. }
                    | Decision::Interrupted { .. }
                    | Decision::AgentJoined { .. }
                    | Decision::TransferRequested { .. }
            )
        );
        if is_fault || is_end {
            all.retain(|(at_ms, _)| at_ms + GOES_ON_MS < now);
        }
        match event {
            Event::Fact(Fact::AssistantReady { provider, .. }) => is_served = provider == "openai",
            Event::Fact(Fact::AssistantRestored { .. }) => is_served = true,
            Event::Fact(
                Fact::AssistantFailed { .. }
                | Fact::AssistantInterrupted { .. }
                | Fact::ServerRestarted { .. },
            ) => is_served = false,
            Event::Fact(fact) => is_asked = matches!(fact, Fact::UnholdAsked),
            Event::Decision(Decision::HoldEnded { held_ms })
                if is_asked
                    && is_served
                    && !people.is_anybody()
                    && now + GOES_ON_MS < evidence.lives[life].ended_ms =>
            {
                all.push((now, *held_ms));
            }
            Event::Decision(_) => {}
        }
    }
    all
}
