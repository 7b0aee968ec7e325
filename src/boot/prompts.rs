//! The prompts that a switch plays itself, to callers whose audio is not ours: the shipped ones, as files that it reads.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cordboard_actors::assistant::sounds::{Prompt, ShippedSound, SoundSet};
use cordboard_schema::audio::SampleRate;
use tracing::warn;

use super::StartError;

/// What telephones have.
const RATE: SampleRate = SampleRate::HZ_8000;

/// Writes each prompt as `NAME.wav` where it is not there yet; one that somebody put there in its place stays. A folder that
/// can't be written is no reason not to take calls: most are served without it.
pub(super) fn write(prompts_dir: &Path) -> Result<(), StartError> {
    let file_of = |prompt: &Prompt| prompts_dir.join(format!("{}.wav", prompt.name()));
    let missing: Vec<(Prompt, PathBuf)> = Prompt::ALL
        .iter()
        .map(|prompt| (*prompt, file_of(prompt)))
        .filter(|(_, file)| !file.exists())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let prompts = SoundSet::<Prompt>::embedded().map_err(|error| StartError::Assistant(error.to_string()))?;
    if let Err(error) = write_missing(&prompts, prompts_dir, missing) {
        let folder = prompts_dir.display();
        warn!(%folder, %error, "prompts for switches can't be written; set freeswitch.prompts_dir to a folder that can");
    }
    Ok(())
}

fn write_missing(
    prompts: &SoundSet<Prompt>,
    prompts_dir: &Path,
    missing: Vec<(Prompt, PathBuf)>,
) -> io::Result<()> {
    fs::create_dir_all(prompts_dir)?;
    for (prompt, file) in missing {
        // A switch that reads meanwhile finds the whole file or none.
        let unfinished = file.with_extension("part");
        write_wav(&unfinished, &prompts.get(prompt).pcm(RATE)).map_err(io::Error::other)?;
        fs::rename(unfinished, file)?;
    }
    Ok(())
}

fn write_wav(file: &Path, samples: &[i16]) -> hound::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(file, spec)?;
    samples.iter().try_for_each(|sample| wav.write_sample(*sample))?;
    wav.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_of_ones_own_stays_and_the_others_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("prompts");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("goodbye.wav"), b"mine").unwrap();
        write(&dir).unwrap();
        assert_eq!(fs::read(dir.join("goodbye.wav")).unwrap(), b"mine");
        let greeting = hound::WavReader::open(dir.join("greeting.wav")).unwrap();
        assert_eq!((greeting.spec().channels, greeting.spec().sample_rate), (1, 8000));
        assert!(greeting.duration() > 8_000, "{} samples", greeting.duration());
        assert!(fs::read_dir(&dir).unwrap().all(|file| file.unwrap().path().extension().unwrap() == "wav"));
    }
}
