//! Customers of an imported file: what its rows create and change. Many rows are compared by a few queries, because everything waits for the writer.

use std::collections::{BTreeSet, HashMap, HashSet};

use cordboard_actors::world;
use cordboard_campaigns::campaign::{Suppression, SuppressionSource};
use cordboard_schema::changed::Thing;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_import::{Existing, ImportedCustomer, Overfull};
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{customer_numbers, customers as rows};
use diesel::prelude::*;

use super::customer_erasures::{BeingErased, being_erased, erased_among};
use super::{Connection, StoreError, campaigns, changes, customers, text_opt_outs};

/// The evidence that is noted with a number that a file puts on the do-not-call list.
const EVIDENCE: &str = "In an imported file of customers.";

/// The outcome of a row in an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportedRow {
    /// It creates this customer.
    Created(Customer),
    /// It changes a customer.
    Changed {
        /// The changed customer.
        customer: Customer,
        /// When they were last changed before.
        read: UnixMs,
    },
    /// The customer is there, and the row says nothing new.
    Unchanged,
    /// Nothing.
    Refused(NotImported),
}

/// Why a row is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotImported {
    /// Its numbers belong to several customers.
    SeveralCustomers,
    /// Everything about the person is being erased.
    BeingErased,
    /// Everything about the person was erased, and nobody has added them since.
    Erased,
    /// The customer would have too many of something.
    Overfull(Overfull),
    /// Somebody else changed the customer at the same time.
    ChangedMeanwhile,
}

/// Tells what an import of these rows would do with each. No number is in two of them.
pub fn plan(
    connection: &mut Connection,
    organization_id: OrganizationId,
    imported: &[ImportedCustomer],
    existing: Existing,
    now: UnixMs,
) -> Result<Vec<ImportedRow>, StoreError> {
    let mut known = Known::of(connection, organization_id, imported)?;
    Ok(imported.iter().map(|row| known.outcome(row, existing, now)).collect())
}

/// Imports these rows, and tells what was done with each. No number is in two of them.
pub fn take_in(
    connection: &mut Connection,
    organization_id: OrganizationId,
    imported: &[ImportedCustomer],
    existing: Existing,
    now: UnixMs,
) -> Result<Vec<ImportedRow>, StoreError> {
    let mut known = Known::of(connection, organization_id, imported)?;
    let (mut done, mut created) = (Vec::with_capacity(imported.len()), Vec::new());
    for row in imported {
        let mut outcome = known.outcome(row, existing, now);
        match &outcome {
            ImportedRow::Created(customer) => created.push(customer.clone()),
            ImportedRow::Changed { customer, read } => {
                let id = customer.id;
                if customers::update(connection, customer, *read)? {
                    changes::note(organization_id, Thing::Customer, id);
                } else {
                    outcome = ImportedRow::Refused(NotImported::ChangedMeanwhile);
                }
            }
            ImportedRow::Unchanged | ImportedRow::Refused(_) => {}
        }
        if row.do_not_call && !matches!(outcome, ImportedRow::Refused(_)) {
            suppress(connection, organization_id, &row.numbers, now)?;
        }
        done.push(outcome);
    }
    customers::create_all(connection, &created)?;
    created.iter().for_each(|customer| changes::note(organization_id, Thing::Customer, customer.id));
    Ok(done)
}

/// Puts these numbers on the do-not-call list.
fn suppress(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[E164],
    now: UnixMs,
) -> Result<(), StoreError> {
    for number in numbers {
        let suppression = Suppression {
            organization_id,
            number: number.clone(),
            source: SuppressionSource::Api,
            evidence: EVIDENCE.to_owned(),
            call_id: None,
            created_at: now,
        };
        if campaigns::add_suppression(connection, &suppression)? {
            changes::note(organization_id, Thing::Suppression, number);
        }
    }
    Ok(())
}

