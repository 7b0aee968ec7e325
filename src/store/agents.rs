//! How users take calls. A user without a row takes them as [`Agent::new`] specifies.
//!
//! Users who edit agents also see an agent whose row can't be read: its readable fields are kept, and the others have their defaults. Saving it
//! repairs the row. Desks don't get such an agent.

use std::collections::HashMap;

use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::business::escalation::EscalationHours;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::queue::{Floor, Queue};
use cordboard_tables::rows::{AgentRow, BadRow};
use cordboard_tables::tables::agents;
use diesel::prelude::*;

use super::readable::{Faults, fault_of, or_none, organizations};
use super::text::kept_text;
use super::{Connection, Readable, StoreError, business, queues, users};

/// Returns the organization's users as agents, for editing, including disabled users, oldest first: at most `limit` after `after`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Agent>, StoreError> {
    let users = users::list(connection, organization_id, after, limit)?;
    among(connection, organization_id, users)
}

/// Returns the user with this id as an agent, for editing.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Option<Agent>, StoreError> {
    let Some(user) = users::find(connection, organization_id, id)? else { return Ok(None) };
    mended(connection, user.user()?).map(Some)
}

/// A user as an agent, with the readable fields of their row.
fn mended(connection: &mut Connection, user: User) -> Result<Agent, StoreError> {
    let row = agents::table
        .find(user.id.to_string())
        .filter(agents::organization_id.eq(user.organization_id.to_string()))
        .select(AgentRow::as_select())
        .first::<AgentRow>(connection)
        .optional();
    Ok(match or_none(row)? {
        Some(row) => row.into_mended(user.name)?,
        None => Agent::new(user.organization_id, user.id, user.name),
    })
}

