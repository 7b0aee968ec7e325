//! Gemini's voices: those that its document "Speech generation" names. The API has no list of them. Outside of a session it
//! returns speech only inside JSON, so a test call is the way to hear them.

use crate::assistant::voices::{Shelf, Voices};
use crate::outside_access::OutsideAccess;

use super::settings::GeminiSettings;

/// The prebuilt voices, as of this version.
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

/// Returns the voices of these settings.
pub(super) fn voices(settings: &GeminiSettings, way: OutsideAccess) -> Voices {
    Voices { way, key: None, shelf: Shelf::Known(KNOWN), usual: Some(settings.voice.clone()), saying: None }
}

/// Returns the voice that a profile names, if it is one of Gemini's.
pub(super) fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}
