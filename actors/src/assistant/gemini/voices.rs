//! Gemini's voices: those that its document "Speech generation" names. The API has no list of them, and says nothing by one of them
//! outside of a session but as a part of its JSON: they are heard in a test call.

use crate::assistant::voices::{Shelf, Voices};
use crate::outside_access::OutsideAccess;

use super::settings::GeminiSettings;

/// The prebuilt voices, as shipped with this version.
const KNOWN: &[&str] = &[
    "Zephyr",
    "Puck",
    "Charon",
    "Kore",
    "Fenrir",
    "Leda",
    "Orus",
    "Aoede",
    "Callirrhoe",
    "Autonoe",
    "Enceladus",
    "Iapetus",
    "Umbriel",
    "Algieba",
    "Despina",
    "Erinome",
    "Algenib",
    "Rasalgethi",
    "Laomedeia",
    "Achernar",
    "Alnilam",
    "Schedar",
    "Gacrux",
    "Pulcherrima",
    "Achird",
    "Zubenelgenubi",
    "Vindemiatrix",
    "Sadachbia",
    "Sadaltager",
    "Sulafat",
];

/// The voices of these settings.
pub(super) fn voices(settings: &GeminiSettings, way: OutsideAccess) -> Voices {
    Voices { way, key: None, shelf: Shelf::Known(KNOWN), usual: Some(settings.voice.clone()), saying: None }
}

/// The voice that a profile names, if it is one of Gemini's.
pub(super) fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}
