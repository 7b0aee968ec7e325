//! Parts of the server's telephony that organizations may use.

use std::collections::{BTreeSet, HashMap};

use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::grant::{Granted, Grants};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_tables::rows::GrantRow;
use cordboard_tables::tables::grants;
use diesel::prelude::*;

use super::profiles::first_organization;
use super::readable::{Faults, fault_of};
use super::{Connection, StoreError, dialling, integrations, phone_numbers};

/// Returns an organization's grants: the first organization may use everything, the others what they were granted by name. A grant that can't be read
/// grants nothing; the registry's next read of all grants logs it.
pub fn granted(connection: &mut Connection, organization_id: OrganizationId) -> Result<Granted, StoreError> {
    if first_organization(connection)? == Some(organization_id) {
        return Ok(Granted::Everything);
    }
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::organization_id.eq(organization_id.to_string()))
        .select(GrantRow::as_select())
        .load(connection)?;
    let mut named = Grants::default();
    for row in rows {
        // On an error it adds nothing.
        let _ = row.add_to(&mut named);
    }
    Ok(Granted::Named(named))
}

/// Everything that was granted by name, by organization. A grant that can't be read grants nothing.
pub(super) fn everywhere(
    connection: &mut Connection,
    faults: &mut Faults,
) -> Result<HashMap<String, Grants>, StoreError> {
    let rows: Vec<GrantRow> = grants::table.select(GrantRow::as_select()).load(connection)?;
    let mut all: HashMap<String, Grants> = HashMap::new();
    for row in rows {
        let (owner, name) = (row.organization_id.clone(), row.name.clone());
        let added = row.add_to(all.entry(owner.clone()).or_default());
        faults.note(&owner, "grants", added.map_err(|fault| fault_of(&name, fault)))?;
    }
    Ok(all)
}

/// Replaces the grants of an organization.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    named: &Grants,
) -> Result<(), StoreError> {
    let before = grants::table.filter(grants::organization_id.eq(organization_id.to_string()));
    diesel::delete(before).execute(connection)?;
    for row in GrantRow::all(organization_id, named) {
        diesel::insert_into(grants::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Tells whether an organization may send text messages from this number of the sending account: the account is its own, or it was granted the
/// number.
pub fn may_show(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &PhoneNumber,
) -> Result<bool, StoreError> {
    Ok(granted(connection, organization_id)?.caller_id(number)
        || phone_numbers::of_own_account(connection, organization_id)?.as_ref() == Some(number))
}

/// The numbers that an organization may show to callees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Showable {
    /// Its own proved numbers, and those that it was granted.
    pub numbers: BTreeSet<E164>,
    /// Whether other numbers may be shown too: by the first organization, or if the organization has its own account at Twilio, which checks each
    /// call.
    pub others: bool,
}

/// Returns the numbers that the organization may show to callees.
pub fn showable(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Showable, StoreError> {
    let granted = granted(connection, organization_id)?;
    let accounts = integrations::readable(connection, organization_id)?;
    let others =
        granted.is_everything() || accounts.iter().any(|account| account.settings.twilio().is_some());
    let named = match granted {
        Granted::Named(grants) => grants.caller_ids,
        Granted::Everything => BTreeSet::new(),
    };
    let account = phone_numbers::of_own_account(connection, organization_id)?;
    let own = dialling::own_numbers(connection, organization_id)?;
    let granted = named.into_iter().chain(account).map(String::from);
    // A number without its country can be granted to calls that use it in that form, but a campaign's caller ids have their country.
    let numbers = own.into_iter().chain(granted).filter(|number| number.starts_with('+'));
    Ok(Showable { numbers: numbers.filter_map(|number| number.parse().ok()).collect(), others })
}

/// Returns the first of these numbers that the organization may not show to callees.
pub fn not_to_show(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: Vec<E164>,
) -> Result<Option<E164>, StoreError> {
    let shown = to_show(connection, organization_id, numbers.clone())?;
    Ok(numbers.into_iter().find(|number| !shown.contains(number)))
}

/// Those of these numbers that the organization may show to callees. Only Twilio knows which numbers an account of the organization's own has: with
/// one, each call finds out.
pub(super) fn to_show(
    connection: &mut Connection,
    organization_id: OrganizationId,
    mut numbers: Vec<E164>,
) -> Result<Vec<E164>, StoreError> {
    let may_show = showable(connection, organization_id)?;
    if !may_show.others {
        numbers.retain(|number| may_show.numbers.contains(number));
    }
    Ok(numbers)
}
