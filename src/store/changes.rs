//! Changes of the database that pages show: noted while they are made, sent once they are committed.
//!
//! A change runs on the writer's thread without a break, so its notes are there. The writer of a line of the audit log notes its
//! subject; changes by assistants and the network are noted where they are written. Only this server's pages are informed, as of calls.

use std::cell::RefCell;

use cordboard_schema::changed::{Changed, Thing};
use cordboard_schema::ids::OrganizationId;

thread_local! {
    static NOTED: RefCell<Vec<Changed>> = const { RefCell::new(Vec::new()) };
}

/// Begins a change: what one before it has noted, and never committed, is forgotten.
pub(super) fn begin() {
    NOTED.with_borrow_mut(Vec::clear);
}

/// Changes that were noted since the beginning, each once.
pub(super) fn noted() -> Vec<Changed> {
    NOTED.take()
}

/// Notes that something is changed by the change that is being made.
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
    fn noted_changes_are_told_once_and_uncommitted_ones_never() {
        let organization_id = OrganizationId(uuid::Uuid::from_u128(1));
        begin();
        note(organization_id, Thing::Lead, "taken back");
        begin();
        note(organization_id, Thing::Lead, "7");
        note(organization_id, Thing::Lead, "7");
        note(organization_id, Thing::Customer, "7");
        let told: Vec<_> = noted().into_iter().map(|changed| (changed.what, changed.id)).collect();
        assert_eq!(told, [(Thing::Lead, "7".to_owned()), (Thing::Customer, "7".to_owned())]);
        assert_eq!(noted(), []);
    }
}
