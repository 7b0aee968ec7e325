//! Customers.

use cordboard_schema::customer::Customer;
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::phone::E164;
use cordboard_schema::rows::CustomerRow;
use cordboard_schema::tables::customers;
use cordboard_schema::time::UnixMs;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Which customers to list. What is `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct CustomerQuery {
    /// Only those whose name, number or e-mail address holds this, in upper or lower case.
    pub search: Option<String>,
    /// Only the one with this number.
    pub phone: Option<E164>,
    /// Only those made before this one.
    pub before: Option<CustomerId>,
    /// At most so many.
    pub limit: i64,
}

/// Customers that fit `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: CustomerQuery,
) -> Result<Vec<Customer>, StoreError> {
    let mut found = customers::table
        .filter(customers::organization_id.eq(organization_id.to_string()))
        .order(customers::id.desc())
        .limit(query.limit)
        .select(CustomerRow::as_select())
        .into_boxed();
    if let Some(search) = query.search {
        // Both sides are in lower case, so that it does not matter how a database compares.
        found = found.filter(customers::search.like(containing(&search.to_lowercase())).escape('\\'));
    }
    if let Some(phone) = query.phone {
        found = found.filter(customers::phone.eq(String::from(phone)));
    }
    if let Some(before) = query.before {
        found = found.filter(customers::id.lt(before.to_string()));
    }
    Ok(found.load(connection)?.into_iter().map(CustomerRow::into_customer).collect::<Result<_, _>>()?)
}

/// The pattern that finds `part` anywhere in a text, whatever it holds.
fn containing(part: &str) -> String {
    // No row holds a NUL, and PostgreSQL takes none.
    let part = part.replace('\0', "\u{fffd}");
    let plain = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

/// The customer of that id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let row = customers::table
        .find(id.to_string())
        .filter(customers::organization_id.eq(organization_id.to_string()))
        .select(CustomerRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CustomerRow::into_customer).transpose()?)
}

/// The customer who is known so.
pub fn known_as(
    connection: &mut Connection,
    organization_id: OrganizationId,
    caller: &KnownCaller,
) -> Result<Option<Customer>, StoreError> {
    let row = customers::table
        .filter(customers::organization_id.eq(organization_id.to_string()))
        .filter(customers::phone.eq(caller.number().as_str()))
        .select(CustomerRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CustomerRow::into_customer).transpose()?)
}

/// Adds a customer. A number that another one of the organization has is a unique violation.
pub fn create(connection: &mut Connection, customer: &Customer) -> Result<(), StoreError> {
    diesel::insert_into(customers::table).values(CustomerRow::new(customer)?).execute(connection)?;
    Ok(())
}

/// Changes the customer of that id; false if somebody has changed them since `read`, their `updated_at` when they were
/// read. A number that another one has is a unique violation.
pub fn update(connection: &mut Connection, customer: &Customer, read: UnixMs) -> Result<bool, StoreError> {
    let row = CustomerRow::new(customer)?;
    let found = customers::table
        .find(row.id.clone())
        .filter(customers::organization_id.eq(row.organization_id.clone()))
        .filter(customers::updated_at.eq(read.to_utc().naive_utc()));
    Ok(diesel::update(found).set(&row).execute(connection)? > 0)
}

/// Notes whether a customer wants text messages, whatever else is changed of them at the same time: what they say themselves
/// must not get lost.
pub(super) fn set_sms_opted_out(
    connection: &mut Connection,
    customer: &Customer,
    opted_out: bool,
    at: UnixMs,
) -> Result<(), StoreError> {
    let found = customers::table
        .find(customer.id.to_string())
        .filter(customers::organization_id.eq(customer.organization_id.to_string()));
    let changed_at = customer.updated_at.next_change(at).to_utc().naive_utc();
    diesel::update(found)
        .set((customers::sms_opted_out.eq(opted_out), customers::updated_at.eq(changed_at)))
        .execute(connection)?;
    Ok(())
}

/// Removes the customer of that id; their leads, appointments and messages stay. False if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomerId,
) -> Result<bool, StoreError> {
    let found = customers::table
        .find(id.to_string())
        .filter(customers::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
