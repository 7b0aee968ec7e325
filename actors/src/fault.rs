//! Faults that tests ask for. Compiled only with the feature `fault-injection`.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The machine of a call panics while it takes in a fact.
    PanicInStep,
}

static PANICS_IN_STEP: AtomicUsize = AtomicUsize::new(0);

fn count(fault: Fault) -> &'static AtomicUsize {
    match fault {
        Fault::PanicInStep => &PANICS_IN_STEP,
    }
}

/// Asks for the fault, once more.
pub fn arm(fault: Fault) {
    count(fault).fetch_add(1, Ordering::SeqCst);
}

/// The place where the fault happens, where it was asked for.
#[allow(clippy::panic, reason = "the fault that a test asked for")]
pub(crate) fn strike(fault: Fault) {
    let armed = count(fault).fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if armed.is_ok() {
        panic!("a fault that was asked for: {fault:?}");
    }
}
