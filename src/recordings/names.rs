//! File names of recordings, as in their rows.

use std::path::{Component, Path, PathBuf};

/// The extension of a recording that is being written, or was kept as WAV.
pub(crate) const WAV: &str = "wav";
/// The extension of a recording in Opus.
pub(crate) const OPUS: &str = "opus";
/// The extension of a recording that is being encoded.
pub(crate) const OPUS_PART: &str = "opus.part";

/// The extension of a caller's message that is being written.
pub(crate) const WAV_PART: &str = "wav.part";
/// The end of a name of a file that is being written.
pub(super) const PART: &str = ".part";

/// The path of a file in `folder`; none if the name would lead out of it.
pub(crate) fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && name.components().next().is_some()).then(|| folder.join(name))
}

/// The name with another ending.
pub(crate) fn with_extension(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{extension}")
}

/// Whether a recording of that name is in Opus.
pub(crate) fn is_opus(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension == OPUS)
}

/// The name that a WAV gets when it becomes Opus; none for any other file.
pub(crate) fn opus_of_wav(name: &str) -> Option<String> {
    let (_, extension) = name.rsplit_once('.')?;
    (extension == WAV).then(|| with_extension(name, OPUS))
}

/// The part of a recording's name that it has in each form, and that its mark has.
pub(crate) fn stem(name: &str) -> &str {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

/// The names of the same recording in its other forms.
pub(crate) fn other_forms(name: &str) -> impl Iterator<Item = String> {
    let name = name.to_owned();
    let forms = [WAV, WAV_PART, OPUS, OPUS_PART].map(|extension| with_extension(&name, extension));
    forms.into_iter().filter(move |form| *form != name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let folder = Path::new("/recordings");
        assert_eq!(inside(folder, "a.wav"), Some(PathBuf::from("/recordings/a.wav")));
        for bad in ["", "..", "../a.wav", "/etc/passwd", "a/../../b.wav", "."] {
            assert_eq!(inside(folder, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_recording_has_the_same_name_in_each_form() {
        assert_eq!(other_forms("a.wav").collect::<Vec<_>>(), ["a.wav.part", "a.opus", "a.opus.part"]);
        assert_eq!(other_forms("a.opus").collect::<Vec<_>>(), ["a.wav", "a.wav.part", "a.opus.part"]);
        assert_eq!(opus_of_wav("a.wav").as_deref(), Some("a.opus"));
        assert_eq!(["a.wav", "2026/a.opus", "a.opus.part", "a.unsettled", "a"].map(stem), ["a"; 5]);
        assert!(["a.unsettled", "a.opus", "a.opus.part", "wav"].map(opus_of_wav).iter().all(Option::is_none));
        assert!(is_opus("a.opus") && !is_opus("a.wav") && !is_opus("opus") && !is_opus("a.opus.part"));
    }
}
