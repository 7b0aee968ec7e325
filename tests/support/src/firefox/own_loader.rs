//! A copy of a program that names its loader itself.
//!
//! The kernel starts a program with the loader that its header of the kind `PT_INTERP` points to: a path in the file (`elf(5)`). The copy has
//! another path appended, and its header points there. The path's address in memory stays as it was: only the loader reads it, for the name that
//! libraries know it by.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The kind of header that points to the loader's path.
const PT_INTERP: u32 = 3;

/// Copies a program (ELF, 64 bits, little-endian) so that it is started by this loader.
///
/// # Errors
/// A file can't be read or written, or is not such a program.
pub(super) fn copy_with_loader(program: &Path, loader: &Path, copy: &Path) -> io::Result<()> {
    let mut bytes = fs::read(program)?;
    if !bytes.starts_with(b"\x7fELF\x02\x01") || name(&mut bytes, loader).is_none() {
        return Err(io::Error::other(format!("{} is not a 64-bit program", program.display())));
    }
    fs::write(copy, bytes)?;
    fs::set_permissions(copy, fs::Permissions::from_mode(0o755))
}

/// Appends the loader's path, and makes the header point there. `None` where there is no such header.
fn name(bytes: &mut Vec<u8>, loader: &Path) -> Option<()> {
    let headers = usize::try_from(u64_at(bytes, 32)?).ok()?;
    let [size, count] =
        [54, 56].map(|at| bytes.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]])));
    let (size, count) = (usize::from(size?), usize::from(count?));
    let header = (0..count)
        .map(|n| headers + n * size)
        .find(|at| bytes.get(*at..*at + 4) == Some(&PT_INTERP.to_le_bytes()[..]))?;
    let path = [loader.as_os_str().as_bytes(), b"\0"].concat();
    let (offset, length) = (bytes.len() as u64, path.len() as u64);
    // Its place in the file, its bytes in the file, its bytes in memory.
    for (at, value) in [(8, offset), (32, length), (40, length)] {
        bytes.get_mut(header + at..header + at + 8)?.copy_from_slice(&value.to_le_bytes());
    }
    bytes.extend(path);
    Some(())
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_copy_is_started_by_the_loader_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let (loader, copy) = (folder.path().join("a-loader"), folder.path().join("a-program"));
        copy_with_loader(Path::new("/bin/sh"), &loader, &copy).unwrap();
        // The kernel reports that of the loader.
        let missing = Command::new(&copy).args(["-c", "echo run"]).output().unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
        fs::copy(loaders.into_iter().find(|path| Path::new(path).exists()).unwrap(), &loader).unwrap();
        let run = Command::new(&copy).args(["-c", "echo run"]).output().unwrap();
        assert_eq!(run.stdout, b"run\n");
    }

    #[test]
    fn a_file_that_is_no_program_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        fs::write(&text, "#!/bin/sh\n").unwrap();
        assert!(copy_with_loader(&text, Path::new("/loader"), &folder.path().join("copy")).is_err());
    }
}
