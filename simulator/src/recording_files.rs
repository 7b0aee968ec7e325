//! Recordings on disk of a server that is gone: their sound, and their lengths by the headers that players read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use cordboard_schema::fold::recording_file;
use cordboard_schema::ids::CallId;
use cordboard_test_support::audio::Sound;

use crate::evidence::Book;

/// Length of a header before 16-bit samples, in bytes.
const HEADER: usize = 44;

/// Returns the lengths of the calls' recordings in a data folder, in ms. Calls without a file that can be played have none.
pub(crate) fn lengths(data: &Path, books: &[Book]) -> BTreeMap<CallId, u64> {
    of_each(data, books, length)
}

/// Returns the sound that callers were played, from the readable recordings of the calls in a data folder.
pub(crate) fn sounds(data: &Path, books: &[Book]) -> BTreeMap<CallId, Sound> {
    of_each(data, books, |file| Sound::read_wav_channel(file, 1).ok())
}

fn of_each<T>(data: &Path, books: &[Book], read: impl Fn(&Path) -> Option<T>) -> BTreeMap<CallId, T> {
    let folder = data.join("recordings");
    let of_book = |book: &Book| Some((book.row.id, read(&folder.join(recording_file(book.row.id)))?));
    books.iter().filter_map(of_book).collect()
}

fn length(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut header = [0; HEADER];
    file.read_exact(&mut header).ok()?;
    played_ms(&header, file.metadata().ok()?.len())
}

/// Returns how much of a file of this many bytes a player plays, in ms.
fn played_ms(header: &[u8; HEADER], bytes: u64) -> Option<u64> {
    let number = |at: usize| Some(u64::from(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?)));
    let is_wav = header.starts_with(b"RIFF") && header.get(36..40)? == b"data";
    let (each_second, samples) = (number(28)?, number(40)?.min(bytes.saturating_sub(HEADER as u64)));
    (is_wav && each_second > 0).then(|| samples * 1_000 / each_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_player_plays_is_what_header_and_file_have() {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(b"RIFF");
        header[36..40].copy_from_slice(b"data");
        header[28..32].copy_from_slice(&32_000_u32.to_le_bytes());
        header[40..].copy_from_slice(&64_000_u32.to_le_bytes());
        assert_eq!(played_ms(&header, 64_044), Some(2_000));
        assert_eq!(played_ms(&header, 96_044), Some(2_000), "the header does not know the rest");
        assert_eq!(played_ms(&header, 32_044), Some(1_000), "the rest is missing");
        header[36..40].copy_from_slice(b"fact");
        assert_eq!(played_ms(&header, 64_044), None);
    }
}
