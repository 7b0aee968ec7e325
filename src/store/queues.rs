//! Queues and their members.
//!
//! Users who edit queues also see a queue whose rows can't be read: its readable fields are kept, and the others have their defaults. Saving it
//! repairs the rows. Desks don't get such a queue or member.

use std::collections::HashMap;

use cordboard_actors::world;
use cordboard_schema::ids::{OrganizationId, QueueId, UserId};
use cordboard_schema::queue::{Overflow, Queue, QueueMember};
use cordboard_tables::rows::{BadRow, QueueMemberRow, QueueRow};
use cordboard_tables::tables::{queue_members, queues};
use diesel::prelude::*;

use super::readable::{Faults, fault_of, or_none};
use super::text::kept_text;
use super::{Connection, StoreError};

/// The names of all queues, each with its organization.
pub(super) fn names_everywhere(connection: &mut Connection) -> Result<Vec<(String, String)>, StoreError> {
    Ok(queues::table.select((queues::organization_id, queues::name)).load(connection)?)
}

/// The names of the queues that this user is a member of.
pub(super) fn names_of_member(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Vec<String>, StoreError> {
    let owner = organization_id.to_string();
    let of_user = queue_members::table
        .filter(queue_members::organization_id.eq(&owner))
        .filter(queue_members::user_id.eq(user_id.to_string()))
        .select(queue_members::queue_id);
    let queues: Vec<String> = of_user.load(connection)?;
    let of_organization = queues::table.filter(queues::organization_id.eq(&owner));
    Ok(of_organization
        .filter(queues::id.eq_any(queues))
        .order(queues::name)
        .select(queues::name)
        .load(connection)?)
}

/// Returns the organization's queues by name, for editing.
pub fn list(connection: &mut Connection, organization_id: OrganizationId) -> Result<Vec<Queue>, StoreError> {
    let owner = organization_id.to_string();
    let rows = queues::table
        .filter(queues::organization_id.eq(&owner))
        .order(queues::name)
        .select(QueueRow::as_select())
        .load::<QueueRow>(connection);
    let members = queue_members::table
        .filter(queue_members::organization_id.eq(&owner))
        .order((queue_members::tier, queue_members::user_id))
        .select(QueueMemberRow::as_select())
        .load::<QueueMemberRow>(connection);
    if let (Some(rows), Some(members)) = (or_none(rows.map(Some))?, or_none(members.map(Some))?) {
        return with_members(rows, members);
    }
    // An error of the database's driver does not say whose row can't be read.
    let names: Vec<(String, String)> = queues::table
        .filter(queues::organization_id.eq(&owner))
        .order(queues::name)
        .select((queues::id, queues::name))
        .load(connection)?;
    names.into_iter().map(|(id, name)| mended(connection, organization_id, &id, name)).collect()
}

/// The readable queues of the organization, or of each, by name: for the router.
pub(super) fn readable(
    connection: &mut Connection,
    organization_id: Option<OrganizationId>,
    faults: &mut Faults,
) -> Result<Vec<Queue>, StoreError> {
    let mut rows = queues::table.order(queues::name).select(QueueRow::as_select()).into_boxed();
    let mut members = queue_members::table
        .order((queue_members::tier, queue_members::user_id))
        .select(QueueMemberRow::as_select())
        .into_boxed();
    if let Some(owner) = organization_id.map(|id| id.to_string()) {
        rows = rows.filter(queues::organization_id.eq(owner.clone()));
        members = members.filter(queue_members::organization_id.eq(owner));
    }
    let rows = rows.load::<QueueRow>(connection)?;
    let mut by_queue: HashMap<String, Vec<QueueMember>> = HashMap::new();
    for row in members.load::<QueueMemberRow>(connection)? {
        let (owner, queue_id) = (row.organization_id.clone(), row.queue_id.clone());
        let member = row.into_member().map_err(|fault| fault_of(&queue_id, fault));
        by_queue.entry(queue_id).or_default().extend(faults.note(&owner, "queue_members", member)?);
    }
    let mut queues = Vec::new();
    for row in rows {
        let (owner, name) = (row.organization_id.clone(), row.name.clone());
        let members = by_queue.remove(&row.id).unwrap_or_default();
        let queue = row.into_queue(members).map_err(|fault| fault_of(&name, fault));
        queues.extend(faults.note(&owner, "queues", queue)?);
    }
    Ok(queues)
}

fn with_members(rows: Vec<QueueRow>, members: Vec<QueueMemberRow>) -> Result<Vec<Queue>, StoreError> {
    let mut by_queue: HashMap<String, Vec<QueueMember>> = HashMap::new();
    for row in members {
        by_queue.entry(row.queue_id.clone()).or_default().extend(row.into_member());
    }
    let queue = |row: QueueRow| {
        let members = by_queue.remove(&row.id).unwrap_or_default();
        Ok(row.into_mended(members)?)
    };
    rows.into_iter().map(queue).collect()
}

/// Returns the queue with this id, for editing.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: QueueId,
) -> Result<Option<Queue>, StoreError> {
    let id = id.to_string();
    let name: Option<String> = queues::table
        .find(&id)
        .filter(queues::organization_id.eq(organization_id.to_string()))
        .select(queues::name)
        .first(connection)
        .optional()?;
    name.map(|name| mended(connection, organization_id, &id, name)).transpose()
}

