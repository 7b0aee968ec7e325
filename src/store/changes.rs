//! Changes of the database that pages show: noted during a change, sent after its commit.
//!
//! A change runs on the writer's thread without interruption, so its notes are thread-local. An audit entry notes its subject; changes by assistants
//! and the network are noted where they are written. Only this server's pages are notified, as for calls.

use std::cell::RefCell;

use cordboard_schema::changed::{Changed, Thing};
use cordboard_schema::ids::OrganizationId;

thread_local! {
    static NOTED: RefCell<Vec<Changed>> = const { RefCell::new(Vec::new()) };
}

/// Begins a change. Notes of an earlier change that was not committed are dropped.
pub(super) fn begin() {
    NOTED.with_borrow_mut(Vec::clear);
}

/// The changes noted since the beginning, each once.
pub(super) fn noted() -> Vec<Changed> {
    NOTED.take()
}

/// Notes that the present change changes this thing.
pub(super) fn note(organization_id: OrganizationId, what: Thing, id: impl ToString) {
    let changed = Changed { organization_id, what, id: id.to_string() };
    NOTED.with_borrow_mut(|noted| {
        if !noted.contains(&changed) {
            noted.push(changed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noted_changes_are_sent_once_and_uncommitted_ones_never() {
        let organization_id = OrganizationId(uuid::Uuid::from_u128(1));
        begin();
        note(organization_id, Thing::Lead, "taken back");
        begin();
        note(organization_id, Thing::Lead, "7");
        note(organization_id, Thing::Lead, "7");
        note(organization_id, Thing::Customer, "7");
        let noted_changes: Vec<_> = noted().into_iter().map(|changed| (changed.what, changed.id)).collect();
        assert_eq!(noted_changes, [(Thing::Lead, "7".to_owned()), (Thing::Customer, "7".to_owned())]);
        assert_eq!(noted(), []);
    }
}
