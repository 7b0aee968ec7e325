//! The cords of a call, derived from the parties on it. Pure.

use std::collections::BTreeSet;

use cordboard_schema::ids::{CordId, LegId};

use super::effect::Effect;

/// Returns the cords between caller and assistant: both directions, once both are connected.
pub fn wanted(caller: Option<LegId>, assistant: Option<LegId>) -> BTreeSet<CordId> {
    match (caller, assistant) {
        (Some(caller), Some(assistant)) => {
            [CordId { from: caller, to: assistant }, CordId { from: assistant, to: caller }].into()
        }
        _ => BTreeSet::new(),
    }
}

/// Like [`wanted`]. While the assistant briefs another person about the caller, it still hears the caller, but speaks only over the given
/// cord.
pub fn conversing(
    caller: Option<LegId>,
    assistant: Option<LegId>,
    whisper: Option<CordId>,
) -> BTreeSet<CordId> {
    let Some(whisper) = whisper else { return wanted(caller, assistant) };
    let listens = caller.map(|from| CordId { from, to: whisper.from });
    listens.into_iter().chain([whisper]).collect()
}

/// Returns the cord of a caller on hold: our music if there is any, and nothing else. Nobody hears the caller.
pub fn held(caller: Option<LegId>, music: Option<LegId>) -> BTreeSet<CordId> {
    caller.zip(music).map(|(to, from)| CordId { from, to }).into_iter().collect()
}

/// Returns the cords of a mailbox, an assistant, and a listener for the mailbox's tone.
pub fn with_listener(
    caller: Option<LegId>,
    assistant: Option<LegId>,
    listener: Option<LegId>,
) -> BTreeSet<CordId> {
    let listens = caller.zip(listener).map(|(from, to)| CordId { from, to });
    wanted(caller, assistant).into_iter().chain(listens).collect()
}

/// Returns the steps from `plugged` to `wanted`. Old cords come out first.
pub fn rewire(plugged: &BTreeSet<CordId>, wanted: &BTreeSet<CordId>) -> Vec<Effect> {
    let out = plugged.difference(wanted).copied().map(Effect::Unplug);
    let into = wanted.difference(plugged).copied().map(Effect::Plug);
    out.chain(into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caller_and_assistant_hear_each_other_and_never_themselves() {
        let cords = wanted(Some(LegId(1)), Some(LegId(2)));
        assert_eq!(cords.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1->2", "2->1"]);
        assert!(wanted(Some(LegId(1)), None).is_empty());
    }

    #[test]
    fn nobody_hears_a_caller_on_hold() {
        let cords = held(Some(LegId(1)), Some(LegId(5)));
        assert_eq!(cords.iter().map(ToString::to_string).collect::<Vec<_>>(), ["5->1"]);
        assert!(held(Some(LegId(1)), None).is_empty() && held(None, Some(LegId(5))).is_empty());
    }

    #[test]
    fn a_new_caller_leg_replaces_the_lost_one() {
        let before = wanted(Some(LegId(1)), Some(LegId(2)));
        let after = wanted(Some(LegId(3)), Some(LegId(2)));
        let cord = |from, to| CordId { from: LegId(from), to: LegId(to) };
        assert_eq!(
            rewire(&before, &after),
            [
                Effect::Unplug(cord(1, 2)),
                Effect::Unplug(cord(2, 1)),
                Effect::Plug(cord(2, 3)),
                Effect::Plug(cord(3, 2))
            ]
        );
        assert!(rewire(&after, &after).is_empty());
    }
}
