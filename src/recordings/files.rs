//! The files of recordings, in the data folder or moved to an object store.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;

use super::names::{OPUS, PART, inside, is_opus, other_forms, with_extension};
use super::remote::RemoteStore;
use super::tally::RecordingTally;

/// Bytes of the first request to the object store: a reader that seeks needs only a few.
const PIECE_BYTES_MIN: u64 = 64 * 1024;
/// Maximum of bytes in a request, for a reader that reads on sequentially.
const PIECE_BYTES_MAX: u64 = 1024 * 1024;

/// The folder of the recordings.
#[derive(Clone, Debug)]
pub struct RecordingFiles {
    folder: PathBuf,
    remote: Option<RemoteStore>,
    tally: RecordingTally,
}

impl RecordingFiles {
    /// Recordings in `folder`, and after their calls in the object store, if there is one.
    pub fn new(folder: PathBuf, remote: Option<RemoteStore>) -> Self {
        Self { folder, remote, tally: RecordingTally::default() }
    }

    /// The folder that recordings are written to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same, but requests to the object store are given up once `stop` is set.
    pub(super) fn stopped_by(self, stop: &Arc<AtomicBool>) -> Self {
        let remote = self.remote.map(|remote| remote.stopped_by(stop));
        Self { remote, ..self }
    }

    /// Counts of processed recordings since the start.
    pub(crate) fn tally(&self) -> &RecordingTally {
        &self.tally
    }

    /// The store that recordings are moved to.
    pub(super) fn remote(&self) -> Option<&RemoteStore> {
        self.remote.as_ref()
    }

    /// Opens the recording that had this name when its row was read. Returns its present name as well. Blocks.
    ///
    /// # Errors
    /// The recording does not exist, or can't be read.
    pub(crate) fn open(&self, name: &str) -> io::Result<(RecordingFile, String)> {
        // It may have become Opus since then.
        let opus = (!is_opus(name)).then(|| with_extension(name, OPUS));
        let forms: Vec<String> = std::iter::once(name.to_owned()).chain(opus).collect();
        // The store may be away, so it is only asked for a recording that is here in neither form.
        let locals = forms.iter().map(|form| (form, self.open_local(form)));
        let remotes = forms.iter().filter_map(|form| {
            let remote = self.remote.as_ref().filter(|_| inside(&self.folder, form).is_some())?;
            let found = RemoteFile::open(remote.clone(), form);
            Some((form, found.map(Box::new).map(RecordingFile::Remote)))
        });
        for (form, found) in locals.chain(remotes) {
            match found {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                found => return Ok((found?, form.clone())),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn open_local(&self, name: &str) -> io::Result<RecordingFile> {
        let path = inside(&self.folder, name).ok_or(io::ErrorKind::NotFound)?;
        File::open(path).map(RecordingFile::Local)
    }

    /// Deletes a recording in all its forms, locally and in the object store. Returns the number of deleted bytes. A missing file counts as deleted.
    /// Blocks.
    ///
    /// # Errors
    /// A file can't be deleted: which one, and why.
    pub(crate) fn delete(&self, name: &str) -> Result<u64, NotDeleted> {
        let mut bytes = 0;
        for form in std::iter::once(name.to_owned()).chain(other_forms(name)) {
            // A name that leads out of the folder is not ours.
            let Some(path) = inside(&self.folder, &form) else { continue };
            let len = fs::metadata(&path).map_or(0, |found| found.len());
            match fs::remove_file(&path) {
                Ok(()) => bytes += len,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(NotDeleted { path, cause, is_remote: false }),
            }
            if let Some(remote) = &self.remote
                && !form.ends_with(PART)
            {
                let deleted = remote.delete(&form).map_err(|cause| {
                    let path = PathBuf::from(remote.shown()).join(&form);
                    NotDeleted { path, cause, is_remote: true }
                });
                bytes += deleted?.unwrap_or(0);
            }
        }
        Ok(bytes)
    }
}

/// A recording that can't be deleted.
#[derive(Debug)]
pub(crate) struct NotDeleted {
    /// The file or object.
    pub(crate) path: PathBuf,
    /// The cause.
    pub(crate) cause: io::Error,
    /// Whether the object store failed: the next deletion would fail as well, after the same delay.
    pub(crate) is_remote: bool,
}

/// A recording that is being read.
#[derive(Debug)]
pub(crate) enum RecordingFile {
    /// A local file.
    Local(File),
    /// An object.
    Remote(Box<RemoteFile>),
}

impl RecordingFile {
    /// Its present length in bytes.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Local(file) => Ok(file.metadata()?.len()),
            Self::Remote(file) => Ok(file.len),
        }
    }
}

impl Read for RecordingFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Local(file) => file.read(into),
            Self::Remote(file) => file.read(into),
        }
    }
}

impl Seek for RecordingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Local(file) => file.seek(to),
            Self::Remote(file) => file.seek(to),
        }
    }
}

/// An object that is read like a file: parts of it are fetched when they are needed.
#[derive(Debug)]
pub(crate) struct RemoteFile {
    remote: RemoteStore,
    name: String,
    len: u64,
    at: u64,
    /// Bytes of the last request, from `piece_at` on.
    piece: Bytes,
    piece_at: u64,
    /// The size of the next request.
    next_bytes: u64,
}

