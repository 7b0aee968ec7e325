//! A recording on disk: stereo, 16 bits, with a header that stays correct while the file grows.
//!
//! A killed process leaves a file that holds more than its header says. [`repair`] makes the header correct; opening
//! a recording again repairs it and continues after its contents.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cordboard_schema::audio::wire::write_samples;
use cordboard_schema::audio::{Resampler, SampleRate};
use cordboard_schema::limits::WAV_BYTES_MAX;

use super::timeline::Stereo;
#[cfg(feature = "fault-injection")]
use crate::disk_fault;
use crate::world;

/// Header before 16-bit samples: RIFF, fmt and the head of data.
const HEADER_BYTES: u64 = 44;
/// Bytes of one moment of both channels.
const STEREO_BYTES: u64 = 4;
/// Silence is written in pieces of this many samples.
const SILENCE_PIECE: u64 = 8_000;

/// Why a recording can't be written or repaired.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The disk or the folder refused.
    #[error("recording {}: {source}; check the folder, its rights and the space left", path.display())]
    Io {
        /// The recording's file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file of this name exists and was not made by Cordboard.
    #[error("recording {}: the existing file is not a stereo 16-bit recording; move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A WAV file's lengths are 32-bit numbers.
    #[error("recording {}: full, a WAV file holds no more than 4 GB", path.display())]
    Full {
        /// The recording's file.
        path: PathBuf,
    },
}

/// Result of [`repair`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The header was correct.
    Sound,
    /// The header was corrected to what the file holds.
    Repaired {
        /// Milliseconds of audio in the file.
        ms: u64,
    },
    /// The file ends within its header: nothing was recorded yet.
    Empty,
}

/// Corrects the header of a recording to what the file holds. The file keeps the date of its last samples, from which
/// a call that resumes counts its silence.
///
/// # Errors
/// [`WavError::Io`] if the file can't be read or written, [`WavError::Foreign`] if it is not a recording of ours.
pub fn repair(path: &Path) -> Result<Repair, WavError> {
    let io_error = |source| WavError::Io { path: path.to_owned(), source };
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(io_error)?;
    let about = file.metadata().map_err(io_error)?;
    let len = about.len();
    if len < HEADER_BYTES {
        return Ok(Repair::Empty);
    }
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact(&mut header).map_err(io_error)?;
    let rate = rate_of_ours(&header).ok_or_else(|| WavError::Foreign { path: path.to_owned() })?;

    let held = ((len - HEADER_BYTES) / STEREO_BYTES * STEREO_BYTES).min(WAV_BYTES_MAX);
    if u64::from(le_u32(&header, 40)) == held && len == HEADER_BYTES + held {
        return Ok(Repair::Sound);
    }
    let write_u32 = |at: u64, value: u64| write_at(&file, &(value as u32).to_le_bytes(), at);
    write_u32(4, HEADER_BYTES - 8 + held).map_err(io_error)?;
    write_u32(40, held).map_err(io_error)?;
    // Half a sample at the end would shift everything that is appended.
    file.set_len(HEADER_BYTES + held).map_err(io_error)?;
    let last_written = about.modified().map_err(io_error)?;
    file.set_modified(last_written).map_err(io_error)?;
    Ok(Repair::Repaired { ms: rate.ms_of_samples(held / STEREO_BYTES) })
}

/// Writes all bytes at this place of a file.
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    #[cfg(feature = "fault-injection")]
    disk_fault::before_write(file, bytes, at)?;
    file.write_all_at(bytes, at)
}

/// Duration of a recording, in ms, from the size of its file; `None` if there is no recording of ours. Blocks.
pub fn recorded_ms(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact(&mut header).ok()?;
    let bytes = file.metadata().ok()?.len().saturating_sub(HEADER_BYTES);
    Some(rate_of_ours(&header)?.ms_of_samples(bytes / STEREO_BYTES))
}

