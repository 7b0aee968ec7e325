//! The business outcome of a campaign's calls: what the assistant chooses during the call, and what agents choose in their wrap-ups, which takes
//! precedence.

use cordboard_campaigns::campaign::DispositionBy;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, DispositionId, OrganizationId};
use cordboard_schema::wrap_up::Disposition;
use cordboard_tables::tables::attempts;
use diesel::prelude::*;

use super::sums;
use crate::store::choices::dispositions;
use crate::store::{Connection, StoreError, changes};

/// The result of an assistant's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DispositionChosen {
    /// It is stored.
    Noted,
    /// There is no such disposition; these exist.
    NoSuch(Vec<String>),
    /// An agent has already chosen one.
    AgentHas,
    /// The call belongs to no campaign.
    NoCampaign,
}

/// Stores the disposition with that name for the attempt of this call, as chosen by its assistant. The newest one counts, unless an agent has chosen
/// one.
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

/// Stores the disposition of an agent's wrap-up for the attempt of its call, in place of an earlier one. Does nothing for a call without a campaign.
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
