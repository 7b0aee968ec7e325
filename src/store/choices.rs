//! Lists that agents choose from: dispositions and reasons to be away. Both are lists of names in an order of the
//! organization's own, so one set of queries is written for both tables.

use std::collections::HashSet;

use cordboard_actors::world;
use cordboard_schema::ids::{DispositionId, OrganizationId, PresenceReasonId};
use cordboard_schema::wrap_up::{Disposition, PresenceReason};

use super::{Connection, StoreError};

/// Dispositions of a new organization.
const DISPOSITIONS: [&str; 3] = ["Resolved", "Follow up", "Wrong number"];

/// Reasons of a new organization.
const REASONS: [&str; 3] = ["Lunch", "Break", "Training"];

macro_rules! choices {
    ($(#[$doc:meta])* $module:ident, $noun:ident, $id:ident, $row:ident) => {
        $(#[$doc])*
        pub(super) mod $module {
            use cordboard_schema::ids::{$id, OrganizationId};
            use cordboard_schema::wrap_up::$noun;
            use cordboard_tables::rows::$row;
            use cordboard_tables::tables::$module::dsl;
            use diesel::prelude::*;

            use crate::store::{Connection, StoreError};

            /// All of the organization, in their order.
            pub fn list(
                connection: &mut Connection,
                organization_id: OrganizationId,
            ) -> Result<Vec<$noun>, StoreError> {
                let rows = dsl::$module
                    .filter(dsl::organization_id.eq(organization_id.to_string()))
                    .order((dsl::position, dsl::id))
                    .select($row::as_select())
                    .load(connection)?;
                Ok(rows.into_iter().map($row::into_noun).collect::<Result<_, _>>()?)
            }

            /// The one of that id.
            pub fn find(
                connection: &mut Connection,
                organization_id: OrganizationId,
                id: $id,
            ) -> Result<Option<$noun>, StoreError> {
                let row = dsl::$module
                    .find(id.to_string())
                    .filter(dsl::organization_id.eq(organization_id.to_string()))
                    .select($row::as_select())
                    .first(connection)
                    .optional()?;
                Ok(row.map($row::into_noun).transpose()?)
            }

            /// Adds one. A name that another one of the organization has is a unique violation.
            pub fn create(connection: &mut Connection, made: &$noun) -> Result<(), StoreError> {
                diesel::insert_into(dsl::$module).values($row::new(made)?).execute(connection)?;
                Ok(())
            }

            /// Gives it another name; false if the organization has none of that id.
            pub fn rename(
                connection: &mut Connection,
                organization_id: OrganizationId,
                id: $id,
                name: &str,
            ) -> Result<bool, StoreError> {
                let found = dsl::$module
                    .find(id.to_string())
                    .filter(dsl::organization_id.eq(organization_id.to_string()));
                Ok(diesel::update(found).set(dsl::name.eq(name)).execute(connection)? > 0)
            }

            /// Removes it, and those after it move up; false if the organization has none of that id.
            pub fn delete(
                connection: &mut Connection,
                organization_id: OrganizationId,
                id: $id,
            ) -> Result<bool, StoreError> {
                let Some(gone) = find(connection, organization_id, id)? else { return Ok(false) };
                diesel::delete(dsl::$module.find(id.to_string())).execute(connection)?;
                let mut left = list(connection, gone.organization_id)?;
                place(connection, &mut left)?;
                Ok(true)
            }

            /// Brings all into this order; false, and nothing is done, where it does not name each of them once.
            pub fn reorder(
                connection: &mut Connection,
                organization_id: OrganizationId,
                ids: &[$id],
            ) -> Result<bool, StoreError> {
                let mut all = list(connection, organization_id)?;
                if !super::names_each(all.iter().map(|one| one.id), ids) {
                    return Ok(false);
                }
                all.sort_by_key(|one| ids.iter().position(|id| *id == one.id));
                place(connection, &mut all)?;
                Ok(true)
            }

            /// Numbers them from 1 in the order in which they are here.
            fn place(connection: &mut Connection, all: &mut [$noun]) -> Result<(), StoreError> {
                for (one, position) in all.iter_mut().zip(1_u32..) {
                    if one.position != position {
                        one.position = position;
                        let row = $row::new(one)?;
                        diesel::update(dsl::$module.find(row.id))
                            .set(dsl::position.eq(row.position))
                            .execute(connection)?;
                    }
                }
                Ok(())
            }
        }
    };
}

choices!(
    /// How calls can have ended for the business.
    dispositions, Disposition, DispositionId, DispositionRow
);
choices!(
    /// Why agents can be away.
    presence_reasons, PresenceReason, PresenceReasonId, PresenceReasonRow
);

/// Whether `ids` are these, each once.
fn names_each<T: Copy + Eq + std::hash::Hash>(all: impl Iterator<Item = T>, ids: &[T]) -> bool {
    let (all, named): (HashSet<T>, HashSet<T>) = (all.collect(), ids.iter().copied().collect());
    named.len() == ids.len() && named == all
}

/// Gives a new organization what its agents choose from at first. The migration that made the tables gives older ones the same.
pub(super) fn make_first(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<(), StoreError> {
    for (name, position) in DISPOSITIONS.into_iter().zip(1..) {
        let (id, name) = (DispositionId(world::new_id()), name.to_owned());
        dispositions::create(connection, &Disposition { id, organization_id, name, position })?;
    }
    for (name, position) in REASONS.into_iter().zip(1..) {
        let (id, name) = (PresenceReasonId(world::new_id()), name.to_owned());
        presence_reasons::create(connection, &PresenceReason { id, organization_id, name, position })?;
    }
    Ok(())
}