/// The header of a recording with this many bytes of samples, at most [`WAV_BYTES_MAX`].
fn header_of(rate: SampleRate, data_bytes: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RIFF");
    put(8, b"WAVEfmt ");
    // Linear samples of two channels; then the bytes of both, and the bits of one.
    put(20, &[1, 0, 2, 0]);
    put(32, &[STEREO_BYTES as u8, 0, 16, 0]);
    put(36, b"data");
    let mut put_u32 = |at: usize, value: u32| put(at, &value.to_le_bytes());
    put_u32(4, (HEADER_BYTES - 8 + data_bytes) as u32);
    put_u32(16, 16);
    put_u32(24, rate.hz());
    put_u32(28, rate.hz() * STEREO_BYTES as u32);
    put_u32(40, data_bytes as u32);
    header
}

/// The rate in a header that [`header_of`] made; `None` for any other header.
fn rate_of_ours(header: &[u8; HEADER_BYTES as usize]) -> Option<SampleRate> {
    let is_ours = &header[..4] == b"RIFF"
        && &header[8..16] == b"WAVEfmt "
        && le_u32(header, 16) == 16
        && header[20..24] == [1, 0, 2, 0]
        && header[34..36] == [16, 0]
        && &header[36..40] == b"data";
    is_ours.then(|| SampleRate::try_from(le_u32(header, 24)).ok()).flatten()
}

fn le_u32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// A recording that is being written.
pub(super) struct WavFile {
    path: PathBuf,
    rate: SampleRate,
    file: File,
    /// Bytes of samples that the file holds.
    data_bytes: u64,
    /// The resamplers of both channels to the file's rate, if an older part of the recording has another rate.
    resamplers: Option<[Resampler; 2]>,
    /// When its last samples were written.
    last_written: SystemTime,
    /// A disk has taken a part of the samples and refused the rest, which changed the file's date.
    is_misdated: bool,
    /// Dropped after the last write of the header.
    date: Option<WorldDate>,
}

/// Dates a file by the calendar of a simulated world, because the kernel dates it by the system's clock. There is
/// none in production.
struct WorldDate {
    file: File,
    last_written: SystemTime,
}

impl WorldDate {
    fn written_now(&mut self) -> io::Result<()> {
        self.last_written = world::now().into();
        self.file.set_modified(self.last_written)
    }
}

impl Drop for WorldDate {
    fn drop(&mut self) {
        // A file that is gone needs no date.
        let _ = self.file.set_modified(self.last_written);
    }
}

/// State of a file when it was opened.
pub(super) enum OpenedFile {
    New,
    Resumed { untouched_for: Duration },
}

impl WavFile {
    /// Creates the file, or repairs an existing one and continues at its end. Samples come at `rate`, whatever the
    /// file's rate is.
    pub(super) fn open(path: &Path, rate: SampleRate) -> Result<(Self, OpenedFile), WavError> {
        let io_error = |source| WavError::Io { path: path.to_owned(), source };
        let last_written = fs::metadata(path).and_then(|about| about.modified()).ok();
        let is_resumed = last_written.is_some() && repair(path)? != Repair::Empty;
        #[cfg(feature = "fault-injection")]
        disk_fault::before_open().map_err(io_error)?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(!is_resumed);
        let file = options.open(path).map_err(io_error)?;
        let date = match last_written.filter(|_| is_resumed) {
            _ if !world::is_entered() => None,
            found => {
                let last_written = found.unwrap_or_else(|| world::now().into());
                Some(WorldDate { file: file.try_clone().map_err(io_error)?, last_written })
            }
        };
        let (file_rate, data_bytes) = if is_resumed {
            let mut header = [0; HEADER_BYTES as usize];
            file.read_exact_at(&mut header, 0).map_err(io_error)?;
            let rate = rate_of_ours(&header).ok_or_else(|| WavError::Foreign { path: path.to_owned() })?;
            (rate, file.metadata().map_err(io_error)?.len() - HEADER_BYTES)
        } else {
            write_at(&file, &header_of(rate, 0), 0).map_err(io_error)?;
            (rate, 0)
        };
        let resamplers =
            (file_rate != rate).then(|| [Resampler::new(rate, file_rate), Resampler::new(rate, file_rate)]);
        let found = match last_written {
            // If the clock was set back, it is 0.
            Some(at) if is_resumed => {
                let untouched_for = SystemTime::from(world::now()).duration_since(at).unwrap_or_default();
                OpenedFile::Resumed { untouched_for }
            }
            _ => OpenedFile::New,
        };
        let opened = Self {
            path: path.to_owned(),
            rate: file_rate,
            file,
            data_bytes,
            resamplers,
            last_written: last_written.unwrap_or_else(|| world::now().into()),
            is_misdated: false,
            date,
        };
        Ok((opened, found))
    }

