//! ElevenLabs' voices: its list (`GET /v2/voices`), and its speech (`POST /v1/text-to-speech/{voice_id}`, with `pcm_24000`).

use std::sync::Arc;

use cordboard_schema::profile::HostedAgent;
use serde_json::{Value, json};

use super::settings::ElevenLabsSettings;
use crate::assistant::voices::{KnownVoice, Saying, Shelf, Voices, below, key_header};
use crate::outside_access::OutsideAccess;

/// The model that agents speak with, in all its languages.
const MODEL: &str = "eleven_flash_v2_5";

/// Returns the voices of these settings; `None` without a key, because both requests need one.
pub(super) fn voices(settings: &ElevenLabsSettings, way: OutsideAccess) -> Option<Voices> {
    let key = settings.api_key.as_deref().and_then(|key| key_header("xi-api-key", key))?;
    let list = below(&settings.base_url, "/v2/voices?page_size=100")?;
    let base = settings.base_url.clone();
    let saying = move |voice: &str, text: &str| {
        // The voice becomes part of the path.
        if !HostedAgent::is_id(voice) {
            return None;
        }
        let url = below(&base, &format!("/v1/text-to-speech/{voice}?output_format=pcm_24000"))?;
        Some(Saying { url, body: json!({ "text": text, "model_id": MODEL }) })
    };
    let shelf = Shelf::At(list, read);
    Some(Voices { way, key: Some(key), shelf, usual: None, saying: Some(Arc::new(saying)) })
}

fn read(answer: &Value) -> Option<Vec<KnownVoice>> {
    let voice = |voice: &Value| {
        let id = voice["voice_id"].as_str().filter(|id| HostedAgent::is_id(id))?;
        Some(KnownVoice::new(id, voice["name"].as_str().unwrap_or(id), voice["labels"]["language"].as_str()))
    };
    Some(answer["voices"].as_array()?.iter().filter_map(voice).collect())
}
