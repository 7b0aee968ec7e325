//! Copies all rows of one database into another, for example from SQLite to PostgreSQL.

use super::{ArchiveContents, ArchiveError, bring_up};
use crate::store::StoreSettings;
use crate::store::copying::{Contents, Filling};

/// Copies all rows of one database into another one, which must be empty. `progress` is called for each finished table.
///
/// # Errors
/// On failure the source is unchanged, and the target is as empty as before, unless it is [`ArchiveError::OfOldVersion`].
pub fn move_rows(
    from: &StoreSettings,
    to: &StoreSettings,
    mut progress: impl FnMut(&str, u64),
) -> Result<ArchiveContents, ArchiveError> {
    let mut contents = Contents::open(from)?;
    let mut filling = Filling::begin(to, &contents.migrations)?;
    let mut held = ArchiveContents::default();
    for table in contents.tables.clone() {
        let rows = contents.read(&table, |json| filling.put(&table, json).map(drop))?;
        progress(&table.name, rows);
        held.rows.insert(table.name, rows);
    }
    filling.prepare()?.finish()?;
    bring_up(to)?;
    Ok(held)
}
