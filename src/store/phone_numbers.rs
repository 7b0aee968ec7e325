//! Phone numbers, and the profiles that answer them.

use std::collections::BTreeSet;

use cordboard_actors::world;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::did::{Did, Proof};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{OrganizationId, PhoneNumberId, ProfileId};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::phone::E164;
use cordboard_tables::rows::DidRow;
use cordboard_tables::tables::phone_numbers;
use diesel::prelude::*;

use super::readable::{Faults, fault_of};
use super::{Connection, StoreError, grants, integrations};

/// Returns the organization's numbers, oldest first.
pub fn list(connection: &mut Connection, organization_id: OrganizationId) -> Result<Vec<Did>, StoreError> {
    let rows = phone_numbers::table
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()))
        .order(phone_numbers::id)
        .select(DidRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(DidRow::into_did).collect::<Result<_, _>>()?)
}

/// Returns how many numbers the organization has.
pub fn count(connection: &mut Connection, organization_id: OrganizationId) -> Result<usize, StoreError> {
    let count: i64 = phone_numbers::table
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()))
        .count()
        .get_result(connection)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Returns the organization's numbers, oldest first, without those that can't be read.
pub(super) fn readable(
    connection: &mut Connection,
    organization_id: OrganizationId,
    faults: &mut Faults,
) -> Result<Vec<Did>, StoreError> {
    let owner = organization_id.to_string();
    let rows = phone_numbers::table
        .filter(phone_numbers::organization_id.eq(&owner))
        .order(phone_numbers::id)
        .select(DidRow::as_select())
        .load::<DidRow>(connection);
    let mut numbers = Vec::new();
    for row in faults.note(&owner, "phone_numbers", rows)?.unwrap_or_default() {
        let number = row.number.clone();
        let did = row.into_did().map_err(|fault| fault_of(&number, fault));
        numbers.extend(faults.note(&owner, "phone_numbers", did)?);
    }
    Ok(numbers)
}

/// Returns the number with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: PhoneNumberId,
) -> Result<Option<Did>, StoreError> {
    let row = phone_numbers::table
        .find(id.to_string())
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()))
        .select(DidRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(DidRow::into_did).transpose()?)
}

/// Returns the organization and profile for a dialled number. This is how an incoming call finds its organization, so all organizations are searched.
pub fn dialled(connection: &mut Connection, number: &E164) -> Result<Option<Did>, StoreError> {
    let row = phone_numbers::table
        .filter(phone_numbers::number.eq(number.as_str()))
        .select(DidRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(DidRow::into_did).transpose()?)
}

/// Returns the numbers that don't identify a caller: those of the server, those that the organization answers, and those that it shows to callees.
pub fn own_numbers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    configured: &OwnNumbers,
) -> Result<OwnNumbers, StoreError> {
    let numbers: Vec<String> = phone_numbers::table
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()))
        .select(phone_numbers::number)
        .load(connection)?;
    let shown = grants::granted(connection, organization_id)?;
    let shown = match shown {
        Granted::Named(grants) => grants.caller_ids,
        Granted::Everything => BTreeSet::new(),
    };
    let account = of_own_account(connection, organization_id)?;
    let numbers = numbers.into_iter().chain(shown.into_iter().chain(account).map(String::from));
    Ok(configured.clone().and(numbers.filter_map(|number| number.parse().ok())))
}

/// The number that the organization's own account at Twilio shows.
pub(super) fn of_own_account(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<PhoneNumber>, StoreError> {
    let integrations = integrations::readable(connection, organization_id)?;
    let shown = integrations.iter().find_map(|integration| integration.settings.twilio()?.caller_id.as_ref());
    Ok(shown.cloned())
}

/// The name of the organization's own account at Twilio.
pub(super) fn own_account(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<String>, StoreError> {
    let integrations = integrations::readable(connection, organization_id)?;
    let account = integrations.iter().find_map(|integration| integration.settings.twilio());
    Ok(account.map(|twilio| twilio.account_sid.clone()))
}

/// Tells whether this profile answers a number.
pub fn has_profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
) -> Result<bool, StoreError> {
    let count: i64 = phone_numbers::table
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()))
        .filter(phone_numbers::profile_id.eq(profile_id.to_string()))
        .count()
        .get_result(connection)?;
    Ok(count > 0)
}

/// Adds a number. A number that any organization has is a unique violation.
pub fn create(connection: &mut Connection, did: &Did) -> Result<(), StoreError> {
    let row = DidRow::new(did, world::now().into())?;
    diesel::insert_into(phone_numbers::table).values(row).execute(connection)?;
    Ok(())
}

/// Changes the number with this id. Returns false if the organization has none.
pub fn update(connection: &mut Connection, did: &Did) -> Result<bool, StoreError> {
    let row = DidRow::new(did, world::now().into())?;
    let found =
        phone_numbers::table.find(row.id).filter(phone_numbers::organization_id.eq(row.organization_id));
    let changed = diesel::update(found)
        .set((
            phone_numbers::number.eq(row.number),
            phone_numbers::profile_id.eq(row.profile_id),
            phone_numbers::answering.eq(row.answering),
            phone_numbers::proof.eq(row.proof),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Removes an unproved number from another organization, for one that has proved it. Returns the other organization.
pub fn take_unproved(
    connection: &mut Connection,
    number: &E164,
    for_whom: OrganizationId,
) -> Result<Option<OrganizationId>, StoreError> {
    let unproved = |did: &Did| did.proof == Proof::None && did.organization_id != for_whom;
    let Some(did) = dialled(connection, number)?.filter(unproved) else { return Ok(None) };
    Ok(delete(connection, did.organization_id, did.id)?.then_some(did.organization_id))
}

/// Removes the number with this id. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: PhoneNumberId,
) -> Result<bool, StoreError> {
    let found = phone_numbers::table
        .find(id.to_string())
        .filter(phone_numbers::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
