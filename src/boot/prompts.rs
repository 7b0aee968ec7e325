//! The prompts that a switch itself plays to callers whose audio does not pass through us: the shipped ones, as files that it reads.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cordboard_actors::assistant::sounds::{Prompt, ShippedSound, SoundSet};
use cordboard_actors::media::wav;
use cordboard_schema::audio::SampleRate;
use tracing::warn;

use crate::config::Config;
use crate::durable_rename::rename_durably;
use crate::private_files;

/// Sample rate of telephones.
const RATE: SampleRate = SampleRate::HZ_8000;

/// The processes that read the files of the prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// The server's user: they are in the data folder.
    Ourselves,
    /// A switch that may run as another user.
    Everybody,
}

impl Readers {
    pub(super) fn of(config: &Config) -> Self {
        if private_files::is_for_switches(config) { Self::Everybody } else { Self::Ourselves }
    }
}

/// Writes each prompt as `NAME.wav` if it does not exist yet. A file that a user has put there stays. A folder that can't be written does not prevent
/// taking calls: most don't need it.
pub(super) fn write(prompts: &SoundSet<Prompt>, prompts_dir: &Path, readers: Readers) {
    let file_of = |prompt: &Prompt| prompts_dir.join(format!("{}.wav", prompt.name()));
    let missing: Vec<(Prompt, PathBuf)> = Prompt::ALL
        .iter()
        .map(|prompt| (*prompt, file_of(prompt)))
        .filter(|(_, file)| !file.exists())
        .collect();
    if missing.is_empty() {
        return;
    }
    if let Err(error) = write_missing(prompts, (prompts_dir, readers), missing) {
        let folder = prompts_dir.display();
        warn!(%folder, %error, "prompts for switches can't be written; set freeswitch.prompts_dir to a folder that can be written");
    }
}

fn write_missing(
    prompts: &SoundSet<Prompt>,
    (prompts_dir, readers): (&Path, Readers),
    missing: Vec<(Prompt, PathBuf)>,
) -> io::Result<()> {
    match readers {
        Readers::Ourselves => fs::create_dir_all(prompts_dir)?,
        Readers::Everybody => private_files::make_open_folder(prompts_dir)?,
    }
    for (prompt, file) in missing {
        // A switch that reads in the meantime finds the whole file or none.
        let unfinished = file.with_extension("part");
        fs::write(&unfinished, wav(&prompts.get(prompt).pcm(RATE), RATE).map_err(io::Error::other)?)?;
        if readers == Readers::Everybody {
            private_files::open_to_readers(&unfinished)?;
        }
        rename_durably(&unfinished, &file)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn existing_prompts_stay_and_missing_ones_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("prompts");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("goodbye.wav"), b"mine").unwrap();
        write(&SoundSet::embedded().unwrap(), &dir, Readers::Everybody);
        assert_eq!(fs::read(dir.join("goodbye.wav")).unwrap(), b"mine");
        let greeting = hound::WavReader::open(dir.join("greeting.wav")).unwrap();
        assert_eq!((greeting.spec().channels, greeting.spec().sample_rate), (1, 8000));
        assert!(greeting.duration() > 8_000, "{} samples", greeting.duration());
        let mode = fs::metadata(dir.join("greeting.wav")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "a switch that runs as another user can read it");
        assert!(fs::read_dir(&dir).unwrap().all(|file| file.unwrap().path().extension().unwrap() == "wav"));
    }
}
