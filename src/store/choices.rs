//! Lists that agents choose from: dispositions and reasons to be away. Both are ordered lists of names, so both tables share their queries.

use std::collections::HashSet;

use cordboard_actors::world;
use cordboard_schema::ids::{DispositionId, OrganizationId, PresenceReasonId};
use cordboard_schema::wrap_up::{Disposition, PresenceReason};

use super::{Connection, StoreError};

/// Dispositions of a new organization.
const DISPOSITIONS: [&str; 3] = ["Resolved", "Follow up", "Wrong number"];

/// Reasons to be away of a new organization.
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

            /// Returns the whole list of the organization, in its order.
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

            /// Returns the one with this id.
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

            /// Renames it. Returns false if the organization has none with that id.
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

            /// Removes it, and moves up those after it. Returns false if the organization has none with that id.
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

            /// Puts all into this order. Returns false, and changes nothing, if `ids` does not contain each of them once.
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

            /// Numbers them from 1 in their present order.
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
    /// Business outcomes of calls.
    dispositions, Disposition, DispositionId, DispositionRow
);
choices!(
    /// Reasons for agents to be away.
    presence_reasons, PresenceReason, PresenceReasonId, PresenceReasonRow
);

/// Tells whether `ids` contains all of these, each once.
fn names_each<T: Copy + Eq + std::hash::Hash>(all: impl Iterator<Item = T>, ids: &[T]) -> bool {
    let (all, named): (HashSet<T>, HashSet<T>) = (all.collect(), ids.iter().copied().collect());
    named.len() == ids.len() && named == all
}

/// Adds the first entries for a new organization.
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
