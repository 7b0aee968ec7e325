//! Settings that several calls share, stored once. Each call gets a copy that is made for it, with the time and what
//! is known about its caller in the assistant's instructions. If the instructions contain nothing about a single
//! call, the copies are equal, and some KB each.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use cordboard_schema::call::CallPolicy;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::profile::AgentProfile;

/// The newest profile and policy of each organization's calls, for as long as a call has them.
#[derive(Debug, Default)]
pub(super) struct SharedSettings(HashMap<OrganizationId, (Weak<AgentProfile>, Weak<CallPolicy>)>);

impl SharedSettings {
    /// Makes a new call share its settings with earlier ones, if they are equal.
    pub(super) fn share(&mut self, started: &mut Fact) {
        let Fact::CallStarted { profile, policy, .. } = started else { return };
        let (newest_profile, newest_policy) = self.0.entry(profile.organization_id).or_default();
        share(newest_profile, profile);
        share(newest_policy, policy);
    }
}

fn share<T: PartialEq>(newest: &mut Weak<T>, own: &mut Arc<T>) {
    match newest.upgrade().filter(|newest| **newest == **own) {
        Some(same) => *own = same,
        None => *newest = Arc::downgrade(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_settings_are_stored_once_while_in_use() {
        let mut newest = Weak::new();
        let mut shared = |text: &str| {
            let mut own = Arc::new(text.to_owned());
            share(&mut newest, &mut own);
            own
        };
        let (first, second, other) = (shared("one"), shared("one"), shared("two"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(*other, "two");
        let third = shared("one");
        assert!(!Arc::ptr_eq(&first, &third), "only the newest is known");
        drop(third);
        assert_eq!(Arc::strong_count(&shared("one")), 1, "only the calls hold it");
    }
}
