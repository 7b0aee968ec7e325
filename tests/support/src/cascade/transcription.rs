//! Recognition of one utterance at a time: checks the file against the rules, and answers with the script's next words.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;

use super::server::{Shared, pause, reply};
use crate::audio::Sound;
use crate::openai::Words;

pub(super) async fn answer(
    shared: &Arc<Shared>,
    stream: &mut TcpStream,
    head: &str,
    body: &[u8],
) -> Option<()> {
    let sound = match file(head, body) {
        Ok(sound) => sound,
        Err(fault) => {
            shared.violate(format!("transcriptions: {fault}"));
            return reply(stream, 400, &json!({ "error": { "message": fault } })).await;
        }
    };
    shared.with(|book| book.utterances.push(sound.length()));
    let words = shared.script().next_words();
    let (text, delay) = match words {
        Words::Heard(text, delay) => (text, delay),
        Words::Failed | Words::Never => (String::new(), Duration::ZERO),
    };
    pause(stream, delay).await?;
    let usage = json!({ "type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19,
        "input_token_details": { "text_tokens": 4, "audio_tokens": 10 } });
    reply(stream, 200, &json!({ "text": text, "usage": usage })).await
}

/// Returns the sound of the file in a form.
fn file(head: &str, body: &[u8]) -> Result<Sound, String> {
    let kind = super::server::header(head, "content-type").unwrap_or_default();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").ok_or("no form")?.to_owned();
    let text = String::from_utf8_lossy(body);
    if !text.starts_with(&format!("--{boundary}\r\n")) || !text.ends_with(&format!("\r\n--{boundary}--\r\n"))
    {
        return Err("a form without beginning or end".to_owned());
    }
    for name in ["model", "response_format", "file"] {
        if !text.contains(&format!("Content-Disposition: form-data; name=\"{name}\"")) {
            return Err(format!("a form without {name}"));
        }
    }
    let at = body.windows(4).position(|bytes| bytes == b"RIFF").ok_or("no WAV file")?;
    let end = body.len() - boundary.len() - 8;
    let sound = Sound::from_wav(&body[at..end], 0).map_err(|error| error.to_string())?;
    if sound.length() < Duration::from_millis(300) {
        Err("an utterance that is too short".to_owned())
    } else {
        Ok(sound)
    }
}
