//! How the calls of campaigns ended for the business: what the assistant says during the call, and what agents write in their wrap-ups, which counts
//! more.

use cordboard_campaigns::campaign::DispositionBy;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, DispositionId, OrganizationId};
use cordboard_schema::wrap_up::Disposition;
use cordboard_tables::tables::attempts;
use diesel::prelude::*;

use super::sums;
use crate::store::choices::dispositions;
use crate::store::{Connection, StoreError, changes};

/// Result of an assistant's choice of a disposition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DispositionChosen {
    /// It is noted.
    Noted,
    /// There is none of that name; these are there.
    NoSuch(Vec<String>),
    /// An agent has said what the call came to.
    AgentHas,
    /// The call is of no campaign.
    NoCampaign,
}

/// Notes the disposition of that name on the attempt of this call, as its assistant says. The newest one counts, unless an agent has said one.
pub fn choose_disposition(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    name: &str,
) -> Result<DispositionChosen, StoreError> {
    let known = dispositions::list(connection, organization_id)?;
    let Some(chosen) = known.iter().find(|disposition| disposition.name == name) else {
        let names = known.into_iter().map(|disposition| disposition.name).collect();
        return Ok(DispositionChosen::NoSuch(names));
    };
    let before: Option<Option<String>> = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .select(attempts::disposition_by)
        .first(connection)
        .optional()?;
    let Some(before) = before else { return Ok(DispositionChosen::NoCampaign) };
    if before.as_deref() == Some(DispositionBy::Agent.as_str()) {
        return Ok(DispositionChosen::AgentHas);
    }
    let chosen = (chosen.id, chosen.name.as_str());
    note(connection, organization_id, call_id, chosen, DispositionBy::Assistant)?;
    Ok(DispositionChosen::Noted)
}

/// Notes the disposition of an agent's wrap-up on the attempt of its call, in the place of what was said before. A call of no campaign has none.
pub(in crate::store) fn note_wrapped_up(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    chosen: &Disposition,
) -> Result<(), StoreError> {
    let chosen = (chosen.id, chosen.name.as_str());
    note(connection, organization_id, call_id, chosen, DispositionBy::Agent)
}

fn note(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    (id, name): (DispositionId, &str),
    by: DispositionBy,
) -> Result<(), StoreError> {
    let (call_id, owner) = (call_id.to_string(), organization_id.to_string());
    let found = || attempts::table.find(&call_id).filter(attempts::organization_id.eq(&owner));
    let campaign: Option<String> = found().select(attempts::campaign_id).first(connection).optional()?;
    let Some(campaign) = campaign else { return Ok(()) };
    sums::around_calls(connection, std::slice::from_ref(&call_id), |connection| {
        diesel::update(found())
            .set((
                attempts::disposition_id.eq(id.to_string()),
                attempts::disposition_name.eq(name),
                attempts::disposition_by.eq(by.as_str()),
            ))
            .execute(connection)?;
        Ok(())
    })?;
    changes::note(organization_id, Thing::Contact, campaign);
    Ok(())
}