/// The knowledge of the store about the numbers of some rows.
struct Known {
    organization_id: OrganizationId,
    /// The customer of each number, in all spellings of the rows' numbers.
    of_number: HashMap<String, CustomerId>,
    customers: HashMap<CustomerId, Customer>,
    being_erased: BeingErased,
    erased: HashSet<E164>,
    /// Numbers that want no text messages.
    opted_out: HashSet<String>,
}

impl Known {
    fn of(
        connection: &mut Connection,
        organization_id: OrganizationId,
        imported: &[ImportedCustomer],
    ) -> Result<Self, StoreError> {
        let organization = organization_id.to_string();
        let numbers = || imported.iter().flat_map(|row| &row.numbers);
        let spelled: Vec<String> = numbers().flat_map(E164::spellings).collect();
        let firsts: Vec<(Option<String>, String)> = rows::table
            .filter(rows::organization_id.eq(&organization))
            .filter(rows::phone.eq_any(&spelled))
            .select((rows::phone, rows::id))
            .load(connection)?;
        let further: Vec<(String, String)> = customer_numbers::table
            .filter(customer_numbers::organization_id.eq(&organization))
            .filter(customer_numbers::number.eq_any(&spelled))
            .select((customer_numbers::number, customer_numbers::customer_id))
            .load(connection)?;
        let firsts = firsts.into_iter().filter_map(|(number, id)| Some((number?, id)));
        let mut of_number = HashMap::new();
        for (number, id) in firsts.chain(further) {
            let id = id.parse::<CustomerId>().map_err(|fault| BadRow::new("customers.id", fault))?;
            of_number.insert(number, id);
        }
        let ids: BTreeSet<CustomerId> = of_number.values().copied().collect();
        Ok(Self {
            organization_id,
            of_number,
            customers: customers::find_all(connection, organization_id, &ids)?,
            being_erased: being_erased(connection, organization_id)?,
            erased: erased_among(connection, organization_id, numbers())?,
            opted_out: text_opt_outs::among(connection, organization_id, &spelled)?,
        })
    }

    /// Returns the outcome of a row. Later rows find the customer as this one has changed them.
    fn outcome(&mut self, row: &ImportedCustomer, existing: Existing, now: UnixMs) -> ImportedRow {
        self.tried(row, existing, now).unwrap_or_else(ImportedRow::Refused)
    }

    fn tried(
        &mut self,
        row: &ImportedCustomer,
        existing: Existing,
        now: UnixMs,
    ) -> Result<ImportedRow, NotImported> {
        let spelled: Vec<String> = row.numbers.iter().flat_map(E164::spellings).collect();
        let ids: BTreeSet<CustomerId> =
            spelled.iter().filter_map(|number| self.of_number.get(number)).copied().collect();
        let is_of_erased = spelled.iter().any(|number| self.being_erased.numbers.contains(number));
        if is_of_erased || ids.iter().any(|id| self.being_erased.ids.contains(id)) {
            return Err(NotImported::BeingErased);
        }
        if ids.len() > 1 {
            return Err(NotImported::SeveralCustomers);
        }
        let Some(before) = ids.first().and_then(|id| self.customers.get_mut(id)) else {
            if row.numbers.iter().any(|number| self.erased.contains(number)) {
                return Err(NotImported::Erased);
            }
            let id = CustomerId(world::new_id());
            let made = row.created(id, self.organization_id, now).map_err(NotImported::Overfull)?;
            let sms_opted_out =
                made.sms_opted_out || spelled.iter().any(|number| self.opted_out.contains(number));
            return Ok(ImportedRow::Created(Customer { sms_opted_out, ..made }));
        };
        let read = before.updated_at;
        let changed = row.combined(before, existing, read.next_change(now)).map_err(NotImported::Overfull)?;
        let Some(customer) = changed else { return Ok(ImportedRow::Unchanged) };
        before.clone_from(&customer);
        Ok(ImportedRow::Changed { customer, read })
    }
}
