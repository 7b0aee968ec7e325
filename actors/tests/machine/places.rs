//! What a switch knows of places and phones before anybody is sent or rung there.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ExtensionChecked;

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

/// What was found out of a phone.
pub(crate) fn checked(state: &str) -> ExtensionChecked {
    ExtensionChecked { state: named(state), found_by: "sofia_contact".to_owned() }
}
