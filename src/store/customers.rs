//! Customers.

use std::collections::{BTreeSet, HashMap};
use std::iter;

use chrono::NaiveDateTime;
use cordboard_schema::changed::Thing;
use cordboard_schema::composed::composed;
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::phone::{E164, other_spelling, searched_number};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, CustomerRow};
use cordboard_tables::tables::{appointments, callbacks, customer_numbers, customers, leads, messages};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};

use super::inserting::insert_all;
use super::text::containing;
use super::{Connection, StoreError, campaigns, changes, deliveries, text_opt_outs};

/// Records of each kind whose pages learn that their customer is gone.
const RECORDS_NOTED: i64 = 50;

/// Filters for customers. `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct CustomerQuery {
    /// Only those whose name, number or e-mail address contains this, in upper or lower case.
    pub search: Option<String>,
    /// Only the one with this number.
    pub phone: Option<E164>,
    /// Only those made before this one.
    pub before: Option<CustomerId>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the customers that match `query`, newest first.
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
        // Both sides are in lower case, so the database's collation does not matter. No index helps: a word index, as calls have, finds words by
        // their beginning, but people also search for the end of a number or the middle of an address.
        let is_in =
            |part: &str| customers::search.like(containing(&composed(part).to_lowercase())).escape('\\');
        found = match searched_number(&search) {
            Some(number) => {
                let other = other_spelling(&number).unwrap_or_else(|| number.clone());
                found.filter(is_in(&search).or(is_in(&number)).or(is_in(&other)))
            }
            None => found.filter(is_in(&search)),
        };
    }
    if let Some(phone) = query.phone {
        // An import of leads looks up thousands of numbers that no customer has.
        let Some(id) = id_of(connection, organization_id, &phone)? else { return Ok(Vec::new()) };
        found = found.filter(customers::id.eq(id));
    }
    if let Some(before) = query.before {
        found = found.filter(customers::id.lt(before.to_string()));
    }
    let rows = found.load(connection)?;
    complete(connection, rows)
}

/// Returns the customer with this id.
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
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Returns those of these customers that the organization has, by their ids.
pub(super) fn find_all(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &BTreeSet<CustomerId>,
) -> Result<HashMap<CustomerId, Customer>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows = customers::table
        .filter(customers::organization_id.eq(organization_id.to_string()))
        .filter(customers::id.eq_any(&ids))
        .select(CustomerRow::as_select())
        .load(connection)?;
    Ok(complete(connection, rows)?.into_iter().map(|customer| (customer.id, customer)).collect())
}

/// The customers of `rows` with all their numbers, in the same order.
fn complete(connection: &mut Connection, rows: Vec<CustomerRow>) -> Result<Vec<Customer>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut numbers: HashMap<String, Vec<E164>> = HashMap::new();
    let found: Vec<(String, String)> = customer_numbers::table
        .filter(customer_numbers::customer_id.eq_any(&ids))
        .order(customer_numbers::number)
        .select((customer_numbers::customer_id, customer_numbers::number))
        .load(connection)?;
    for (customer_id, number) in found {
        let number = number.parse().map_err(|fault| BadRow::new("customer_numbers.number", fault))?;
        numbers.entry(customer_id).or_default().push(number);
    }
    let complete = rows.into_iter().map(|row| {
        let other_numbers = numbers.remove(&row.id).unwrap_or_default();
        Ok(Customer { other_numbers, ..row.into_customer()? })
    });
    complete.collect()
}

/// The id of the customer with this number, whether it is their first or a further one. A customer who was stored with the zero that is dialled only
/// within the country is found without it, too, and the other way round, unless another customer has exactly this number.
pub(super) fn id_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<Option<String>, StoreError> {
    let organization = organization_id.to_string();
    let spelled = number.spellings();
    let mut found: Vec<(Option<String>, String)> = customers::table
        .filter(customers::organization_id.eq(&organization))
        .filter(customers::phone.eq_any(&spelled))
        .select((customers::phone, customers::id))
        .load(connection)?;
    let is_exact = |row: &(Option<String>, String)| row.0.as_deref() == Some(number.as_str());
    if !found.iter().any(is_exact) {
        let further: Vec<(Option<String>, String)> = customer_numbers::table
            .filter(customer_numbers::organization_id.eq(&organization))
            .filter(customer_numbers::number.eq_any(&spelled))
            .select((customer_numbers::number.nullable(), customer_numbers::customer_id))
            .load(connection)?;
        found.extend(further);
    }
    let best = found.iter().position(is_exact).unwrap_or_default();
    Ok(found.into_iter().nth(best).map(|(_, id)| id))
}

/// Returns the numbers of a customer in all spellings in which calls may have them, without those by which [`id_of`] finds another customer.
pub(super) fn spelled_numbers(
    connection: &mut Connection,
    customer: &Customer,
) -> Result<Vec<E164>, StoreError> {
    let id = customer.id.to_string();
    spelled(connection, customer.organization_id, customer.numbers(), Some(&id))
}

