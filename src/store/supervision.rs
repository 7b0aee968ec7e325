//! The policy of an organization for supervising its live calls.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::supervision::SupervisionPolicy;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::supervision_policies;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// The column with the policy.
const POLICY: &str = "supervision_policies.policy";

/// Returns the organization's policy; the default without settings.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<SupervisionPolicy, StoreError> {
    let row = supervision_policies::table.find(organization_id.to_string());
    let text: Option<String> = row.select(supervision_policies::policy).first(connection).optional()?;
    let Some(text) = text else { return Ok(SupervisionPolicy::default()) };
    Ok(serde_json::from_str(&text).map_err(|fault| BadRow::new(POLICY, fault))?)
}

/// Sets it.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    policy: &SupervisionPolicy,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let text = serde_json::to_string(policy).map_err(|fault| BadRow::new(POLICY, fault))?;
    diesel::delete(supervision_policies::table.find(&owner)).execute(connection)?;
    diesel::insert_into(supervision_policies::table)
        .values((supervision_policies::organization_id.eq(owner), supervision_policies::policy.eq(text)))
        .execute(connection)?;
    Ok(())
}
