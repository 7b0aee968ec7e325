//! Finds customers who are probably the same person, and merges two customers.

use std::collections::{BTreeSet, HashMap};

use cordboard_schema::changed::Thing;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_double::{Candidate, Likeness, doubles};
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::DOUBLES_CUSTOMERS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{
    appointments, callbacks, calls, customer_numbers, customers, customers_apart, leads, messages,
};
use diesel::prelude::*;

use super::text::is_word;
use super::{Connection, StoreError, changes, phone_numbers};

/// The records that move from a customer to the one that they are merged into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Leads.
    pub leads: usize,
    /// Appointments.
    pub appointments: usize,
    /// Text messages.
    pub messages: usize,
    /// Callbacks.
    pub callbacks: usize,
    /// Calls from or to their numbers, which then belong to the remaining customer.
    pub calls: usize,
}

/// Two customers who are probably the same person, the older one first, and why.
pub type LikelyDouble = (Customer, Customer, BTreeSet<Likeness>);

/// Returns probable duplicates, surest first, and among how many customers they were searched. `of`: only duplicates of this customer. A number of
/// the organization or the server does not make two customers alike: callers who know no other leave it.
pub fn likely(
    connection: &mut Connection,
    organization_id: OrganizationId,
    of: Option<CustomerId>,
    configured: &OwnNumbers,
) -> Result<(Vec<LikelyDouble>, usize), StoreError> {
    let organization = organization_id.to_string();
    let rows: Vec<(String, String, String, Option<String>)> = customers::table
        .filter(customers::organization_id.eq(&organization))
        .order(customers::id.desc())
        .limit(DOUBLES_CUSTOMERS_MAX)
        .select((customers::id, customers::name, customers::email, customers::phone))
        .load(connection)?;
    let Some((oldest, ..)) = rows.last() else { return Ok((Vec::new(), 0)) };
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    // In one spelling: an older customer may be stored with the zero that is dialled only within the country.
    let plain = |number: String| {
        let number = KnownCaller::parse(&number, &own)?.number().clone().without_national_zero();
        Some(KnownCaller::at(number, &own)?.number().to_string())
    };
    let mut left = left_numbers(connection, &organization, oldest)?;
    let mut among = Vec::with_capacity(rows.len());
    for (id, name, email, phone) in rows {
        let numbers =
            phone.into_iter().chain(left.remove(&id).unwrap_or_default()).filter_map(plain).collect();
        among.push(Candidate { id: parsed(&id)?, name, email, numbers });
    }
    let mut apart = BTreeSet::new();
    let rows: Vec<(String, String)> = customers_apart::table
        .filter(customers_apart::organization_id.eq(&organization))
        .select((customers_apart::one_id, customers_apart::other_id))
        .load(connection)?;
    for (one, other) in rows {
        apart.insert((parsed(&one)?, parsed(&other)?));
    }
    let candidates = among.len();
    let pairs = doubles(&among, &apart, of);
    let ids = pairs.iter().flat_map(|((one, other), _)| [*one, *other]).collect();
    let customers = super::customers::find_all(connection, organization_id, &ids)?;
    let found = pairs.into_iter().filter_map(|((one, other), why)| {
        Some((customers.get(&one)?.clone(), customers.get(&other)?.clone(), why))
    });
    Ok((found.collect(), candidates))
}

fn parsed(id: &str) -> Result<CustomerId, BadRow> {
    id.parse().map_err(|fault| BadRow::new("customers.id", fault))
}

/// Further numbers, with the customers whom they belong to or who left them. Numbers of customers older than the compared ones are not read.
fn left_numbers(
    connection: &mut Connection,
    organization: &str,
    oldest: &str,
) -> Result<HashMap<String, BTreeSet<String>>, StoreError> {
    // Read by customer: an organization may have far more numbers than the compared customers.
    let mut rows: Vec<(Option<String>, Option<String>)> = customer_numbers::table
        .filter(customer_numbers::customer_id.ge(oldest))
        .filter(is_word("customer_numbers.organization_id", organization))
        .select((customer_numbers::customer_id.nullable(), customer_numbers::number.nullable()))
        .load(connection)?;
    let newest = DOUBLES_CUSTOMERS_MAX;
    rows.extend(
        leads::table
            .filter(leads::organization_id.eq(organization))
            .filter(leads::customer_id.is_not_null())
            .filter(leads::phone.is_not_null())
            .order(leads::id.desc())
            .limit(newest)
            .select((leads::customer_id, leads::phone))
            .load::<(Option<String>, Option<String>)>(connection)?,
    );
    rows.extend(
        appointments::table
            .filter(appointments::organization_id.eq(organization))
            .filter(appointments::customer_id.is_not_null())
            .filter(appointments::phone.is_not_null())
            .order(appointments::id.desc())
            .limit(newest)
            .select((appointments::customer_id, appointments::phone))
            .load::<(Option<String>, Option<String>)>(connection)?,
    );
    rows.extend(
        callbacks::table
            .filter(callbacks::organization_id.eq(organization))
            .filter(callbacks::customer_id.is_not_null())
            .order(callbacks::id.desc())
            .limit(newest)
            .select((callbacks::customer_id, callbacks::phone.nullable()))
            .load::<(Option<String>, Option<String>)>(connection)?,
    );
    let mut numbers: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (customer, number) in rows {
        if let (Some(customer), Some(number)) = (customer, number) {
            numbers.entry(customer).or_default().insert(number);
        }
    }
    Ok(numbers)
}