/// Returns a number in all spellings in which calls may have it, without those by which [`id_of`] finds another customer.
pub fn spelled_number(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<Vec<E164>, StoreError> {
    let id = id_of(connection, organization_id, number)?;
    spelled(connection, organization_id, iter::once(number), id.as_deref())
}

/// These numbers in all spellings, without those by which somebody else than this customer is found.
fn spelled<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
    customer_id: Option<&str>,
) -> Result<Vec<E164>, StoreError> {
    let spellings: BTreeSet<String> = numbers.flat_map(E164::spellings).collect();
    let mut theirs = Vec::with_capacity(spellings.len());
    // With the zero, a number may have too many digits.
    for number in spellings.iter().filter_map(|spelling| spelling.parse::<E164>().ok()) {
        let of = id_of(connection, organization_id, &number)?;
        if of.is_none() || of.as_deref() == customer_id {
            theirs.push(number);
        }
    }
    Ok(theirs)
}

/// Returns the customer with this number.
pub fn known_as(
    connection: &mut Connection,
    organization_id: OrganizationId,
    caller: &KnownCaller,
) -> Result<Option<Customer>, StoreError> {
    let Some(id) = id_of(connection, organization_id, caller.number())? else { return Ok(None) };
    let row = customers::table.find(id).select(CustomerRow::as_select()).first(connection).optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Adds a customer. A number that another customer of the organization has is a unique violation. If one of the numbers is on the list of text
/// opt-outs, the customer is opted out, whatever `customer` says.
pub fn create(connection: &mut Connection, customer: &Customer) -> Result<(), StoreError> {
    demand_free_numbers(connection, customer)?;
    let sms_opted_out = wants_no_texts(connection, customer)?;
    let row = CustomerRow { sms_opted_out, ..CustomerRow::new(customer)? };
    diesel::insert_into(customers::table).values(row).execute(connection)?;
    add_numbers(connection, customer)?;
    keep_opt_out(connection, customer, sms_opted_out)
}

/// Adds customers whose numbers nobody has. The caller has looked up whether they have opted out of text messages.
pub(super) fn create_all(connection: &mut Connection, made: &[Customer]) -> Result<(), StoreError> {
    let rows: Vec<CustomerRow> = made.iter().map(CustomerRow::new).collect::<Result<_, _>>()?;
    insert_all!(connection, customers::table, &rows);
    for customer in made {
        add_numbers(connection, customer)?;
        keep_opt_out(connection, customer, customer.sms_opted_out)?;
    }
    Ok(())
}

/// Tells whether a customer wants no text messages: `customer` says so, or one of their numbers is opted out.
fn wants_no_texts(connection: &mut Connection, customer: &Customer) -> Result<bool, StoreError> {
    Ok(customer.sms_opted_out
        || text_opt_outs::holds(connection, customer.organization_id, customer.numbers())?)
}

/// Adds all numbers of an opted-out customer to the list of text opt-outs, which outlives the customer.
fn keep_opt_out(
    connection: &mut Connection,
    customer: &Customer,
    sms_opted_out: bool,
) -> Result<(), StoreError> {
    if !sms_opted_out {
        return Ok(());
    }
    text_opt_outs::add(connection, customer.organization_id, customer.numbers(), customer.updated_at)
}

/// Fails with a unique violation if another customer has one of the numbers, as first or further number. The unique constraints cover each table by
/// itself, not a number that is the first of one customer and a further one of another.
fn demand_free_numbers(connection: &mut Connection, customer: &Customer) -> Result<(), StoreError> {
    let (organization, id) = (customer.organization_id.to_string(), customer.id.to_string());
    let further: Vec<&str> = customer.other_numbers.iter().map(E164::as_str).collect();
    let firsts: i64 = customers::table
        .filter(customers::organization_id.eq(&organization))
        .filter(customers::id.ne(&id))
        .filter(customers::phone.eq_any(&further))
        .count()
        .get_result(connection)?;
    let all: Vec<&str> = customer.numbers().map(E164::as_str).collect();
    let furthers: i64 = customer_numbers::table
        .filter(customer_numbers::organization_id.eq(&organization))
        .filter(customer_numbers::customer_id.ne(&id))
        .filter(customer_numbers::number.eq_any(&all))
        .count()
        .get_result(connection)?;
    if firsts + furthers == 0 {
        return Ok(());
    }
    let message = Box::new("another customer has this number".to_owned());
    Err(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, message).into())
}

