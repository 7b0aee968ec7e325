//! Keeping the parts of a leg alive while its connection is up.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::actor::LegActor;
use super::leg::{Buffered, Leg};
use crate::panic_text::panic_text;

/// Number of panics of its parts that a leg survives. A part that panics at every step would use up its thread.
const PANICS_MAX: u32 = 20;

/// Keeps an actor running for the leg, for as long as this is awaited. A separate task waits for the actor's death, because the
/// leg's own task is polled at every frame and would check it each time.
pub(crate) async fn keep_actor(leg: &Rc<Leg>, buffered: Option<Rc<dyn Buffered>>) -> Infallible {
    let died = Rc::new(Notify::new());
    LegActor::attend(Rc::clone(leg), buffered.clone(), Rc::clone(&died));
    let following = follow(Rc::clone(leg), buffered, died);
    let _keeping = Keeping(actix_rt::spawn(following.in_current_span()));
    std::future::pending().await
}

/// Starts another actor for the leg each time one dies.
async fn follow(leg: Rc<Leg>, buffered: Option<Rc<dyn Buffered>>, died: Rc<Notify>) {
    loop {
        // There is one actor at a time, so two deaths can't be notified as one.
        died.notified().await;
        leg.note_restart("actor");
        LegActor::attend(Rc::clone(&leg), buffered.clone(), Rc::clone(&died));
    }
}

/// The task that restarts a leg's actors. It ends with the leg.
struct Keeping(JoinHandle<()>);

impl Drop for Keeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a part of the leg, and again if it panics, because the connection is up and the caller is still there. Returns none once it
/// has panicked too often.
pub(crate) async fn unharmed<T>(leg: &Leg, part: &'static str, mut run: impl AsyncFnMut() -> T) -> Option<T> {
    for _ in 0..PANICS_MAX {
        match AssertUnwindSafe(run()).catch_unwind().await {
            Ok(outcome) => return Some(outcome),
            Err(panic) => {
                tracing::debug!(part, panic = panic_text(panic.as_ref()), "contained a panic");
                leg.note_restart(part);
            }
        }
    }
    None
}
