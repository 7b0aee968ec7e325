//! A switch's knowledge about places and phones before anyone is sent or rung there.

use cordboard_schema::event::{Announcement, Fact, REPORTS_MISSING_PLACE};
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ChannelSeen, ExtensionChecked};

use crate::script::named;

/// Parses a step that reports what is known about the place of a transfer into its fact.
pub(crate) fn fact(word: &str, words: &[&str]) -> Option<Fact> {
    let exists = match word {
        "place" => Some(true),
        "lacks" => Some(false),
        "unseen" => None,
        _ => return None,
    };
    let effect = EffectId(words[0].parse().unwrap());
    Some(Fact::PlaceChecked { effect, exists, extension: words.get(1).copied().map(checked) })
}

/// Returns a dialplan's announcement, with `tells lack` or without.
pub(crate) fn announcement(rest: &str) -> Announcement {
    let variable = (rest == "tells lack").then(|| (REPORTS_MISSING_PLACE.to_owned(), "1".to_owned()));
    Announcement { variables: variable.into_iter().collect(), ..Announcement::default() }
}

/// Returns a channel that comes back from this place, which its dialplan does not have, or which failed: `2001`, `2001 busy`.
pub(crate) fn unrouted(attached: Fact, rest: &str) -> Fact {
    let Fact::ControlAttached { link, channel } = attached else { panic!("no channel: {attached:?}") };
    let (place, failure) =
        rest.split_once(' ').map_or((rest, None), |(place, why)| (place, Some(named(why))));
    let channel = ChannelSeen { unrouted: Some(place.to_owned()), unrouted_for: failure, ..channel };
    Fact::ControlAttached { link, channel }
}

/// Returns the result of checking a phone.
pub(crate) fn checked(state: &str) -> ExtensionChecked {
    ExtensionChecked { state: named(state), found_by: "sofia_contact".to_owned() }
}
