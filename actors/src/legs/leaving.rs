//! The one report to the call that its leg has left.

use std::rc::Rc;

use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;

use super::leg::Leg;

/// Reports to the call that its leg has left, exactly once. If it is dropped without a report, as after a panic or when the arbiter
/// stops, it reports that the connection broke.
#[derive(Debug)]
pub(crate) struct Leaving {
    leg: Rc<Leg>,
    how: LegEnd,
}

impl Leaving {
    pub(crate) fn new(leg: Rc<Leg>) -> Self {
        Self { leg, how: LegEnd::Broken }
    }

    /// Reports how the leg has left.
    pub(crate) fn tell(mut self, how: LegEnd) {
        self.how = how;
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let how = self.leg.has_left(self.how);
        self.leg.call.fact(Fact::LegLeft { leg: self.leg.id, how });
    }
}
