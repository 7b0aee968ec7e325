//! Parts of the installation's telephony that organizations may use.

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

/// Grants of an organization: the first one has everything, another one the parts that it was granted by name. One that can't be read
/// grants nothing; the registry's look at all of them tells of it.
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
        // It adds nothing where it fails.
        let _ = row.add_to(&mut named);
    }
    Ok(Granted::Named(named))
}

/// All that was granted by name, by organization. A grant that can't be read grants nothing.
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

/// Grants an organization these, and nothing else.
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

/// Whether text messages of an organization may come from this number, which belongs to the account that sends them: its own account's,
/// or one of the house's that it was granted.
pub fn may_show(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &PhoneNumber,
) -> Result<bool, StoreError> {
    Ok(granted(connection, organization_id)?.caller_id(number)
        || phone_numbers::of_own_account(connection, organization_id)?.as_ref() == Some(number))
}

/// Numbers that people whom an organization calls may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Showable {
    /// Its own that are proved, and those that it was granted.
    pub numbers: BTreeSet<E164>,
    /// Whether others may be shown, too: by the first organization, or where an account of its own at Twilio finds out at each call.
    pub others: bool,
}

/// The numbers that people whom the organization calls may be shown.
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
    // A number without its country is granted to calls that name it so, and a campaign's caller ids have theirs.
    let numbers = own.into_iter().chain(granted).filter(|number| number.starts_with('+'));
    Ok(Showable { numbers: numbers.filter_map(|number| number.parse().ok()).collect(), others })
}

/// The first of these numbers that people whom the organization calls are not to be shown.
pub fn not_to_show(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: Vec<E164>,
) -> Result<Option<E164>, StoreError> {
    let shown = to_show(connection, organization_id, numbers.clone())?;
    Ok(numbers.into_iter().find(|number| !shown.contains(number)))
}

/// Those of these numbers that people whom the organization calls may be shown. Which numbers an account of its own at Twilio has, Twilio
/// alone knows: where there is one, each call finds out.
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
