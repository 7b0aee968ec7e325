//! Reads of rows of all organizations, without those that can't be read, which are returned separately.

use cordboard_schema::ids::OrganizationId;
use cordboard_tables::rows::BadRow;

use super::pool::Connector;
use super::settings::Access;
use super::{
    Connection, Job, StoreError, StoreSettings, Unreadable, agents, dialling, exported_days, profile_versions,
};

/// Data that was read, and the errors of missing rows.
#[derive(Clone, Debug)]
pub struct Readable<T> {
    /// The data.
    pub found: T,
    /// The errors, with the organizations of the rows.
    pub unreadable: Vec<Unreadable>,
}

/// Errors of rows that a read leaves out.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Unreadable>);

impl Faults {
    /// Returns data of an organization, which is given by its text in the rows; none if a row can't be read, which is noted. An error of the
    /// database's driver counts as one of this table.
    ///
    /// # Errors
    /// Any other error, which is not about rows.
    pub(super) fn note<T, E: Into<StoreError>>(
        &mut self,
        organization: &str,
        table: &'static str,
        read: Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let error: StoreError = match read {
            Ok(read) => return Ok(Some(read)),
            Err(error) => error.into(),
        };
        let fault = match error {
            StoreError::BadRow(fault) => fault,
            error if error.is_of_the_row() => BadRow::new(table, error),
            error => return Err(error),
        };
        self.0.push(Unreadable { organization: organization.to_owned(), fault });
        Ok(None)
    }

    /// Succeeds if there are no errors.
    ///
    /// # Errors
    /// The first error.
    pub(super) fn none(self) -> Result<(), StoreError> {
        self.0.into_iter().next().map_or(Ok(()), |unreadable| Err(unreadable.fault.into()))
    }

    /// Combines data with the errors.
    pub(super) fn with<T>(self, found: T) -> Readable<T> {
        Readable { found, unreadable: self.0 }
    }
}

/// Reads rows in parts, and returns what can be read of the first part of which something can; nothing if there are no more rows. `read` returns that,
/// and the id of the part's last row; it gets the id after which the part begins.
pub(super) fn next_readable<T>(
    mut after: Option<String>,
    mut read: impl FnMut(Option<&str>) -> Result<(Vec<T>, Option<String>), StoreError>,
) -> Result<Vec<T>, StoreError> {
    loop {
        let (found, last) = read(after.as_deref())?;
        if !found.is_empty() || last.is_none() {
            return Ok(found);
        }
        after = last;
    }
}

/// Returns data of a row; none if the row can't be read.
///
/// # Errors
/// Any other error, which is not about rows.
pub(super) fn or_none<T, E: Into<StoreError>>(read: Result<Option<T>, E>) -> Result<Option<T>, StoreError> {
    let read: Result<Option<T>, StoreError> = read.map_err(Into::into);
    match read {
        Err(error) if error.is_of_the_row() => Ok(None),
        read => read,
    }
}

/// The organizations with valid ids, in order. Others have no rows that anybody reads; the jobs for all organizations log them.
pub(super) fn organizations(connection: &mut Connection) -> Result<Vec<OrganizationId>, StoreError> {
    Ok(exported_days::organization_ids(connection)?.into_iter().filter_map(Result::ok).collect())
}

/// Returns the rows of settings that a start with this database would leave out, by the job that reads them. The database must have this version.
///
/// # Errors
/// The database can't be read.
pub fn unreadable_settings(settings: &StoreSettings) -> Result<Vec<(Job, Unreadable)>, StoreError> {
    let mut connection = Connector::of(settings)?.open(Access::Read)?;
    let profiles = profile_versions::published_everywhere(&mut connection)?.unreadable;
    let rules = dialling::said_everywhere(&mut connection)?.unreadable;
    let desks = agents::floors_everywhere(&mut connection)?.unreadable;
    let of = |job: Job| move |row: Unreadable| (job, row);
    let all = profiles.into_iter().map(of(Job::Profiles));
    let all = all.chain(rules.into_iter().map(of(Job::Dialling)));
    Ok(all.chain(desks.into_iter().map(of(Job::Desks))).collect())
}

/// An error of a row, with the name of its thing.
pub(super) fn fault_of(name: &str, BadRow { column, reason }: BadRow) -> BadRow {
    BadRow::new(column, format_args!("of {name}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rows_are_noted_and_database_faults_end_the_read() {
        let mut faults = Faults::default();
        assert_eq!(faults.note("one", "grants", Ok::<_, StoreError>(7)).unwrap(), Some(7));
        let bad = Err::<(), _>(fault_of("+49", BadRow::new("grants.kind", "no kind")));
        assert_eq!(faults.note("one", "grants", bad).unwrap(), None);
        let unreadable = Err::<(), _>(diesel::result::Error::DeserializationError("no text".into()));
        assert_eq!(faults.note("other", "queues", unreadable).unwrap(), None);
        let gone = Err::<(), _>(StoreError::NoConnection("gone".to_owned()));
        assert!(faults.note("one", "grants", gone).is_err());
        let Readable { found, unreadable } = faults.with(3);
        let reasons: Vec<_> =
            unreadable.iter().map(|row| (row.organization.as_str(), row.fault.to_string())).collect();
        assert_eq!(found, 3);
        assert_eq!(reasons[0], ("one", "`grants.kind`: of +49: no kind".to_owned()));
        assert!(reasons[1].0 == "other" && reasons[1].1.starts_with("`queues`: "), "{reasons:?}");
    }
}
