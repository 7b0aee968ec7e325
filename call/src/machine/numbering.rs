//! The numbers of a call's legs, control links and effects: each is given once.

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
    /// Whether any leg has come so far, of ours or of others.
    pub(super) fn has_legs(self) -> bool {
        self.legs > 0
    }

    /// Takes note of a leg that others have numbered. Returns whether it is new: a repeated one has no effect.
    pub(super) fn is_new_leg(&mut self, leg: LegId) -> bool {
        let is_new = leg.0 > self.legs;
        self.legs = self.legs.max(leg.0);
        is_new
    }

    /// The same of a control link.
    pub(super) fn is_new_control(&mut self, control: ControlId) -> bool {
        let is_new = control.0 > self.controls;
        self.controls = self.controls.max(control.0);
        is_new
    }

    /// The number of the leg that comes next.
    pub(super) fn next_leg(self) -> LegId {
        LegId(self.legs + 1)
    }

    /// The number of the control link that comes next.
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
