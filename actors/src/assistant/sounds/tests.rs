//! The files match the catalogues, sound alike, and work at every rate.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cordboard_schema::audio::level::{peak_dbfs, rms_dbfs};
use earshot::Detector;

use super::*;

/// Samples in 10 ms at 16 kHz.
const BLOCK: usize = 160;

/// Returns the indexes of the blocks of 10 ms that contain speech (or tone): the others are 35 dB below the loudest.
fn speech_blocks(samples: &[i16]) -> Vec<usize> {
    let levels: Vec<f64> = samples.chunks(BLOCK).map(rms_dbfs).collect();
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    (0..levels.len()).filter(|&at| levels[at] > loudest - 35.0).collect()
}

/// Returns the level of the speech alone, without pauses.
fn speech_dbfs(samples: &[i16]) -> f64 {
    let blocks: Vec<&[i16]> = samples.chunks(BLOCK).collect();
    let speech: Vec<i16> = speech_blocks(samples).into_iter().flat_map(|at| blocks[at]).copied().collect();
    rms_dbfs(&speech)
}

/// Returns the comment (`ICMT`) that `make-sounds` writes: the text that the file speaks.
fn comment(wav: &[u8]) -> String {
    let at = wav.windows(4).position(|tag| tag == b"ICMT").expect("a comment");
    let length = u32::from_le_bytes(wav[at + 4..at + 8].try_into().unwrap()) as usize;
    let text = std::str::from_utf8(&wav[at + 8..at + 8 + length]).unwrap();
    text.trim_end_matches('\0').to_owned()
}

fn check_in_step<S: ShippedSound>(folder: &str) {
    let shipped: BTreeSet<String> = S::ALL.iter().map(|sound| sound.name().to_owned()).collect();

    let texts = catalogue_texts(S::CATALOGUE).unwrap();
    assert_eq!(texts.keys().cloned().collect::<BTreeSet<_>>(), shipped, "catalogue and enum");

    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/sounds").join(folder);
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, shipped, "files and enum");

    let sounds = SoundSet::<S>::embedded().unwrap();
    for (place, &sound) in S::ALL.iter().enumerate() {
        assert_eq!(sound.index(), place);
        assert_eq!(comment(sound.wav()), texts[sound.name()], "{} is stale: run make-sounds", sound.name());
        assert_eq!(sounds.get(sound).text(), texts[sound.name()]);
    }
}

#[test]
fn catalogues_files_and_enums_are_in_step() {
    check_in_step::<Prompt>("prompts");
    check_in_step::<CallerLine>("caller");
}

fn check_levels<S: ShippedSound>() {
    let sounds = SoundSet::<S>::embedded().unwrap();
    for &sound in S::ALL {
        let name = sound.name();
        let samples = sounds.get(sound).pcm(SampleRate::HZ_16000);

        let speech = speech_dbfs(&samples);
        assert!((-21.5..=-19.5).contains(&speech), "{name}: {speech:.1} dBFS");
        let peak = peak_dbfs(&samples);
        assert!(peak < -3.0, "{name}: peak {peak:.1} dBFS");

        let blocks = speech_blocks(&samples);
        let (first, last) = (blocks[0], blocks[blocks.len() - 1]);
        assert!(first <= 5, "{name}: {} ms of silence first", first * 10);
        let silent_tail = samples.len() / BLOCK - last;
        assert!(silent_tail <= 5, "{name}: {} ms of silence last", silent_tail * 10);
    }
}

#[test]
fn every_sound_is_equally_loud_and_begins_at_once() {
    check_levels::<Prompt>();
    check_levels::<CallerLine>();
}

#[test]
fn a_caller_never_waits_long_for_a_prompt_to_end() {
    let prompts = SoundSet::<Prompt>::embedded().unwrap();
    for &prompt in Prompt::ALL {
        let limit_ms = if prompt == Prompt::Greeting { 9_000 } else { 6_000 };
        let length_ms = prompts.get(prompt).duration_ms();
        assert!((300..=limit_ms).contains(&length_ms), "{prompt:?}: {length_ms} ms");
    }
    let bytes: usize = Prompt::ALL.iter().map(|prompt| prompt.wav().len()).sum();
    assert!(bytes < 2_500_000, "{bytes} bytes in the repository and in every binary");
}

/// The built-in assistant answers after a pause: a caller's line with a long pause inside would be two turns.
#[test]
fn a_detector_hears_each_caller_line_as_one_turn() {
    const FRAME_MS: usize = 16;
    let lines = SoundSet::<CallerLine>::embedded().unwrap();
    for &line in CallerLine::ALL {
        let samples = lines.get(line).pcm(SampleRate::HZ_16000);
        let mut detector = Detector::default();
        let voiced: Vec<usize> = samples
            .chunks_exact(256)
            .enumerate()
            .filter_map(|(at, frame)| (detector.predict_i16(frame) > 0.5).then_some(at))
            .collect();
        assert!(voiced[0] * FRAME_MS <= 250, "{line:?} is heard after {} ms", voiced[0] * FRAME_MS);
        let longest_gap = voiced.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest_gap * FRAME_MS <= 400, "{line:?} pauses for {} ms", longest_gap * FRAME_MS);
    }
}

#[test]
fn a_prompt_keeps_its_length_and_loudness_at_every_rate() {
    let prompts = SoundSet::<Prompt>::embedded().unwrap();
    let saved = prompts.get(Prompt::MessageSaved);
    let native_dbfs = rms_dbfs(&saved.pcm(SampleRate::HZ_16000));
    for rate in SampleRate::ALL {
        let samples = saved.pcm(rate);
        let length_ms = rate.ms_of_samples(samples.len() as u64);
        assert!(length_ms.abs_diff(saved.duration_ms()) <= 1, "{rate:?}: {length_ms} ms");
        let dbfs = rms_dbfs(&samples);
        assert!((dbfs - native_dbfs).abs() < 0.5, "{rate:?}: {dbfs:.1} dBFS, native {native_dbfs:.1}");
    }
}

#[test]
fn a_rate_is_made_once_and_shared() {
    let prompts = SoundSet::<Prompt>::embedded().unwrap();
    prompts.prepare(SampleRate::HZ_8000);
    let goodbye = prompts.get(Prompt::Goodbye);
    assert!(Arc::ptr_eq(&goodbye.pcm(SampleRate::HZ_8000), &goodbye.pcm(SampleRate::HZ_8000)));
}

#[test]
fn a_broken_file_is_named() {
    let error = Recording::decode("greeting", "Welcome.", b"RIFF....").unwrap_err();
    assert_eq!(error.to_string(), "the shipped sound greeting can't be decoded; run make-sounds");

    let mut at_8_khz = Prompt::Tone.wav().to_vec();
    at_8_khz[24..28].copy_from_slice(&8_000_u32.to_le_bytes());
    at_8_khz[28..32].copy_from_slice(&16_000_u32.to_le_bytes());
    let error = Recording::decode("tone", "(tone)", &at_8_khz).unwrap_err();
    assert!(matches!(error, SoundError::Format("tone")), "{error}");

    let cut_off = &Prompt::Tone.wav()[..1_000];
    let error = Recording::decode("tone", "(tone)", cut_off).unwrap_err();
    assert!(matches!(error, SoundError::Wav { name: "tone", .. }), "{error}");

    let error = catalogue_texts("{}").unwrap_err();
    assert!(matches!(error, SoundError::Catalogue(_)), "{error}");
}
