//! An organization's progress with its setup, derived from its data, except for whether it wants to see it.

use std::collections::HashSet;

use cordboard_schema::call::{LegCarrier, LegKind};
use cordboard_schema::caller_line::LineKind;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::onboarding::{Onboarding, OnboardingSteps};
use cordboard_tables::tables::{
    agent_profile_versions, agent_profiles, business_profiles, calls, invitations, onboarding, users,
};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Number of an organization's first and newest calls that are read. With a million calls of one kind, a search for the other kind would read them
/// all.
const CALLS_READ_MAX: i64 = 1_000;

/// The kinds of legs that callers have used.
fn legs(connection: &mut Connection, owner: &str) -> Result<HashSet<String>, StoreError> {
    let some = || {
        calls::table.filter(calls::organization_id.eq(owner)).select(calls::leg_kind).limit(CALLS_READ_MAX)
    };
    let first: Vec<Option<String>> = some().order(calls::id).load(connection)?;
    let newest: Vec<Option<String>> = some().order(calls::id.desc()).load(connection)?;
    Ok(first.into_iter().chain(newest).flatten().collect())
}

/// Tells whether one of these kinds is used in a browser, or else by telephone.
fn has_come(legs: &HashSet<String>, in_browser: bool) -> bool {
    let mut kinds = LegKind::ALL.into_iter().filter(|kind| kind.carrier() != LegCarrier::Process);
    kinds.any(|kind| (kind.line() == LineKind::Page) == in_browser && legs.contains(kind.as_str()))
}

/// Returns the organization's progress.
pub fn of(connection: &mut Connection, organization_id: OrganizationId) -> Result<Onboarding, StoreError> {
    let owner = organization_id.to_string();
    let legs = legs(connection, &owner)?;
    let business = exists(business_profiles::table.find(&owner));
    let colleagues: i64 =
        users::table.filter(users::organization_id.eq(&owner)).count().get_result(connection)?;
    let invited = exists(invitations::table.filter(invitations::organization_id.eq(&owner)));
    // The first version of a profile is created with it, so a published change is a later one.
    let published = exists(
        agent_profile_versions::table
            .inner_join(agent_profiles::table.on(agent_profiles::id.eq(agent_profile_versions::profile_id)))
            .filter(agent_profiles::organization_id.eq(&owner))
            .filter(agent_profile_versions::version.gt(1)),
    );
    let steps = OnboardingSteps {
        test_call: has_come(&legs, true),
        business: select(business).get_result(connection)?,
        phone_line: has_come(&legs, false),
        team: colleagues > 1 || select(invited).get_result(connection)?,
        published: select(published).get_result(connection)?,
    };
    let dismissed = select(exists(onboarding::table.find(&owner))).get_result(connection)?;
    Ok(Onboarding { steps, dismissed })
}

/// Stores that the organization does not want to see the list of steps any more.
pub fn dismiss(
    connection: &mut Connection,
    organization_id: OrganizationId,
    dismissed: bool,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    diesel::delete(onboarding::table.find(&owner)).execute(connection)?;
    if dismissed {
        diesel::insert_into(onboarding::table)
            .values(onboarding::organization_id.eq(owner))
            .execute(connection)?;
    }
    Ok(())
}
