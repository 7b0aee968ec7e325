//! Business profiles of organizations.

use std::sync::Arc;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BusinessRow;
use cordboard_tables::tables::business_profiles;
use diesel::prelude::*;

use super::{Connection, StoreError, report_mails};

/// A business profile with its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBusiness {
    /// The owner's profile.
    pub profile: Arc<BusinessProfile>,
    /// Goes up by one with each change, from 1 on.
    pub revision: u64,
    /// When it was last changed.
    pub updated_at: UnixMs,
}

/// Returns the organization's business profile, if it has one.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<StoredBusiness>, StoreError> {
    let row = business_profiles::table
        .find(organization_id.to_string())
        .select(BusinessRow::as_select())
        .first(connection)
        .optional()?;
    row.map(stored).transpose()
}

/// An organization's business profile, if it has one.
pub(super) type Found = Result<Option<StoredBusiness>, StoreError>;

/// Returns the business profiles of these organizations with one query, without those that have none.
pub(super) fn of_each(
    connection: &mut Connection,
    organizations: &[OrganizationId],
) -> Result<Vec<(OrganizationId, Found)>, StoreError> {
    let ids: Vec<String> = organizations.iter().map(ToString::to_string).collect();
    let rows: Vec<BusinessRow> = business_profiles::table
        .filter(business_profiles::organization_id.eq_any(&ids))
        .select(BusinessRow::as_select())
        .load(connection)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.organization_id.parse().ok()?, stored(row).map(Some))))
        .collect())
}

fn stored(row: BusinessRow) -> Result<StoredBusiness, StoreError> {
    let (profile, revision, updated_at) = row.into_business()?;
    Ok(StoredBusiness { profile: Arc::new(profile), revision, updated_at })
}

/// Replaces the revision `known` by `profile`; 0 if there is none yet. Returns false if `known` is not the present revision. A profile that can't be
/// read has revision 0, as if there were none. When two users write the first profile at the same time, one gets a unique violation. Weekly reports on
/// the business's clocks follow them into another zone.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    known: u64,
    profile: &BusinessProfile,
) -> Result<bool, StoreError> {
    let Ok(known) = i64::try_from(known) else { return Ok(false) };
    let row = BusinessRow::new(organization_id, known.saturating_add(1), profile, world::now().into())?;
    let before = match find(connection, organization_id) {
        Err(error) if error.is_of_the_row() => None,
        found => Some(found?),
    };
    let of_organization = business_profiles::table.find(organization_id.to_string());
    if known == 0 {
        match before {
            Some(None) => {}
            Some(Some(_)) => return Ok(false),
            // Nobody has seen the revision of a profile that can't be read, so it is replaced.
            None => {
                diesel::delete(of_organization).execute(connection)?;
            }
        }
        diesel::insert_into(business_profiles::table).values(row).execute(connection)?;
    } else {
        let changed = diesel::update(of_organization.filter(business_profiles::revision.eq(known)))
            .set((
                business_profiles::revision.eq(row.revision),
                business_profiles::profile.eq(row.profile),
                business_profiles::updated_at.eq(row.updated_at),
            ))
            .execute(connection)?;
        if changed == 0 {
            return Ok(false);
        }
    }
    if let Some(found) = before {
        let zone_before = found.map_or(Tz::UTC, |found| found.profile.time_zone);
        report_mails::follow_zone(connection, organization_id, zone_before, profile.time_zone)?;
    }
    Ok(true)
}
