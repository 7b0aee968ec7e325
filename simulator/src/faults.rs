//! Actors that panic, where the server was built with faults.

#[cfg(feature = "fault-injection")]
use cordboard_actors::fault::{self, Fault};

use crate::plan::Place;

/// Asks for a panic at a place of this thread, once it was passed so often.
pub(crate) fn arm(place: Place, after: u32) {
    #[cfg(feature = "fault-injection")]
    fault::arm_after(
        match place {
            Place::Step => Fault::PanicInStep,
            Place::StepOfEnd => Fault::PanicInStepOfEnd,
            Place::Call => Fault::PanicInCall,
            Place::ToolDone => Fault::PanicAtToolDone,
            Place::Leg => Fault::PanicInLeg,
            Place::Reading => Fault::PanicInReading,
            Place::Assistant => Fault::PanicInAssistant,
            Place::Registry => Fault::PanicInRegistry,
            Place::Router => Fault::PanicInRouter,
            Place::RouterAtEnd => Fault::PanicInRouterAtEnd,
        },
        after,
    );
    #[cfg(not(feature = "fault-injection"))]
    let _ = (place, after);
}

/// Takes back what was asked for on this thread and has not struck.
pub(crate) fn disarm() {
    #[cfg(feature = "fault-injection")]
    fault::disarm();
}
