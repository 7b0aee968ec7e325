//! Cases whose bounds are exact.

use actix::System;
use tokio::runtime::Builder;

/// Runs a case on a clock that is paused from its beginning on, and jumps to the next timer when nobody has anything to do.
pub(crate) fn virtually(case: impl Future<Output = ()>) {
    let paused = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(paused).block_on(case);
}
