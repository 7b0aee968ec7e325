//! A child process whose output is kept, shown when its test fails, and which dies with its owner.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal};

use crate::waiting::{TimedOut, wait_until};

/// How many lines of a log a failed test prints.
const SHOWN_LOG_LINES: usize = 120;

/// A running process with its standard output and error in files.
#[derive(Debug)]
pub struct LoggedChild {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// The open resources of a process, as the kernel counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holdings {
    /// Open file descriptors of every kind, sockets among them.
    pub open_files: usize,
    /// Open sockets.
    pub sockets: usize,
    /// Threads.
    pub threads: usize,
}

impl LoggedChild {
    /// Starts `command` with its output in `NAME.stdout.log` and `NAME.stderr.log` below `folder`; logs of an
    /// earlier start are kept and appended to.
    ///
    /// # Errors
    /// The program is missing, or the log files cannot be written.
    pub fn spawn(name: &str, command: &mut Command, folder: &Path) -> io::Result<Self> {
        let log_file = |stream: &str| -> io::Result<(PathBuf, File)> {
            let path = folder.join(format!("{name}.{stream}.log"));
            let file = File::options().create(true).append(true).open(&path)?;
            Ok((path, file))
        };
        let (stdout, stdout_file) = log_file("stdout")?;
        let (stderr, stderr_file) = log_file("stderr")?;
        let child = command.stdin(Stdio::null()).stdout(stdout_file).stderr(stderr_file).spawn()?;
        Ok(Self { name: name.to_owned(), child, stdout, stderr })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was written to standard output so far.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        read_lossy(&self.stdout)
    }

    /// Everything that was written to standard error so far.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        read_lossy(&self.stderr)
    }

    /// The exit status, once the process has ended.
    ///
    /// # Errors
    /// The kernel does not know the process.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Sends SIGTERM: the process may end in its own way.
    ///
    /// # Errors
    /// The process has ended.
    pub fn terminate(&self) -> io::Result<()> {
        Ok(rustix::process::kill_process(self.pid(), Signal::TERM)?)
    }

    /// Sends SIGKILL and waits for the end: nothing is written, flushed or sent any more.
    ///
    /// # Errors
    /// The kernel does not know the process.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// It still runs after `limit`.
    pub fn wait_ended(&mut self, limit: Duration) -> Result<ExitStatus, TimedOut> {
        let awaited = format!("the end of {}", self.name);
        wait_until(&awaited, limit, || self.child.try_wait().ok().flatten())
    }

    /// Limits the size in bytes that any file of the process may grow to (`RLIMIT_FSIZE`): the next write beyond
    /// it fails as on a full disk, in a process that handles or ignores SIGXFSZ, and ends any other. `None` lifts
    /// the limit again.
    ///
    /// # Errors
    /// The process is gone.
    pub fn limit_file_size(&self, max_bytes: Option<u64>) -> io::Result<()> {
        // The hard limit stays, so that the soft one can be lifted again without root.
        let maximum = rustix::process::getrlimit(Resource::Fsize).maximum;
        rustix::process::prlimit(
            Some(self.pid()),
            Resource::Fsize,
            Rlimit { current: max_bytes.or(maximum), maximum },
        )?;
        Ok(())
    }

    /// The process's open resources now, from `/proc`.
    ///
    /// # Errors
    /// The process is gone.
    pub fn holdings(&self) -> io::Result<Holdings> {
        let of_process = PathBuf::from(format!("/proc/{}", self.id()));
        let mut holdings = Holdings { open_files: 0, sockets: 0, threads: 0 };
        for entry in fs::read_dir(of_process.join("fd"))? {
            holdings.open_files += 1;
            // A descriptor can close between the listing and this read.
            let target = fs::read_link(entry?.path()).unwrap_or_default();
            if target.to_string_lossy().starts_with("socket:") {
                holdings.sockets += 1;
            }
        }
        holdings.threads = fs::read_dir(of_process.join("task"))?.count();
        Ok(holdings)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for LoggedChild {
    #[expect(clippy::print_stderr, reason = "the test runner shows it next to the failure")]
    fn drop(&mut self) {
        // Both errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            for (stream, path) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
                eprintln!("---- {} {stream} ----\n{}", self.name, last_lines(&read_lossy(path)));
            }
        }
    }
}

/// The last lines of a log: enough to see why a test failed.
pub(crate) fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LOG_LINES)..].join("\n")
}

pub(crate) fn read_lossy(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(5);

    fn shell(script: &str, folder: &Path) -> LoggedChild {
        LoggedChild::spawn("shell", Command::new("sh").args(["-c", script]), folder).unwrap()
    }

    #[test]
    fn keeps_both_outputs_and_the_exit_status() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = shell("echo out; echo err >&2; exit 3", folder.path());
        assert_eq!(child.wait_ended(SECOND).unwrap().code(), Some(3));
        assert_eq!(child.stdout_text(), "out\n");
        assert_eq!(child.stderr_text(), "err\n");
    }

    #[test]
    fn dies_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let child = shell("exec sleep 1000", folder.path());
        let proc_entry = PathBuf::from(format!("/proc/{}", child.id()));
        assert!(proc_entry.exists());
        assert!(child.holdings().unwrap().threads >= 1);
        drop(child);
        assert!(!proc_entry.exists());
    }

    #[test]
    fn a_file_limit_makes_writes_fail_until_it_is_lifted() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap '' XFSZ; until [ -e go ]; do sleep 0.01; done; \
                      head -c 4000 /dev/zero >a || echo full; until [ -e on ]; do sleep 0.01; done; \
                      head -c 4000 /dev/zero >b && echo fits";
        let mut child = LoggedChild::spawn(
            "shell",
            Command::new("sh").args(["-c", script]).current_dir(folder.path()),
            folder.path(),
        )
        .unwrap();
        child.limit_file_size(Some(1000)).unwrap();
        fs::write(folder.path().join("go"), "").unwrap();
        wait_until("a full disk", SECOND, || child.stdout_text().contains("full").then_some(())).unwrap();
        child.limit_file_size(None).unwrap();
        fs::write(folder.path().join("on"), "").unwrap();
        assert!(child.wait_ended(SECOND).unwrap().success());
        assert_eq!(child.stdout_text(), "full\nfits\n");
        assert_eq!(fs::metadata(folder.path().join("a")).unwrap().len(), 1000);
    }
}
