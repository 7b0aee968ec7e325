//! `streamAudio`: sound from the server becomes a file, and an event has its name.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

/// Writes the sound that a message asks for; `None` when the module does not understand it. Returns the file, and the body of the event.
pub(super) fn play(text: &str, folder: &Path, call: &str, number: u32) -> Option<(PathBuf, String)> {
    let message: Value = serde_json::from_str(text).ok()?;
    if message["type"] != "streamAudio" {
        return None;
    }
    let asked = message["data"].as_object()?;
    let kind = asked.get("audioDataType")?.as_str()?;
    let suffix = match kind {
        "raw" => match asked.get("sampleRate")?.as_u64()? {
            8000 => "r8",
            16_000 => "r16",
            24_000 => "r24",
            32_000 => "r32",
            48_000 => "r48",
            64_000 => "r64",
            _ => return None,
        },
        "wav" | "mp3" | "ogg" | "pcmu" | "pcma" => kind,
        _ => return None,
    };
    let sound = BASE64.decode(asked.get("audioData")?.as_str()?).ok()?;
    let path = folder.join(format!("{call}_{number}.tmp.{suffix}"));
    std::fs::write(&path, sound).ok()?;

    let mut told: Map<String, Value> = asked.clone();
    told.remove("audioData");
    told.insert("file".to_owned(), Value::from(path.display().to_string()));
    Some((path, Value::Object(told).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_audio_that_the_module_knows_becomes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":"AAAB","id":7}}"#;
        let (path, body) = play(text, folder.path(), "u", 0).unwrap();
        assert_eq!(path.file_name().unwrap(), "u_0.tmp.r8");
        assert_eq!(std::fs::read(&path).unwrap(), [0, 0, 1]);
        assert!(body.contains("\"id\":7") && !body.contains("audioData\""), "{body}");
        assert!(play(&text.replace("8000", "11025"), folder.path(), "u", 1).is_none());
        assert!(play("no json", folder.path(), "u", 1).is_none());
    }
}
