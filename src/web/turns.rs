//! Work that each organization can only do once at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_schema::ids::OrganizationId;

use super::problem::ApiError;

/// The organizations that are doing such work. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashSet<OrganizationId>>>);

/// Permission to do it. Once it is dropped, the organization may do other such work.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    organization_id: OrganizationId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.known().remove(&self.organization_id);
    }
}

impl Turns {
    fn known(&self) -> MutexGuard<'_, HashSet<OrganizationId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The organization's turn.
    ///
    /// # Errors
    /// It is doing such work already. `work` is its name, as it follows "your organization has another".
    pub(super) fn take(&self, organization_id: OrganizationId, work: &str) -> Result<Turn, ApiError> {
        if self.known().insert(organization_id) {
            return Ok(Turn { turns: self.clone(), organization_id });
        }
        let detail = format!("your organization has another {work}: wait for it, and try again");
        Err(ApiError::ShareUsedUp(detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_organization_has_one_turn_at_a_time() {
        let turns = Turns::default();
        let [one, other] = [1, 2].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        let turn = turns.take(one, "forecast made").unwrap();
        let refused = turns.take(one, "forecast made").unwrap_err();
        let message = "your organization has another forecast made: wait for it, and try again";
        assert_eq!(refused.to_string(), message);
        assert!(turns.take(other, "forecast made").is_ok());
        drop(turn);
        assert!(turns.take(one, "forecast made").is_ok());
    }
}
