//! A switch's knowledge of places and phones before anybody is sent or rung there.

use cordboard_schema::event::{Announcement, Fact, TELLS_LACK};
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ChannelSeen, ExtensionChecked};

use crate::script::named;

/// A step that says what is known of the place of a transfer, as the fact that it is.
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

/// A dialplan's announcement that says `tells lack`, or nothing.
pub(crate) fn announcement(rest: &str) -> Announcement {
    let tells_lack = (rest == "tells lack").then(|| (TELLS_LACK.to_owned(), "1".to_owned()));
    Announcement { variables: tells_lack.into_iter().collect(), ..Announcement::default() }
}

/// A channel that comes back from this place, which its dialplan lacks, or where it failed: `2001`, `2001 busy`.
pub(crate) fn unrouted(attached: Fact, rest: &str) -> Fact {
    let Fact::ControlAttached { link, channel } = attached else { panic!("no channel: {attached:?}") };
    let (place, failure) =
        rest.split_once(' ').map_or((rest, None), |(place, why)| (place, Some(named(why))));
    let channel = ChannelSeen { unrouted: Some(place.to_owned()), unrouted_for: failure, ..channel };
    Fact::ControlAttached { link, channel }
}

/// Result of a phone's check.
pub(crate) fn checked(state: &str) -> ExtensionChecked {
    ExtensionChecked { state: named(state), found_by: "sofia_contact".to_owned() }
}
