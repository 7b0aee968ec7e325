//! A disk that is full, fails or is slow, for tests. Compiled only with the feature `fault-injection`.
//!
//! It applies to one thread: a server in virtual time has only one, and servers on other threads have their own
//! disks. The database has its own faults.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use tokio::time::sleep;

/// Linux's numbers for "no space left on device" and "input/output error", with which the server's log names them.
const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// A fault of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No file grows: half of what is written is stored, and the rest is refused. Existing parts of a file can be overwritten.
    Full,
    /// No file grows beyond this many bytes.
    FullAt {
        /// The bytes.
        bytes: u64,
    },
    /// No file can be opened, and nothing can be written.
    Failing,
    /// The writer of recordings waits before each of its turns.
    Slow {
        /// The wait, in ms.
        ms: u64,
    },
}

thread_local! {
    static FAULT: Cell<Option<DiskFault>> = const { Cell::new(None) };
}

/// Sets the fault of this thread's disk; none removes it.
pub fn set(fault: Option<DiskFault>) {
    FAULT.set(fault);
}

/// Why a file can't be opened for writing, if it can't.
pub(crate) fn before_open() -> io::Result<()> {
    match FAULT.get() {
        Some(DiskFault::Failing) => Err(io::Error::from_raw_os_error(EIO)),
        _ => Ok(()),
    }
}

/// Why this can't be written at this place of a file, if it can't. A full disk has then stored a part of it.
pub(crate) fn before_write(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    match FAULT.get() {
        Some(DiskFault::Failing) => Err(io::Error::from_raw_os_error(EIO)),
        Some(DiskFault::Full) if at + bytes.len() as u64 > file.metadata()?.len() => {
            file.write_all_at(&bytes[..bytes.len() / 2], at)?;
            Err(io::Error::from_raw_os_error(ENOSPC))
        }
        Some(DiskFault::FullAt { bytes: room }) if at + bytes.len() as u64 > room => {
            Err(io::Error::from_raw_os_error(ENOSPC))
        }
        _ => Ok(()),
    }
}

/// Why a file that is written can't get its final name, if it can't: the disk has not stored all of it.
///
/// # Errors
/// The disk is full or fails.
pub fn before_name() -> io::Result<()> {
    match FAULT.get() {
        Some(DiskFault::Full) => Err(io::Error::from_raw_os_error(ENOSPC)),
        Some(DiskFault::Failing) => Err(io::Error::from_raw_os_error(EIO)),
        Some(DiskFault::FullAt { .. } | DiskFault::Slow { .. }) | None => Ok(()),
    }
}

/// Waits as long as a slow disk delays a turn of the recorder.
pub(crate) async fn pass_slowly() {
    if let Some(DiskFault::Slow { ms }) = FAULT.get() {
        sleep(Duration::from_millis(ms)).await;
    }
}
