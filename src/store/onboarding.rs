//! How far an organization has come with setting itself up: read from what it has, but for whether it wants to see it.

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

/// The kinds of a caller's legs that are reached in a browser, or else by a telephone line.
fn legs(in_browser: bool) -> Vec<Option<&'static str>> {
    let kinds = LegKind::ALL.into_iter().filter(|kind| kind.carrier() != LegCarrier::Process);
    kinds
        .filter(|kind| (kind.line() == LineKind::Page) == in_browser)
        .map(|kind| Some(kind.as_str()))
        .collect()
}

/// How far the organization has come.
pub fn of(connection: &mut Connection, organization_id: OrganizationId) -> Result<Onboarding, StoreError> {
    let owner = organization_id.to_string();
    let came_by = |legs: Vec<Option<&'static str>>| {
        exists(
            calls::table
                .filter(calls::organization_id.eq(owner.clone()))
                .filter(calls::leg_kind.eq_any(legs)),
        )
    };
    let business = exists(business_profiles::table.find(&owner));
    let colleagues: i64 =
        users::table.filter(users::organization_id.eq(&owner)).count().get_result(connection)?;
    let invited = exists(invitations::table.filter(invitations::organization_id.eq(&owner)));
    // The first version of a profile is made with it: whoever has published something has made another.
    let published = exists(
        agent_profile_versions::table
            .inner_join(agent_profiles::table.on(agent_profiles::id.eq(agent_profile_versions::profile_id)))
            .filter(agent_profiles::organization_id.eq(&owner))
            .filter(agent_profile_versions::version.gt(1)),
    );
    let steps = OnboardingSteps {
        test_call: select(came_by(legs(true))).get_result(connection)?,
        business: select(business).get_result(connection)?,
        phone_line: select(came_by(legs(false))).get_result(connection)?,
        team: colleagues > 1 || select(invited).get_result(connection)?,
        published: select(published).get_result(connection)?,
    };
    let dismissed = select(exists(onboarding::table.find(&owner))).get_result(connection)?;
    Ok(Onboarding { steps, dismissed })
}

/// Notes whether the organization wants to see the list of steps no more.
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
