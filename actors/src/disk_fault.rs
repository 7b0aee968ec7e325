//! A disk that is full, fails or is slow, as tests ask for it. Compiled only with the feature `fault-injection`.
//!
//! It is that of one thread: a server in virtual time has no other, and the servers of other threads have disks of their own. The database
//! has faults of its own.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use tokio::time::sleep;

/// Linux's numbers of "no space left on device" and "input/output error", by which the server's log names them.
const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// A fault of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No file grows: half of what is written is there, and the rest is refused. What a file has can be written anew.
    Full,
    /// No file grows beyond so many bytes.
    FullAt {
        /// The bytes.
        bytes: u64,
    },
    /// No file can be opened, and nothing can be written.
    Failing,
    /// The writer of recordings waits before each of its turns.
    Slow {
        /// For so many ms.
        ms: u64,
    },
}

thread_local! {
    static FAULT: Cell<Option<DiskFault>> = const { Cell::new(None) };
}

/// Has the disk of this thread have a fault from now on, or none any more.
pub fn set(fault: Option<DiskFault>) {
    FAULT.set(fault);
}

/// Why a file can't be opened for writing, if that is so.
pub(crate) fn before_open() -> io::Result<()> {
    match FAULT.get() {
        Some(DiskFault::Failing) => Err(io::Error::from_raw_os_error(EIO)),
        _ => Ok(()),
    }
}

/// Why this can't be written at this place of a file, if that is so. A full disk has taken a part of it then.
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

/// Why a file that is written can't get its name, if that is so: the disk has not taken all of it.
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

/// Time that a turn of the recorder takes of a slow disk.
pub(crate) async fn pass_slowly() {
    if let Some(DiskFault::Slow { ms }) = FAULT.get() {
        sleep(Duration::from_millis(ms)).await;
    }
}
