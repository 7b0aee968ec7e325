//! Rows of the people and numbers that calls may dial.

use chrono::NaiveDateTime;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::extension::Extension;
use cordboard_schema::grant::Grants;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, parsed, signed, text, unsigned};
use crate::tables::{dial_policies, extensions, grants};

/// An extension.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = extensions)]
pub struct ExtensionRow {
    /// The organization that owns it.
    pub organization_id: String,
    /// Unique in the organization.
    pub name: String,
    /// Title for users.
    pub title: String,
    /// `context,extension,priority`.
    pub target: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

impl ExtensionRow {
    /// Returns the row of a new extension.
    pub fn new(extension: &Extension, created_at: UnixMs) -> Self {
        Self {
            organization_id: extension.organization_id.to_string(),
            name: extension.name.clone(),
            title: text(&extension.title),
            target: extension.target.to_string(),
            created_at: naive(created_at),
        }
    }

    /// Returns the extension.
    pub fn into_extension(self) -> Result<Extension, BadRow> {
        Ok(Extension {
            organization_id: parsed("extensions.organization_id", &self.organization_id)?,
            target: parsed("extensions.target", &self.target)?,
            name: self.name,
            title: self.title,
        })
    }
}

/// An organization's dial policy.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = dial_policies)]
pub struct DialPolicyRow {
    /// The organization that owns it.
    pub organization_id: String,
    /// JSON array of patterns.
    pub numbers_allowed: String,
    /// Maximum for one call.
    pub per_call_max: i64,
    /// Maximum for all calls of a day.
    pub per_day_max: i64,
}

impl DialPolicyRow {
    /// Returns the row of `policy`.
    pub fn new(organization_id: OrganizationId, policy: &DialPolicy) -> Result<Self, BadRow> {
        Ok(Self {
            organization_id: organization_id.to_string(),
            numbers_allowed: json("dial_policies.numbers_allowed", &policy.numbers_allowed)?,
            per_call_max: signed("dial_policies.per_call_max", u64::from(policy.per_call_max))?,
            per_day_max: signed("dial_policies.per_day_max", u64::from(policy.per_day_max))?,
        })
    }

    /// Returns the policy.
    pub fn into_policy(self) -> Result<DialPolicy, BadRow> {
        let number = |column, number| {
            let number = unsigned(column, number)?;
            u32::try_from(number).map_err(|fault| BadRow::new(column, fault))
        };
        Ok(DialPolicy {
            numbers_allowed: from_json("dial_policies.numbers_allowed", &self.numbers_allowed)?,
            per_call_max: number("dial_policies.per_call_max", self.per_call_max)?,
            per_day_max: number("dial_policies.per_day_max", self.per_day_max)?,
        })
    }
}

/// A grant to an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
pub struct GrantRow {
    /// The organization.
    pub organization_id: String,
    /// `switch`, `context`, `trunk` or `caller_id`.
    pub kind: String,
    /// Name of the granted thing.
    pub name: String,
}

const SWITCH: &str = "switch";
const CONTEXT: &str = "context";
const TRUNK: &str = "trunk";
const CALLER_ID: &str = "caller_id";

impl GrantRow {
    /// Returns the rows of all grants of an organization.
    pub fn all(organization_id: OrganizationId, grants: &Grants) -> Vec<Self> {
        let row = |kind: &str, name: String| Self {
            organization_id: organization_id.to_string(),
            kind: kind.to_owned(),
            name,
        };
        let switches = grants.switches.iter().map(|name| row(SWITCH, name.clone()));
        let contexts = grants.contexts.iter().map(|name| row(CONTEXT, name.clone()));
        let trunks = grants.trunks.iter().map(|name| row(TRUNK, name.clone()));
        let caller_ids = grants.caller_ids.iter().map(|number| row(CALLER_ID, number.to_string()));
        switches.chain(contexts).chain(trunks).chain(caller_ids).collect()
    }

    /// Adds it to the grants.
    pub fn add_to(self, grants: &mut Grants) -> Result<(), BadRow> {
        match self.kind.as_str() {
            SWITCH => grants.switches.insert(self.name),
            CONTEXT => grants.contexts.insert(self.name),
            TRUNK => grants.trunks.insert(self.name),
            CALLER_ID => grants.caller_ids.insert(parsed("grants.name", &self.name)?),
            other => return Err(BadRow::new("grants.kind", format!("{other:?} is no kind of grant"))),
        };
        Ok(())
    }
}
