//! The numbers of a call's legs, control links and effects. Each number is given once.

use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::ControlId;

use super::Machine;

/// The newest number of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    legs: u64,
    controls: u64,
    effects: u64,
}

impl Numbers {
    /// Whether any leg has arrived or been started so far.
    pub(super) fn has_legs(self) -> bool {
        self.legs > 0
    }

    /// Notes a leg that was numbered elsewhere. Returns whether it is new: a repeated leg has no effect.
    pub(super) fn is_new_leg(&mut self, leg: LegId) -> bool {
        let is_new = leg.0 > self.legs;
        self.legs = self.legs.max(leg.0);
        is_new
    }

    /// Like `is_new_leg`, for a control link.
    pub(super) fn is_new_control(&mut self, control: ControlId) -> bool {
        let is_new = control.0 > self.controls;
        self.controls = self.controls.max(control.0);
        is_new
    }

    /// Returns the number of the next leg.
    pub(super) fn next_leg(self) -> LegId {
        LegId(self.legs + 1)
    }

    /// Returns the number of the next control link.
    pub(super) fn next_control(self) -> ControlId {
        ControlId(self.controls + 1)
    }
}

impl Machine {
    pub(super) fn number_leg(&mut self) -> LegId {
        self.numbers.legs += 1;
        LegId(self.numbers.legs)
    }

    pub(super) fn number_effect(&mut self) -> EffectId {
        self.numbers.effects += 1;
        EffectId(self.numbers.effects)
    }
}
