//! Sounds that `playback` can play: files, and the formats that need no file.

use std::path::Path;
use std::time::Duration;

use super::super::settings::Settings;
use crate::audio::{Sound, at_rate, silence, tone};

/// How loud a tone is.
const TONE_AMPLITUDE: f64 = 8000.0;
/// The longest generated sound: five minutes.
const MADE_MAX: Duration = Duration::from_secs(300);

/// How much of a file FreeSWITCH reads at once, at 8 kHz: its counters count what was read, not what was heard.
const BLOCK: Duration = Duration::from_millis(2048);

/// A sound, and whether it begins again at its end.
pub(super) struct Prompt {
    pub(super) samples: Vec<i16>,
    /// How often it is played; `None` for endlessly.
    pub(super) times: Option<u32>,
    /// The rate of the file itself, in Hz.
    pub(super) file_rate: u32,
    /// How much is read at once.
    pub(super) block: Duration,
}

/// The sound with this name, at a rate; `None` when there is no such file, or nothing playable in it.
pub(super) fn load(name: &str, rate: u32, settings: &Settings) -> Option<Prompt> {
    let (name, times) = match name.split_once(";loops=") {
        Some((name, loops)) => (name, loops.parse::<i64>().ok()?),
        None => (name, 1),
    };
    let times = if times < 0 { None } else { u32::try_from(times).ok() };
    let made = |sound: Sound, times| Prompt {
        block: sound.length(),
        file_rate: rate,
        samples: sound.samples,
        times,
    };
    if let Some(tones) = name.strip_prefix("tone_stream://") {
        return Some(made(tone_stream(tones, rate)?, times));
    }
    if let Some(length) = name.strip_prefix("silence_stream://") {
        let ms = length.split(',').next()?.parse::<i64>().ok()?;
        let (ms, times) = u64::try_from(ms).map_or((1000, None), |ms| (ms, times));
        return Some(made(silence(Duration::from_millis(ms).min(MADE_MAX), rate), times));
    }
    if name.starts_with("local_stream://") {
        return Some(made(tone(520.0, 2000.0, Duration::from_secs(1), rate), None));
    }
    let sound = match settings.prompts.get(name) {
        Some(prompt) => prompt.clone(),
        None => file(Path::new(name), settings)?,
    };
    let samples = at_rate(&sound.samples, sound.rate, rate);
    Some(Prompt { samples, times, file_rate: sound.rate, block: BLOCK })
}

/// `%(on,off,frequency[,frequency])`: one cadence.
fn tone_stream(text: &str, rate: u32) -> Option<Sound> {
    let inside = text.trim_start_matches('%').strip_prefix('(')?.split(')').next()?;
    let numbers: Vec<f64> = inside.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let [on, off, frequency, ..] = numbers[..] else { return None };
    let ms = |ms: f64| Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default().min(MADE_MAX);
    let mut sound = tone(frequency, TONE_AMPLITUDE, ms(on), rate);
    sound.samples.extend(silence(ms(off), rate).samples);
    Some(sound)
}

/// A WAV file, or raw samples that the audio stream wrote (`.r8`, `.r16`).
fn file(path: &Path, settings: &Settings) -> Option<Sound> {
    if std::fs::metadata(path).ok()?.len() > settings.sound_bytes_max {
        return None;
    }
    let raw_rate = match path.extension()?.to_str()? {
        "r8" => 8000,
        "r16" => 16_000,
        "wav" => return Sound::read_wav(path).ok(),
        _ => return None,
    };
    let bytes = std::fs::read(path).ok()?;
    let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    Some(Sound { rate: raw_rate, samples })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stream_has_its_cadence() {
        let prompt = load("tone_stream://%(500,100,440);loops=2", 8000, &Settings::default()).unwrap();
        assert_eq!((prompt.samples.len(), prompt.times), (4800, Some(2)));
        assert!(load("/no/such/file.wav", 8000, &Settings::default()).is_none());
        assert_eq!(load("silence_stream://-1,400", 8000, &Settings::default()).unwrap().times, None);
    }
}
