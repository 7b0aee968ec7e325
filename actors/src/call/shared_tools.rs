//! Tools of calls' assistants, stored once if they are equal: most calls of an organization have the tools of one profile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cordboard_schema::ids::OrganizationId;

use crate::tools::ToolDefinition;

/// The newest tools of each organization's calls, for as long as a call has them.
#[derive(Debug, Default)]
pub struct SharedTools(Mutex<HashMap<OrganizationId, Weak<[ToolDefinition]>>>);

impl SharedTools {
    /// Returns a call's tools: those of an earlier call, if they are equal.
    pub(super) fn share(
        &self,
        organization_id: OrganizationId,
        own: Arc<[ToolDefinition]>,
    ) -> Arc<[ToolDefinition]> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = newest.get(&organization_id).and_then(Weak::upgrade);
        if let Some(same) = earlier.filter(|earlier| *earlier == own) {
            return same;
        }
        newest.insert(organization_id, Arc::downgrade(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn tools(target: &str) -> Arc<[ToolDefinition]> {
        let parameters = Arc::new(json!({ "enum": [target] }));
        [ToolDefinition { name: "transfer_call".into(), description: "Sends them on".into(), parameters }]
            .into()
    }

    #[test]
    fn equal_tools_are_stored_once_while_in_use() {
        let shared = SharedTools::default();
        let ours = OrganizationId(Uuid::nil());
        let first = shared.share(ours, tools("sales"));
        assert!(Arc::ptr_eq(&first, &shared.share(ours, tools("sales"))));
        let other = shared.share(ours, tools("support"));
        assert_eq!(other, tools("support"));
        drop(other);
        assert_eq!(Arc::strong_count(&shared.share(ours, tools("support"))), 1, "no other call has them");
    }
}