fn add_numbers(connection: &mut Connection, customer: &Customer) -> Result<(), StoreError> {
    for number in &customer.other_numbers {
        let row = (
            customer_numbers::organization_id.eq(customer.organization_id.to_string()),
            customer_numbers::number.eq(number.as_str()),
            customer_numbers::customer_id.eq(customer.id.to_string()),
        );
        diesel::insert_into(customer_numbers::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Changes the customer with this id. Returns false if it was changed since `read`, its `updated_at` when it was read. A number that another customer
/// has is a unique violation. `customer` can end an opt-out from text messages, but adding an opted-out number opts the customer out.
pub fn update(connection: &mut Connection, customer: &Customer, read: UnixMs) -> Result<bool, StoreError> {
    let (id, organization) = (customer.id.to_string(), customer.organization_id.to_string());
    let found = || {
        customers::table
            .find(id.clone())
            .filter(customers::organization_id.eq(organization.clone()))
            .filter(customers::updated_at.eq(read.to_utc().naive_utc()))
    };
    demand_free_numbers(connection, customer)?;
    let wanted_none: Option<bool> = found().select(customers::sms_opted_out).first(connection).optional()?;
    let Some(wanted_none) = wanted_none else { return Ok(false) };
    let wants_some_again = wanted_none && !customer.sms_opted_out;
    let sms_opted_out = !wants_some_again && wants_no_texts(connection, customer)?;
    let row = CustomerRow { sms_opted_out, ..CustomerRow::new(customer)? };
    if diesel::update(found()).set(&row).execute(connection)? == 0 {
        return Ok(false);
    }
    if wants_some_again {
        text_opt_outs::remove(connection, customer.organization_id, customer.numbers())?;
    }
    let numbers = customer_numbers::table.filter(customer_numbers::customer_id.eq(&id));
    diesel::delete(numbers).execute(connection)?;
    add_numbers(connection, customer)?;
    keep_opt_out(connection, customer, sms_opted_out)?;
    Ok(true)
}

/// Stores whether a customer wants text messages, with the customer and on the list of text opt-outs, even if the customer is edited at the same
/// time: the customer's own request must not be lost.
pub(super) fn set_sms_opted_out(
    connection: &mut Connection,
    customer: &Customer,
    opted_out: bool,
    at: UnixMs,
) -> Result<(), StoreError> {
    let organization_id = customer.organization_id;
    if opted_out {
        text_opt_outs::add(connection, organization_id, customer.numbers(), at)?;
    } else {
        text_opt_outs::remove(connection, organization_id, customer.numbers())?;
    }
    if opted_out == customer.sms_opted_out {
        return Ok(());
    }
    let found = customers::table
        .find(customer.id.to_string())
        .filter(customers::organization_id.eq(organization_id.to_string()));
    let changed_at = customer.updated_at.next_change(at).to_utc().naive_utc();
    diesel::update(found)
        .set((customers::sms_opted_out.eq(opted_out), customers::updated_at.eq(changed_at)))
        .execute(connection)?;
    Ok(())
}

/// Updates the time of the last call with a customer, if the customer was not changed since: the call itself is deleted, so it no longer shows that
/// time.
pub(super) fn note_called(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
    at: NaiveDateTime,
) -> Result<(), StoreError> {
    let Some(id) = id_of(connection, organization_id, number)? else { return Ok(()) };
    let before = customers::table.find(id).filter(customers::updated_at.lt(at));
    diesel::update(before).set(customers::updated_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Removes the customer with this id, their numbers from the lists of campaigns, and the e-mails that assistants sent to them. Their leads,
/// appointments and messages stay, and so do text opt-outs. Returns false if the organization has none.
pub fn forget(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomerId,
) -> Result<bool, StoreError> {
    let Some(customer) = find(connection, organization_id, id)? else { return Ok(false) };
    campaigns::forget_numbers(connection, organization_id, customer.numbers())?;
    deliveries::forget_emails_to(connection, organization_id, &customer.email)?;
    note_records(connection, organization_id, id)?;
    delete(connection, organization_id, id)
}

/// Notes the records of a customer who is about to be removed: open pages of these records have a link to that customer.
pub(super) fn note_records(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomerId,
) -> Result<(), StoreError> {
    let (organization, id) = (organization_id.to_string(), id.to_string());
    macro_rules! note {
        ($($thing:ident: $table:ident;)*) => {
            $({
                // Unordered, so that they are found by the customer: by id, SQLite would read the organization's.
                let ids: Vec<String> = $table::table
                    .filter($table::organization_id.eq(&organization))
                    .filter($table::customer_id.eq(&id))
                    .limit(RECORDS_NOTED)
                    .select($table::id)
                    .load(connection)?;
                ids.iter().for_each(|id| changes::note(organization_id, Thing::$thing, id));
            })*
        };
    }
    note! {
        Lead: leads;
        Appointment: appointments;
        Message: messages;
        Callback: callbacks;
    }
    Ok(())
}

/// Removes the row of the customer with this id. Returns false if the organization has none.
pub(super) fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomerId,
) -> Result<bool, StoreError> {
    let found = customers::table
        .find(id.to_string())
        .filter(customers::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