/// Tells whether one more pair may be stored, up to `most`.
pub fn has_room_apart(
    connection: &mut Connection,
    organization_id: OrganizationId,
    most: i64,
) -> Result<bool, StoreError> {
    let noted: i64 = customers_apart::table
        .filter(customers_apart::organization_id.eq(organization_id.to_string()))
        .count()
        .get_result(connection)?;
    Ok(noted < most)
}

/// Stores that two customers who look alike are different. Returns false if the organization does not have both.
pub fn keep_apart(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (one, other): (CustomerId, CustomerId),
) -> Result<bool, StoreError> {
    for id in [one, other] {
        if super::customers::find(connection, organization_id, id)?.is_none() {
            return Ok(false);
        }
    }
    let organization = organization_id.to_string();
    let (first, second) = (one.min(other).to_string(), one.max(other).to_string());
    let known = customers_apart::table
        .filter(customers_apart::organization_id.eq(&organization))
        .filter(customers_apart::one_id.eq(&first))
        .filter(customers_apart::other_id.eq(&second))
        .count()
        .get_result::<i64>(connection)?;
    if known == 0 {
        let row = (
            customers_apart::organization_id.eq(organization),
            customers_apart::one_id.eq(first),
            customers_apart::other_id.eq(second),
        );
        diesel::insert_into(customers_apart::table).values(row).execute(connection)?;
    }
    Ok(true)
}

/// Counts what would move.
pub fn of(connection: &mut Connection, customer: &Customer) -> Result<Moved, StoreError> {
    let (organization, id) = (customer.organization_id.to_string(), customer.id.to_string());
    // The tables' columns have different types.
    macro_rules! counted {
        ($table:ident) => {
            count(
                $table::table
                    .filter($table::organization_id.eq(&organization))
                    .filter($table::customer_id.eq(&id))
                    .count()
                    .get_result(connection)?,
            )
        };
    }
    let numbers = super::customers::spelled_numbers(connection, customer)?;
    let numbers: Vec<&str> = numbers.iter().map(|number| number.as_str()).collect();
    let calls = calls::table
        .filter(calls::organization_id.eq(&organization))
        .filter(calls::party_number.eq_any(&numbers))
        .count()
        .get_result(connection)?;
    Ok(Moved {
        leads: counted!(leads),
        appointments: counted!(appointments),
        messages: counted!(messages),
        callbacks: counted!(callbacks),
        calls: count(calls),
    })
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}

/// Merges two customers: `one` is the result, with the id of one of them. Everything of `other` moves to it, and `other` is deleted. `read` is the
/// `updated_at` of the remaining one when it was read. Returns what moved; none if that one was changed meanwhile.
pub fn merge(
    connection: &mut Connection,
    (one, read): (&Customer, UnixMs),
    other: &Customer,
) -> Result<Option<Moved>, StoreError> {
    let calls = of(connection, other)?.calls;
    super::customers::note_records(connection, other.organization_id, other.id)?;
    changes::note(other.organization_id, Thing::Customer, other.id);
    let (organization, from, to) =
        (one.organization_id.to_string(), other.id.to_string(), one.id.to_string());
    macro_rules! moved {
        ($table:ident) => {{
            let theirs = $table::table
                .filter($table::organization_id.eq(&organization))
                .filter($table::customer_id.eq(&from));
            diesel::update(theirs).set($table::customer_id.eq(&to)).execute(connection)?
        }};
    }
    let moved = Moved {
        leads: moved!(leads),
        appointments: moved!(appointments),
        messages: moved!(messages),
        callbacks: moved!(callbacks),
        calls,
    };
    // If a customer is known to differ from the deleted one, they differ from the remaining one as well.
    let apart: Vec<(String, String)> = customers_apart::table
        .filter(customers_apart::organization_id.eq(&organization))
        .filter(customers_apart::one_id.eq(&from).or(customers_apart::other_id.eq(&from)))
        .select((customers_apart::one_id, customers_apart::other_id))
        .load(connection)?;
    for (first, second) in apart {
        let third = parsed(if first == from { &second } else { &first })?;
        if third != one.id {
            keep_apart(connection, one.organization_id, (one.id, third))?;
        }
    }
    // Deleted first, because the remaining one may take over its number, which must be unique.
    super::customers::delete(connection, other.organization_id, other.id)?;
    Ok(super::customers::update(connection, one, read)?.then_some(moved))
}