/// Sets how a user of the organization takes calls. An extension that another agent has is a unique violation.
pub fn set(connection: &mut Connection, agent: &Agent) -> Result<(), StoreError> {
    let row = AgentRow::new(agent)?;
    let found = agents::table
        .find(row.user_id.clone())
        .filter(agents::organization_id.eq(row.organization_id.clone()));
    if diesel::update(found).set(&row).execute(connection)? == 0 {
        diesel::insert_into(agents::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Returns the agent with the extension of that name.
pub fn at_extension(
    connection: &mut Connection,
    organization_id: OrganizationId,
    extension: &str,
) -> Result<Option<UserId>, StoreError> {
    let id: Option<String> = agents::table
        .filter(agents::organization_id.eq(organization_id.to_string()))
        .filter(agents::extension.eq(kept_text(extension)))
        .select(agents::user_id)
        .first(connection)
        .optional()?;
    Ok(id.map(|id| id.parse::<UserId>().map_err(|fault| BadRow::new("agents.user_id", fault))).transpose()?)
}

/// The names by which callers reach this user: their own extension, and the queues that they are a member of.
pub fn own_extensions(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Vec<String>, StoreError> {
    let own: Vec<Option<String>> = agents::table
        .find(id.to_string())
        .filter(agents::organization_id.eq(organization_id.to_string()))
        .select(agents::extension)
        .load(connection)?;
    let mut names: Vec<String> = own.into_iter().flatten().collect();
    names.extend(queues::names_of_member(connection, organization_id, id)?);
    Ok(names)
}

/// The names of all agents' extensions, each with its organization; with `audio`, only of agents who use that device.
pub(super) fn extensions_everywhere(
    connection: &mut Connection,
    audio: Option<AgentAudio>,
) -> Result<Vec<(String, String)>, StoreError> {
    let named = (agents::organization_id, agents::extension.assume_not_null());
    let taken = agents::table.filter(agents::extension.is_not_null()).select(named);
    Ok(match audio {
        Some(audio) => taken.filter(agents::audio.eq(AgentRow::audio(audio)?)).load(connection)?,
        None => taken.load(connection)?,
    })
}

/// Returns the agents and queues of the organization, without those that can't be read.
pub fn floor(connection: &mut Connection, organization_id: OrganizationId) -> Result<Floor, StoreError> {
    let floors = floors(connection, Some(organization_id), &mut Faults::default())?;
    let empty = || Floor { organization_id, agents: Vec::new(), queues: Vec::new(), hours: None };
    Ok(floors.into_iter().next().unwrap_or_else(empty))
}

/// Returns the floors of all organizations, with one query for each kind of row, because the router asks every 2 s.
pub fn floors_everywhere(connection: &mut Connection) -> Result<Readable<Vec<Floor>>, StoreError> {
    let mut faults = Faults::default();
    match floors(connection, None, &mut faults) {
        // An error of the database's driver does not say whose row can't be read.
        Err(error) if error.is_of_the_row() => one_floor_after_the_other(connection),
        read => Ok(faults.with(read?)),
    }
}

fn one_floor_after_the_other(connection: &mut Connection) -> Result<Readable<Vec<Floor>>, StoreError> {
    let (mut faults, mut read) = (Faults::default(), Vec::new());
    for organization_id in organizations(connection)? {
        let floors = floors(connection, Some(organization_id), &mut faults);
        read.extend(faults.note(&organization_id.to_string(), "agents", floors)?.into_iter().flatten());
    }
    Ok(faults.with(read))
}

/// The floor of the organization, or of each.
fn floors(
    connection: &mut Connection,
    organization_id: Option<OrganizationId>,
    faults: &mut Faults,
) -> Result<Vec<Floor>, StoreError> {
    let ids = match organization_id {
        Some(id) => vec![id],
        None => organizations(connection)?,
    };
    let (mut agents, mut queues): (HashMap<_, Vec<Agent>>, HashMap<_, Vec<Queue>>) = Default::default();
    let users = users::readable(connection, organization_id, faults)?;
    for queue in queues::readable(connection, organization_id, faults)? {
        queues.entry(queue.organization_id).or_default().push(queue);
    }
    let mut rows = agents::table.select(AgentRow::as_select()).into_boxed();
    if let Some(organization_id) = organization_id {
        rows = rows.filter(agents::organization_id.eq(organization_id.to_string()));
    }
    let mut rows = by_user(rows.load(connection)?);
    for user in users.into_iter().filter(|user| user.status == UserStatus::Active) {
        let (owner, id) = (user.organization_id, user.id.to_string());
        let agent = agent(&mut rows, user);
        agents.entry(owner).or_default().extend(faults.note(
            &owner.to_string(),
            "agents",
            agent.map_err(|fault| fault_of(&id, fault)),
        )?);
    }
    let has_hours = |id: &&OrganizationId| {
        queues.get(*id).is_some_and(|queues| queues.iter().any(|queue| queue.in_hours_only))
    };
    let by_hours: Vec<OrganizationId> = ids.iter().filter(has_hours).copied().collect();
    let mut hours = hours(connection, &by_hours, faults)?;
    let floor = |organization_id| Floor {
        organization_id,
        agents: agents.remove(&organization_id).unwrap_or_default(),
        queues: queues.remove(&organization_id).unwrap_or_default(),
        hours: hours.remove(&organization_id),
    };
    Ok(ids.into_iter().map(floor).collect())
}

/// Opening hours of these organizations. An organization whose row can't be read counts as open.
fn hours(
    connection: &mut Connection,
    of: &[OrganizationId],
    faults: &mut Faults,
) -> Result<HashMap<OrganizationId, EscalationHours>, StoreError> {
    let found = match of {
        [] => Vec::new(),
        [one] => vec![(*one, business::find(connection, *one))],
        several => business::of_each(connection, several)?,
    };
    let mut hours = HashMap::new();
    for (organization_id, business) in found {
        let business = faults.note(&organization_id.to_string(), "business_profiles", business)?.flatten();
        let open = business.and_then(|business| EscalationHours::of(&business.profile));
        hours.extend(open.map(|open| (organization_id, open)));
    }
    Ok(hours)
}

/// These users of the organization as agents, with the readable fields of their rows.
fn among(
    connection: &mut Connection,
    organization_id: OrganizationId,
    users: Vec<User>,
) -> Result<Vec<Agent>, StoreError> {
    let rows = agents::table
        .filter(agents::organization_id.eq(organization_id.to_string()))
        .select(AgentRow::as_select())
        .load::<AgentRow>(connection);
    let Some(rows) = or_none(rows.map(Some))? else {
        // An error of the database's driver does not say whose row can't be read.
        return users.into_iter().map(|user| mended(connection, user)).collect();
    };
    let mut rows = by_user(rows);
    let agent = |user: User| match rows.remove(&user.id.to_string()) {
        Some(row) => row.into_mended(user.name),
        None => Ok(Agent::new(user.organization_id, user.id, user.name)),
    };
    Ok(users.into_iter().map(agent).collect::<Result<_, _>>()?)
}

fn by_user(rows: Vec<AgentRow>) -> HashMap<String, AgentRow> {
    rows.into_iter().map(|row| (row.user_id.clone(), row)).collect()
}

/// A user as an agent, with the settings of their row if there is one.
fn agent(rows: &mut HashMap<String, AgentRow>, user: User) -> Result<Agent, BadRow> {
    match rows.remove(&user.id.to_string()) {
        Some(row) => row.into_agent(user.name),
        None => Ok(Agent::new(user.organization_id, user.id, user.name)),
    }
}
