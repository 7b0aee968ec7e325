//! OpenAI's voices: those of its realtime models that its speech endpoint has as well (`POST {base}/audio/speech`). `pcm` there
//! is 24 kHz, 16 bit, little-endian, mono. The API has no list of voices: they are in its document "Text to speech".

use std::sync::Arc;

use serde_json::json;

use super::settings::OpenAiSettings;
use crate::assistant::voices::{Saying, Shelf, Voices, below, key_header};
use crate::outside_access::OutsideAccess;

/// Voices that both the realtime models and the speech endpoint have.
const KNOWN: &[&str] =
    &["alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"];
/// The model that speaks a preview.
const MODEL: &str = "gpt-4o-mini-tts";

/// Returns the voices of these settings. A server whose key is in another header (Azure) has no such endpoint.
pub(super) fn voices(settings: &OpenAiSettings, way: OutsideAccess) -> Option<Voices> {
    let url = below(&settings.base_url, "/audio/speech")?;
    let is_own = |(name, _): &(String, String)| {
        name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("api-key")
    };
    if settings.headers.iter().chain(&settings.query).any(is_own) {
        return None;
    }
    let key =
        settings.api_key.as_deref().and_then(|key| key_header("authorization", &format!("Bearer {key}")));
    let saying = move |voice: &str, text: &str| {
        let body = json!({ "model": MODEL, "voice": voice, "input": text, "response_format": "pcm" });
        Some(Saying { url: url.clone(), body })
    };
    Some(Voices { way, key, shelf: Shelf::Known(KNOWN), usual: None, saying: Some(Arc::new(saying)) })
}