impl RemoteFile {
    fn open(remote: RemoteStore, name: &str) -> io::Result<Self> {
        let len = remote.len(name)?.ok_or(io::ErrorKind::NotFound)?;
        let (name, piece) = (name.to_owned(), Bytes::new());
        Ok(Self { remote, name, len, at: 0, piece, piece_at: 0, next_bytes: PIECE_BYTES_MIN })
    }

    fn piece_end(&self) -> u64 {
        self.piece_at + self.piece.len() as u64
    }
}

impl Read for RemoteFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.len || into.is_empty() {
            return Ok(0);
        }
        if self.at < self.piece_at || self.at >= self.piece_end() {
            let reads_on = self.at == self.piece_end();
            self.next_bytes =
                if reads_on { (self.next_bytes * 2).min(PIECE_BYTES_MAX) } else { PIECE_BYTES_MIN };
            let end = (self.at + self.next_bytes).min(self.len);
            let piece = self.remote.read(&self.name, self.at..end)?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (self.piece, self.piece_at) = (piece, self.at);
        }
        // Both are at most the length of `piece`.
        let from = (self.at - self.piece_at) as usize;
        let taken = (self.piece.len() - from).min(into.len());
        into[..taken].copy_from_slice(&self.piece[from..from + taken]);
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for RemoteFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted_s3::scripted;
    use super::*;
    use crate::config::{Recordings, StorePlace};

    /// A data folder, a store in another folder, and the files of both.
    fn apart() -> (tempfile::TempDir, RecordingFiles, RemoteStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(StorePlace::Folder(folder.path().join("there")));
        let remote = RemoteStore::open(&Recordings { store, ..Recordings::default() }).unwrap().unwrap();
        let here = folder.path().join("here");
        fs::create_dir(&here).unwrap();
        (folder, RecordingFiles::new(here, Some(remote.clone())), remote)
    }

    fn read(mut file: RecordingFile, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; bytes];
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut piece)?;
        Ok(piece)
    }

    #[test]
    fn a_moved_recording_is_read_like_a_file() {
        let (folder, files, remote) = apart();
        // More than three pieces, and more than a part of an upload, with different bytes everywhere.
        let bytes: Vec<u8> = (0..2_500_000_u32).flat_map(u32::to_le_bytes).collect();
        let local = folder.path().join("here/a.wav");
        fs::write(&local, &bytes).unwrap();
        assert_eq!(remote.put("a.wav", &local).unwrap(), bytes.len() as u64);
        fs::remove_file(&local).unwrap();
        let open = || files.open("a.wav").unwrap().0;
        let mut whole = Vec::new();
        open().read_to_end(&mut whole).unwrap();
        assert!(whole == bytes, "{} bytes of {}", whole.len(), bytes.len());
        assert_eq!(open().len().unwrap(), bytes.len() as u64);
        for (from, len) in [(0, 1), (65_535, 2), (131_071, 70_000), (9_999_990, 10), (5, 3_000_000)] {
            assert_eq!(read(open(), from as u64, len).unwrap(), bytes[from..from + len], "{from}");
        }
        let kind = |outcome: io::Result<Vec<u8>>| outcome.unwrap_err().kind();
        assert_eq!(kind(read(open(), 9_999_995, 10)), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(read(open(), u64::MAX, 1)), io::ErrorKind::UnexpectedEof);
        assert!(open().seek(SeekFrom::Current(-1)).is_err());
        assert_eq!(open().seek(SeekFrom::End(-4)).unwrap(), bytes.len() as u64 - 4);
        assert_eq!(files.open("b.wav").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_local_recording_that_became_opus_needs_no_store() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.opus"), [1; 3]).unwrap();
        let (remote, requests) = scripted(|_, _| 403);
        let files = RecordingFiles::new(folder.path().to_owned(), Some(remote));
        let (file, name) = files.open("a.wav").unwrap();
        assert_eq!((file.len().unwrap(), name.as_str()), (3, "a.opus"));
        assert_eq!(requests.try_iter().count(), 0);
        assert_ne!(files.open("b.wav").unwrap_err().kind(), io::ErrorKind::NotFound, "nobody knows");
        assert_eq!(files.open("../b.wav").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_recording_is_deleted_everywhere_in_all_its_forms() {
        let (folder, files, remote) = apart();
        for (name, bytes) in [("a.opus", 5), ("a.wav", 7), ("b.wav", 11)] {
            remote.put_bytes(name, vec![1; bytes].into()).unwrap();
        }
        fs::write(folder.path().join("here/a.opus.part"), [1; 13]).unwrap();
        fs::write(folder.path().join("here/a.wav.part"), [1; 17]).unwrap();
        assert_eq!(files.delete("a.opus").unwrap(), 5 + 7 + 13 + 17);
        assert_eq!((remote.len("a.wav").unwrap(), remote.len("b.wav").unwrap()), (None, Some(11)));
        assert_eq!(files.delete("a.opus").unwrap(), 0, "a server died after deleting it");
        assert_eq!(files.delete("../b.wav").unwrap(), 0);
    }
}