/// A queue of the organization, with the readable fields of its rows.
fn mended(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: &str,
    name: String,
) -> Result<Queue, StoreError> {
    let row = queues::table
        .find(id)
        .filter(queues::organization_id.eq(organization_id.to_string()))
        .select(QueueRow::as_select())
        .first::<QueueRow>(connection)
        .optional();
    let members = queue_members::table
        .filter(queue_members::queue_id.eq(id))
        .filter(queue_members::organization_id.eq(organization_id.to_string()))
        .order((queue_members::tier, queue_members::user_id))
        .select(QueueMemberRow::as_select())
        .load::<QueueMemberRow>(connection);
    let members = or_none(members.map(Some))?.unwrap_or_default();
    let members: Vec<QueueMember> = members.into_iter().filter_map(|row| row.into_member().ok()).collect();
    match or_none(row)? {
        Some(row) => Ok(row.into_mended(members)?),
        None => {
            let id = id.parse::<QueueId>().map_err(|fault| BadRow::new("queues.id", fault))?;
            Ok(Queue { members, ..Queue::usual(organization_id, id, name) })
        }
    }
}

/// Returns the id of the organization's queue with this name.
pub(super) fn id_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
) -> Result<Option<QueueId>, StoreError> {
    let found = stored_id_of(connection, organization_id, name)?;
    Ok(found.map(|id| id.parse::<QueueId>().map_err(|fault| BadRow::new("queues.id", fault))).transpose()?)
}

/// Tells whether the organization has a queue with this name.
pub fn has_name(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(stored_id_of(connection, organization_id, name)?.is_some())
}

fn stored_id_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
) -> Result<Option<String>, StoreError> {
    Ok(queues::table
        .filter(queues::organization_id.eq(organization_id.to_string()))
        .filter(queues::name.eq(kept_text(name)))
        .select(queues::id)
        .first(connection)
        .optional()?)
}

/// Adds a queue. A name that another one of the organization has is a unique violation.
pub fn create(connection: &mut Connection, queue: &Queue) -> Result<(), StoreError> {
    let row = QueueRow::new(queue, world::now().into())?;
    diesel::insert_into(queues::table).values(row).execute(connection)?;
    write_members(connection, queue)
}

/// Changes the queue with this id. Returns false if the organization has none. Queues that overflow into it use its new name.
pub fn update(connection: &mut Connection, queue: &Queue) -> Result<bool, StoreError> {
    let Some(before) = find(connection, queue.organization_id, queue.id)? else { return Ok(false) };
    if before.name != queue.name {
        rename_in_overflows(connection, queue.organization_id, &before.name, &queue.name)?;
    }
    // Its creation time is not updated.
    let row = QueueRow::new(queue, world::now().into())?;
    let found = queues::table.find(row.id).filter(queues::organization_id.eq(row.organization_id));
    diesel::update(found)
        .set((
            queues::name.eq(row.name),
            queues::title.eq(row.title),
            queues::strategy.eq(row.strategy),
            queues::ring_s.eq(row.ring_s),
            queues::skills.eq(row.skills),
            queues::priority.eq(row.priority),
            queues::max_wait_s.eq(row.max_wait_s),
            queues::max_waiting.eq(row.max_waiting),
            queues::overflow.eq(row.overflow),
            queues::in_hours_only.eq(row.in_hours_only),
            queues::tells_position.eq(row.tells_position),
            queues::wrap_up_s.eq(row.wrap_up_s),
            queues::wrap_up_required.eq(row.wrap_up_required),
        ))
        .execute(connection)?;
    diesel::delete(queue_members::table.filter(queue_members::queue_id.eq(queue.id.to_string())))
        .execute(connection)?;
    write_members(connection, queue)?;
    Ok(true)
}

/// Removes the queue with this id and its members. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: QueueId,
) -> Result<bool, StoreError> {
    let found =
        queues::table.find(id.to_string()).filter(queues::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

fn write_members(connection: &mut Connection, queue: &Queue) -> Result<(), StoreError> {
    for row in QueueMemberRow::of(queue) {
        diesel::insert_into(queue_members::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn rename_in_overflows(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: &str,
    after: &str,
) -> Result<(), StoreError> {
    for mut queue in list(connection, organization_id)? {
        if let Overflow::Queue { name } = &mut queue.overflow
            && name == before
        {
            *name = after.to_owned();
            let row = QueueRow::new(&queue, world::now().into())?;
            diesel::update(queues::table.find(row.id))
                .set(queues::overflow.eq(row.overflow))
                .execute(connection)?;
        }
    }
    Ok(())
}
