//! Cases whose bounds are exact.

use actix::System;
use chrono::DateTime;
use cordboard_actors::world;
use tokio::runtime::Builder;

/// Runs a case on a clock that is paused from the start, and jumps to the next timer when nothing else is to be done.
pub(crate) fn virtually(case: impl Future<Output = ()>) {
    let paused = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(paused).block_on(case);
}

/// As [`virtually`], in a world of its own: the recorder, which otherwise has a thread, is a task on the same thread.
pub(crate) fn in_a_world(case: impl Future<Output = ()>) {
    virtually(async {
        let _stay = world::enter(DateTime::UNIX_EPOCH, 1);
        case.await;
    });
}
