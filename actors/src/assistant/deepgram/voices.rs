//! Deepgram's voices: its list of models (`GET /v1/models`), and its speech (`POST /v1/speak`). Deepgram serves both at another
//! host than its agents; a self-hosted server serves them at its own host.

use std::sync::Arc;

use serde_json::{Value, json};

use super::settings::DeepgramSettings;
use crate::assistant::voices::{KnownVoice, PREVIEW_HZ, Saying, Shelf, Voices, below, key_header};
use crate::outside_access::OutsideAccess;

/// URLs of Deepgram's own agents, and of its speech.
const AGENTS: &str = "https://agent.deepgram.com";
const SPEECH: &str = "https://api.deepgram.com";

/// Returns the voices of these settings.
pub(super) fn voices(settings: &DeepgramSettings, way: OutsideAccess) -> Option<Voices> {
    let base = settings.base_url.trim_end_matches('/');
    let base = if base == AGENTS { SPEECH } else { base };
    let list = below(base, "/v1/models")?;
    let speak = below(base, "/v1/speak")?;
    let key =
        settings.api_key.as_deref().and_then(|key| key_header("authorization", &format!("Token {key}")));
    let saying = move |voice: &str, text: &str| {
        let mut url = speak.clone();
        let rate = PREVIEW_HZ.to_string();
        url.query_pairs_mut()
            .append_pair("model", voice)
            .append_pair("encoding", "linear16")
            .append_pair("sample_rate", &rate)
            .append_pair("container", "none");
        Some(Saying { url, body: json!({ "text": text }) })
    };
    let usual = Some(settings.voice.clone());
    Some(Voices { way, key, shelf: Shelf::At(list, read), usual, saying: Some(Arc::new(saying)) })
}

fn read(answer: &Value) -> Option<Vec<KnownVoice>> {
    let voice = |voice: &Value| {
        let id = voice["canonical_name"].as_str()?;
        Some(KnownVoice::new(id, voice["name"].as_str().unwrap_or(id), voice["languages"][0].as_str()))
    };
    Some(answer["tts"].as_array()?.iter().filter_map(voice).collect())
}
