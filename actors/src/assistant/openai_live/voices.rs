//! The voices of OpenAI's Live API: those that its types name (`openai.types.live.BuiltInVoice`). The API has no list of them,
//! and they speak only in a session, so a test call is the way to hear them.

use super::settings::OpenAiLiveSettings;
use crate::assistant::voices::{Shelf, Voices};
use crate::outside_access::OutsideAccess;

/// The built-in voices, as of this version.
const KNOWN: &[&str] = &[
    "alloy", "ash", "ballad", "beacon", "bossa", "cedar", "cinder", "coral", "delta", "echo", "gleam",
    "marin", "meridian", "quartz", "ripple", "sage", "shida", "shimmer", "stone", "tempo", "verse", "vesper",
    "willow",
];

/// Returns the voices of these settings.
pub(super) fn voices(settings: &OpenAiLiveSettings, way: OutsideAccess) -> Voices {
    Voices { way, key: None, shelf: Shelf::Known(KNOWN), usual: Some(settings.voice.clone()), saying: None }
}

/// Returns the voice that a profile names, if it is one of the API's.
pub(super) fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}
