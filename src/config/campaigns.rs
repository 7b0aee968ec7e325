//! Limits that campaigns share.

use cordboard_campaigns::together::Limits;

use super::{Campaigns, Count};

impl Campaigns {
    /// The limits of all campaigns of one organization.
    pub fn of_organization(&self) -> Limits {
        Limits {
            at_once_max: self.organization_at_once_max.map(Count::get),
            per_second_max: self.organization_per_second_max.map(Count::get),
        }
    }

    /// The limits of all campaigns over one switch.
    pub fn of_trunk(&self) -> Limits {
        Limits {
            at_once_max: self.trunk_at_once_max.map(Count::get),
            per_second_max: self.trunk_per_second_max.map(Count::get),
        }
    }
}