    /// Rate of the samples in the file.
    pub(super) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Samples in the file, both channels counting as one.
    pub(super) fn samples(&self) -> u64 {
        self.data_bytes / STEREO_BYTES
    }

    /// Milliseconds of audio in the file.
    pub(super) fn ms(&self) -> u64 {
        self.rate.ms_of_samples(self.samples())
    }

    /// Appends samples that come at the rate the file was opened with.
    pub(super) fn write(&mut self, samples: &[Stereo]) -> Result<(), WavError> {
        let Some(resamplers) = &mut self.resamplers else {
            return self.write_as_is(samples);
        };
        let [left, right] = [0, 1].map(|channel| {
            let input: Vec<i16> = samples.iter().map(|stereo| stereo[channel]).collect();
            let mut output = Vec::new();
            resamplers[channel].push(&input, &mut output);
            output
        });
        self.write_as_is(&left.into_iter().zip(right).map(|(l, r)| [l, r]).collect::<Vec<_>>())
    }

    /// Appends silence, its length in samples of the file.
    pub(super) fn write_silence(&mut self, mut samples: u64) -> Result<(), WavError> {
        self.end_conversion()?;
        let (since, before_ms) = (self.last_written, self.ms());
        let piece = vec![[0, 0]; SILENCE_PIECE.min(samples) as usize];
        while samples > 0 {
            let part = samples.min(SILENCE_PIECE);
            if let Err(error) = self.write_as_is(&piece[..part as usize]) {
                self.ends_at(since, self.ms() - before_ms);
                return Err(error);
            }
            samples -= part;
        }
        Ok(())
    }

    /// Corrects the header, so that the file can be played if the process dies now.
    pub(super) fn checkpoint(&mut self) -> Result<(), WavError> {
        let written = self.write_header().and_then(|()| self.dated());
        written.map_err(|error| self.error(error))
    }

    fn write_header(&self) -> io::Result<()> {
        write_at(&self.file, &header_of(self.rate, self.data_bytes), 0)
    }

    /// Appends what is still on its way and corrects the header for the last time.
    pub(super) fn finish(mut self) -> Result<u64, WavError> {
        self.end_conversion()?;
        self.checkpoint()?;
        Ok(self.ms())
    }

    fn end_conversion(&mut self) -> Result<(), WavError> {
        let Some(resamplers) = &mut self.resamplers else {
            return Ok(());
        };
        let [left, right] = [0, 1].map(|channel| {
            let mut tail = Vec::new();
            resamplers[channel].finish(&mut tail);
            tail
        });
        self.write_as_is(&left.into_iter().zip(right).map(|(l, r)| [l, r]).collect::<Vec<_>>())
    }

    /// Writes in one piece: the header counts either all of it or nothing.
    fn write_as_is(&mut self, samples: &[Stereo]) -> Result<(), WavError> {
        let length = samples.len() as u64 * STEREO_BYTES;
        if self.data_bytes + length > WAV_BYTES_MAX {
            return Err(WavError::Full { path: self.path.clone() });
        }
        // Freed at once: a file lasts as long as its call, and would keep the room of its longest piece.
        let mut bytes = Vec::with_capacity(length as usize);
        write_samples(samples.as_flattened(), &mut bytes);
        let end = HEADER_BYTES + self.data_bytes;
        if let Err(error) = write_at(&self.file, &bytes, end) {
            // A full disk has taken a part of it. A repair would count that part, and the recorder sends it again.
            let _ = self.file.set_len(end);
            self.is_misdated = true;
            return Err(self.error(error));
        }
        self.data_bytes += length;
        self.last_written = world::now().into();
        self.dated().map_err(|error| self.error(error))
    }

    /// Its sound ends this many ms after that moment, however late it was written: silence of which a disk has
    /// refused the rest is not new sound, and a call that resumes counts the rest from there.
    fn ends_at(&mut self, since: SystemTime, ms: u64) {
        self.last_written = since.checked_add(Duration::from_millis(ms)).unwrap_or(since);
        self.is_misdated = true;
        if let Some(date) = &mut self.date {
            date.last_written = self.last_written;
        }
    }

