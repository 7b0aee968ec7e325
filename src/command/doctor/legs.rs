//! Checks that kinds of legs make beside those of their ports.

use cordboard_actors::legs::{LegCheck, LegComplaint};

use super::Check;
use crate::config::Config;

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let checks = config.legs.each().into_iter().flat_map(|section| section.checks());
    let check = |LegCheck { subject, outcome }| match outcome {
        Ok(found) => Check::good(subject, found),
        Err(LegComplaint { found, fix }) => Check::bad(subject, found, fix),
    };
    checks.map(check).collect()
}
