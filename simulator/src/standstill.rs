//! Detects a world whose time stands still: some task of its thread always has something to do, so the clock never advances. Nothing on that thread
//! can detect it, so another thread does.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

thread_local! {
    /// Seconds of virtual time that this thread has played.
    static SECONDS: Arc<AtomicU64> = Arc::default();
}

/// A second of a world takes some ms; even on the busiest machine no world needs this long for one.
const LIMIT: Duration = Duration::from_secs(90);

/// Watches the worlds of the thread that began it, until it is dropped.
pub(crate) struct Watch {
    _over: Sender<()>,
}

impl Watch {
    /// Ends the process if time stands still, and names the world.
    pub(crate) fn begin(seed: u64) -> Self {
        let (over, is_over) = channel();
        let seconds = SECONDS.with(Arc::clone);
        thread::spawn(move || {
            let mut before = seconds.load(Ordering::Relaxed);
            while is_over.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let now = seconds.load(Ordering::Relaxed);
                if now == before {
                    report(seed, now);
                    process::exit(1);
                }
                before = now;
            }
        });
        Self { _over: over }
    }
}

#[allow(clippy::print_stderr, reason = "the process ends here, and nothing else can say why")]
fn report(seed: u64, seconds: u64) {
    eprintln!(
        "seed {seed}: a promise was broken\n  time goes on: the server: a task of it never rests, and time has stood still for {} s behind \
         {seconds} s of the worlds of its thread",
        LIMIT.as_secs()
    );
}

/// Counts the seconds of a world, on its thread; never returns.
pub(crate) async fn count() {
    let seconds = SECONDS.with(Arc::clone);
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        seconds.fetch_add(1, Ordering::Relaxed);
    }
}
