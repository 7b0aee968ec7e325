//! Fingerprints of the numbers of erased people, by which an import recognizes them.

use std::collections::{BTreeSet, HashSet};

use cordboard_schema::hex::hex;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_tables::tables::erased_numbers;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::store::{Connection, StoreError};

/// Hexadecimal digits of the fingerprint of an erased number. Some hundred numbers of the world have the same, so no number can be found by it, and
/// hardly any number of an imported file has that of another one.
const FINGERPRINT_DIGITS: usize = 7;

/// Returns those of these numbers whose people were erased.
pub(in crate::store) fn erased_among<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
) -> Result<HashSet<E164>, StoreError> {
    let numbers: Vec<(String, &E164)> =
        numbers.map(|number| (fingerprint(organization_id, number), number)).collect();
    let fingerprints: Vec<&str> = numbers.iter().map(|(fingerprint, _)| fingerprint.as_str()).collect();
    let known = known_fingerprints(connection, organization_id, &fingerprints)?;
    let erased = numbers.into_iter().filter(|(fingerprint, _)| known.contains(fingerprint));
    Ok(erased.map(|(_, number)| number.clone()).collect())
}

/// The beginning of a hash of a number, whichever way it is spelled.
fn fingerprint(organization_id: OrganizationId, number: &E164) -> String {
    let number = number.clone().without_national_zero();
    let digest = hex(Sha256::digest(format!("erased {organization_id} {number}")));
    digest.chars().take(FINGERPRINT_DIGITS).collect()
}

/// Returns those of these fingerprints that the organization has.
fn known_fingerprints(
    connection: &mut Connection,
    organization_id: OrganizationId,
    fingerprints: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let known: Vec<String> = erased_numbers::table
        .filter(erased_numbers::organization_id.eq(organization_id.to_string()))
        .filter(erased_numbers::fingerprint.eq_any(fingerprints))
        .select(erased_numbers::fingerprint)
        .load(connection)?;
    Ok(known.into_iter().collect())
}

/// Keeps the fingerprints of these numbers.
pub(super) fn keep_fingerprints(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
) -> Result<(), StoreError> {
    let numbers = numbers.iter().filter_map(|number| number.parse::<E164>().ok());
    let fingerprints: BTreeSet<String> =
        numbers.map(|number| fingerprint(organization_id, &number)).collect();
    let wanted: Vec<&str> = fingerprints.iter().map(String::as_str).collect();
    let known = known_fingerprints(connection, organization_id, &wanted)?;
    for fingerprint in fingerprints.iter().filter(|fingerprint| !known.contains(*fingerprint)) {
        let row = (
            erased_numbers::organization_id.eq(organization_id.to_string()),
            erased_numbers::fingerprint.eq(fingerprint),
        );
        diesel::insert_into(erased_numbers::table).values(row).execute(connection)?;
    }
    Ok(())
}
