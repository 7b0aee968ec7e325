//! Programs and pages that only follow calls, in a life of the server.

use super::Here;
use crate::evidence::Evidence;
use crate::parties::follower::{self, FollowerLog};
use crate::plan::Plan;
use crate::stage::headers_of;

impl Here<'_> {
    /// Has them follow calls in this life; `earlier` has everything that they received before.
    pub(crate) fn open_followers(&mut self, plan: &Plan, earlier: &[FollowerLog]) {
        for (follower, log) in plan.followers.iter().zip(earlier) {
            let organization =
                self.stage.organizations[follower.organization % self.stage.organizations.len()];
            let newest = follower::newest(&log.connections);
            let headers = headers_of(organization);
            self.followers.push(follower::begin(follower, headers, newest, &self.addresses));
        }
    }

    /// Saves what they received.
    pub(super) fn keep_followers(&self, evidence: &mut Evidence) {
        for (connections, log) in self.followers.iter().zip(&mut evidence.followers) {
            log.connections.append(&mut connections.borrow_mut());
        }
    }
}
