//! Settings that calls have alike, held once for all of them. Each call gets a copy that is made for it: with the time and what is known of its
//! caller in the assistant's instructions. Where those say nothing of one call alone, the copies are the same, and some KB each.

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
    /// Has a call that begins share its settings with those before it, where they are the same.
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
    fn equal_settings_are_held_once_while_somebody_has_them() {
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
        assert_eq!(Arc::strong_count(&shared("one")), 1, "nothing holds it but those who have it");
    }
}
