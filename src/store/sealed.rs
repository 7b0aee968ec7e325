//! Values that are sealed with the server's secret key, over all tables: for starts and commands that must have the same key.

use cordboard_tables::tables::{
    contact_links, custom_tools, integrations, mails, talk_links, users, webhooks,
};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Whether a row of the table has this pattern in the column.
macro_rules! holds {
    ($connection:expr, $pattern:expr, $table:ident.$column:ident) => {
        select(exists($table::table.filter($table::$column.like($pattern))))
            .get_result::<bool>($connection)?
    };
}

/// Tells whether the database was used with another secret key: it has sealed texts, and none with the mark of this one. `common_mark` is that of
/// all keys.
pub fn has_another_key(
    connection: &mut Connection,
    mark: Option<&str>,
    common_mark: &str,
) -> Result<bool, StoreError> {
    let is_ours = mark.map_or(Ok(false), |mark| is_any(connection, mark))?;
    Ok(!is_ours && is_any(connection, common_mark)?)
}

/// Tells whether any row has a sealed text with this mark: that of a key, or that of all keys.
///
/// No index serves these reads, and none is worth its writes: a start or a command reads once, and each read ends at the first row found. The tables
/// are small: an organization has at most 1,000 users and some 300 of the other rows, and `mails` has only those that wait, at most 10,000. The first
/// table with a text of this server's key ends the search, so all of them are read twice only if nothing is sealed with it.
fn is_any(connection: &mut Connection, mark: &str) -> Result<bool, StoreError> {
    // Some columns are JSON, with sealed texts in it. A mark has none of the wildcards of LIKE.
    let marked = format!("%{mark}%");
    Ok(holds!(connection, &marked, users.totp_secret)
        || holds!(connection, &marked, users.totp_pending)
        || holds!(connection, &marked, webhooks.secret)
        || holds!(connection, &marked, integrations.secrets)
        || holds!(connection, &marked, custom_tools.headers)
        || holds!(connection, &marked, talk_links.signing_secret)
        || holds!(connection, &marked, contact_links.signing_secret)
        || holds!(connection, &marked, mails.sealed_text))
}