    fn dated(&mut self) -> io::Result<()> {
        self.date.as_mut().map_or(Ok(()), WorldDate::written_now)
    }

    fn error(&self, source: io::Error) -> WavError {
        WavError::Io { path: self.path.clone(), source }
    }
}

impl Drop for WavFile {
    /// A file that is given up gets a correct header, if it can still be written.
    fn drop(&mut self) {
        let _ = self.write_header();
        // A call that resumes counts its silence from there.
        if self.is_misdated {
            let _ = self.file.set_modified(self.last_written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    fn write(path: &Path, rate: SampleRate, value: i16, samples: usize) {
        let (mut file, _) = WavFile::open(path, rate).unwrap();
        file.write(&vec![[value, -value]; samples]).unwrap();
        file.finish().unwrap();
    }

    fn read(path: &Path) -> (u32, Vec<i16>) {
        let wav = hound::WavReader::open(path).unwrap();
        assert_eq!((wav.spec().channels, wav.spec().bits_per_sample), (2, 16));
        (wav.spec().sample_rate, wav.into_samples().map(Result::unwrap).collect())
    }

    /// A recording as a killed process leaves it: an old header, followed by samples and a part of one.
    fn killed(path: &Path, header_says: u32) {
        write(path, RATE, 7, 1_000);
        let mut bytes = fs::read(path).unwrap();
        bytes[4..8].copy_from_slice(&(36 + header_says).to_le_bytes());
        bytes[40..44].copy_from_slice(&header_says.to_le_bytes());
        bytes.extend([1, 2, 3]);
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_recording_is_stereo_and_continues_when_reopened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        write(&path, RATE, 5, 800);
        write(&path, RATE, 6, 800);
        let (rate, samples) = read(&path);
        assert_eq!((rate, samples.len()), (8_000, 3_200));
        assert_eq!((samples[0], samples[1]), (5, -5));
        assert_eq!((samples[1_600], samples[1_601]), (6, -6));
        assert_eq!(repair(&path).unwrap(), Repair::Sound);
    }

    #[test]
    fn a_file_longer_than_its_header_is_repaired_by_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        for header_says in [0, 1_600] {
            killed(&path, header_says);
            assert_eq!(recorded_ms(&path), Some(125));
            assert_eq!(repair(&path).unwrap(), Repair::Repaired { ms: 125 }, "header says {header_says}");
            assert_eq!(read(&path).1.len(), 2_000);
            assert_eq!(repair(&path).unwrap(), Repair::Sound);
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn silence_counts_from_the_last_samples_not_the_repair() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        killed(&path, 0);
        let minute = Duration::from_secs(60);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - minute).unwrap();
        assert_eq!(repair(&path).unwrap(), Repair::Repaired { ms: 125 });
        let (_, found) = WavFile::open(&path, RATE).unwrap();
        assert!(matches!(found, OpenedFile::Resumed { untouched_for } if untouched_for >= minute));
    }

    #[test]
    fn a_header_promising_more_than_exists_is_repaired() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        killed(&path, 80_000);
        assert_eq!(repair(&path).unwrap(), Repair::Repaired { ms: 125 });
        assert_eq!(read(&path).1.len(), 2_000);
    }

    #[test]
    fn opening_a_killed_recording_loses_nothing_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        killed(&path, 0);
        write(&path, RATE, 9, 10);
        let samples = read(&path).1;
        assert_eq!(samples.len(), 2_020);
        assert_eq!((samples[1_999], samples[2_000]), (-7, 9));
    }

