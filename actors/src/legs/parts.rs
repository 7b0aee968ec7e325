//! Keeping the parts of a leg alive while its connection is up.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::actor::LegActor;
use super::leg::{Buffered, Leg};
use crate::panic_text::panic_text;

/// Panics of a leg's parts that the leg outlives. A part that panics at every step would use up its thread.
const PANICS_MAX: u32 = 20;

/// Sees to it that the leg has an actor.
pub(crate) async fn keep_actor(leg: &Rc<Leg>, buffered: Option<Rc<dyn Buffered>>) -> Infallible {
    let (keeper, mut died) = mpsc::unbounded_channel();
    loop {
        LegActor::attend(Rc::clone(leg), buffered.clone(), keeper.clone());
        // The sender above is held, so something comes or nothing does.
        while died.recv().await.is_none() {}
        leg.note_restart("actor");
    }
}

/// Runs a part of the leg, and once more where it panicked: the connection is up, and the caller is still there. None
/// for a part that can't be helped.
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
