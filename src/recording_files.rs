//! Files of recordings, by the names that rows give them.

use std::path::{Component, Path, PathBuf};

/// The file of that name in `folder`; none where the name would lead out of it.
pub(crate) fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && name.components().next().is_some()).then(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = Path::new("/recordings");
        assert_eq!(inside(folder, "a.wav"), Some(PathBuf::from("/recordings/a.wav")));
        for bad in ["", "..", "../a.wav", "/etc/passwd", "a/../../b.wav", "."] {
            assert_eq!(inside(folder, bad), None, "{bad:?}");
        }
    }
}