    #[test]
    fn a_call_resumed_at_another_rate_keeps_the_files_rate() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        write(&path, RATE, 1_000, 800);
        write(&path, SampleRate::HZ_16000, 1_000, 1_600);
        let (rate, samples) = read(&path);
        assert_eq!((rate, samples.len()), (8_000, 3_200));
        let middle = samples[2_400];
        assert!((middle - 1_000).abs() < 20, "{middle}");
    }

    #[test]
    fn a_file_that_ends_within_its_header_is_started_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        fs::write(&path, b"RIFF").unwrap();
        assert_eq!(recorded_ms(&path), None);
        assert_eq!(repair(&path).unwrap(), Repair::Empty);
        write(&path, RATE, 1, 10);
        assert_eq!(read(&path).1.len(), 20);
    }

    #[test]
    fn a_foreign_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("letter.txt");
        let text = "x".repeat(1_000);
        fs::write(&path, &text).unwrap();
        assert_eq!(recorded_ms(&path), None);
        assert!(matches!(repair(&path), Err(WavError::Foreign { .. })));
        assert!(matches!(WavFile::open(&path, RATE), Err(WavError::Foreign { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_checkpoint_corrects_the_header() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        let (mut file, _) = WavFile::open(&path, RATE).unwrap();
        file.write(&[[1, 1]; 1_600]).unwrap();
        file.checkpoint().unwrap();
        file.write(&[[2, 2]; 1_600]).unwrap();
        assert_eq!(read(&path).1.len(), 3_200, "up to the checkpoint");
        file.checkpoint().unwrap();
        assert_eq!(read(&path).1.len(), 6_400);
    }

    /// A disk with a fault; it has none after this.
    #[cfg(feature = "fault-injection")]
    struct Disk;

    #[cfg(feature = "fault-injection")]
    impl Disk {
        fn with(fault: disk_fault::DiskFault) -> Self {
            disk_fault::set(Some(fault));
            Self
        }
    }

    #[cfg(feature = "fault-injection")]
    impl Drop for Disk {
        fn drop(&mut self) {
            disk_fault::set(None);
        }
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn samples_cut_by_full_disks_change_neither_length_nor_date() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        write(&path, RATE, 5, 800);
        let minute = Duration::from_secs(60);
        let handle = OpenOptions::new().write(true).open(&path).unwrap();
        handle.set_modified(SystemTime::now() - minute).unwrap();

        let disk = Disk::with(disk_fault::DiskFault::Full);
        for _ in 0..2 {
            let (mut file, _) = WavFile::open(&path, RATE).unwrap();
            let refused = file.write(&[[6, -6]; 801]).err().unwrap().to_string();
            assert!(refused.contains("No space left"), "{refused}");
        }
        drop(disk);
        assert_eq!((repair(&path).unwrap(), recorded_ms(&path)), (Repair::Sound, Some(100)));
        let (mut file, found) = WavFile::open(&path, RATE).unwrap();
        assert!(matches!(found, OpenedFile::Resumed { untouched_for } if untouched_for >= minute));
        file.write(&[[7, -7]; 800]).unwrap();
        file.finish().unwrap();
        let samples = read(&path).1;
        assert_eq!((samples.len(), samples[1_598], samples[1_600]), (3_200, 5, 7));
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn silence_cut_by_a_full_disk_dates_the_file_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        write(&path, RATE, 5, 8_000);
        let handle = OpenOptions::new().write(true).open(&path).unwrap();
        handle.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();

        // The second that exists, and 10 s more.
        let disk =
            Disk::with(disk_fault::DiskFault::FullAt { bytes: HEADER_BYTES + 11 * 8_000 * STEREO_BYTES });
        let (mut file, _) = WavFile::open(&path, RATE).unwrap();
        assert!(file.write_silence(60 * 8_000).is_err());
        drop(file);
        drop(disk);
        assert_eq!(recorded_ms(&path), Some(11_000));
        let (_, found) = WavFile::open(&path, RATE).unwrap();
        let OpenedFile::Resumed { untouched_for } = found else { panic!("the file exists") };
        assert!((50..55).contains(&untouched_for.as_secs()), "{untouched_for:?}");
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_recording_that_a_full_disk_refused_starts_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        let disk = Disk::with(disk_fault::DiskFault::Full);
        assert!(matches!(WavFile::open(&path, RATE), Err(WavError::Io { .. })));
        disk_fault::set(Some(disk_fault::DiskFault::Failing));
        let refused = WavFile::open(&path, RATE).err().unwrap().to_string();
        assert!(refused.contains("Input/output error"), "{refused}");
        drop(disk);
        write(&path, RATE, 1, 10);
        assert_eq!(read(&path).1.len(), 20);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let error = WavFile::open(Path::new("/nowhere/call.wav"), RATE).err().unwrap().to_string();
        assert!(error.starts_with("recording /nowhere/call.wav: No such file"), "{error}");
    }
}
