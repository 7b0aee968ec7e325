//! The threads of a server: as in production, or everything on one thread, whose clock a test can pause.
//!
//! A paused clock jumps to the next timer whenever its own thread has nothing to do. It does not see the work of
//! other threads. So a server in paused time has no other thread: each part that would have its own is a task of the
//! same thread.

use std::future::Future;
use std::io;
use std::thread;

use actix::{Arbiter, ArbiterHandle};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::world;

/// The threads on which the parts of a server run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// As in production: calls on their own arbiters, and blocking work on its own threads.
    OnCores,
    /// Everything is a task of the thread that starts it, which runs an actix system.
    InLine,
}

impl Threads {
    /// The choice for this thread: in line, if it has its own [`world`].
    pub fn here() -> Self {
        if world::is_entered() { Self::InLine } else { Self::OnCores }
    }

    /// Starts work that runs alongside everything else: on a thread of this name, or as a task of the current one.
    ///
    /// # Errors
    /// The system can't start a thread.
    ///
    /// # Panics
    /// In line, outside a runtime.
    pub fn start<W>(self, name: &str, work: impl FnOnce() -> W + Send + 'static) -> io::Result<Started>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (end, ended) = oneshot::channel();
        match self {
            Self::OnCores => {
                let runtime = Builder::new_current_thread().enable_time().build()?;
                let run = move || {
                    runtime.block_on(work());
                    // If nothing waits, nothing is notified.
                    let _ = end.send(());
                };
                thread::Builder::new().name(name.to_owned()).spawn(run)?;
            }
            Self::InLine => {
                tokio::spawn(async move {
                    work().await;
                    let _ = end.send(());
                });
            }
        }
        Ok(Started { ended })
    }

    /// Places for actors, at most `count`: their own arbiters, or the current one.
    pub fn places(self, count: usize) -> Vec<Place> {
        match self {
            Self::OnCores => (0..count).map(|_| Place::Own(Arbiter::new())).collect(),
            Self::InLine => vec![Place::Here(Arbiter::current())],
        }
    }

    /// One place for actors.
    pub fn place(self) -> Place {
        match self {
            Self::OnCores => Place::Own(Arbiter::new()),
            Self::InLine => Place::Here(Arbiter::current()),
        }
    }
}

/// Work that was started. One can wait for its end.
#[derive(Debug)]
pub struct Started {
    ended: oneshot::Receiver<()>,
}

/// The work has panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

impl Started {
    /// Waits until the work has ended.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn ended(self) -> Result<(), Panicked> {
        self.ended.await.map_err(|_| Panicked)
    }

    /// The same for a thread that may block. Not for work in line on the same thread: it can't end while its thread is blocked.
    ///
    /// # Errors
    /// The work panicked.
    ///
    /// # Panics
    /// Inside a runtime.
    pub fn wait(self) -> Result<(), Panicked> {
        self.ended.blocking_recv().map_err(|_| Panicked)
    }
}

/// A place where actors run.
#[derive(Debug)]
pub enum Place {
    /// An arbiter of their own.
    Own(Arbiter),
    /// The arbiter of everything else.
    Here(ArbiterHandle),
}

impl Place {
    /// The handle of its arbiter.
    pub fn handle(&self) -> ArbiterHandle {
        match self {
            Self::Own(arbiter) => arbiter.handle(),
            Self::Here(handle) => handle.clone(),
        }
    }

    /// Stops it, if it exists only for these actors.
    pub fn stop(self) {
        if let Self::Own(arbiter) = self {
            arbiter.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[test]
    fn on_cores_work_has_a_thread_of_its_name() {
        let (sender, receiver) = channel();
        let work = move || async move {
            sleep(Duration::from_millis(1)).await;
            sender.send(thread::current().name().map(str::to_owned)).unwrap();
        };
        assert_eq!(Threads::OnCores.start("a-thread", work).unwrap().wait(), Ok(()));
        assert_eq!(receiver.recv().unwrap().as_deref(), Some("a-thread"));
    }

    #[test]
    fn a_panic_of_the_work_is_reported() {
        let started = Threads::OnCores.start("a-thread", || async { panic!("intended") }).unwrap();
        assert_eq!(started.wait(), Err(Panicked));
    }

    #[tokio::test(start_paused = true)]
    async fn in_line_work_waits_by_the_paused_clock() {
        let began = Instant::now();
        let work = || sleep(Duration::from_secs(3_600));
        let started = Threads::InLine.start("no-thread", work).unwrap();
        assert_eq!(started.ended().await, Ok(()));
        assert_eq!(began.elapsed(), Duration::from_secs(3_600));
    }
}
