//! Tools of calls' assistants that are the same, held once: most calls of an organization have one profile's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cordboard_schema::ids::OrganizationId;

use crate::tools::ToolDefinition;

/// The newest tools of each organization's calls, for as long as a call has them.
#[derive(Debug, Default)]
pub struct SharedTools(Mutex<HashMap<OrganizationId, Weak<[ToolDefinition]>>>);

impl SharedTools {
    /// A call's tools: those of a call before it, where they are the same.
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
    fn identical_tools_are_held_once_while_somebody_has_them() {
        let shared = SharedTools::default();
        let ours = OrganizationId(Uuid::nil());
        let first = shared.share(ours, tools("sales"));
        assert!(Arc::ptr_eq(&first, &shared.share(ours, tools("sales"))));
        let other = shared.share(ours, tools("support"));
        assert_eq!(other, tools("support"));
        drop(other);
        assert_eq!(Arc::strong_count(&shared.share(ours, tools("support"))), 1, "nobody else holds them");
    }
}
