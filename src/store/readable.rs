//! Reads of rows of all organizations of which some can't be read: those are left out, and come with what was read.

use cordboard_schema::ids::OrganizationId;
use cordboard_tables::rows::BadRow;

use super::pool::Connector;
use super::settings::Access;
use super::{
    Connection, Job, StoreError, StoreSettings, Unreadable, agents, dialling, exported_days, profile_versions,
};

/// Data that was read, and the faults of rows that it lacks.
#[derive(Clone, Debug)]
pub struct Readable<T> {
    /// The data.
    pub found: T,
    /// The faults, with the organizations whose rows they are.
    pub unreadable: Vec<Unreadable>,
}

/// Faults of rows that a read leaves out.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Unreadable>);

impl Faults {
    /// Data that was read of an organization, by the text that its rows have; none where a row is at fault, which is noted. A fault that the
    /// database's driver has found is one of this table.
    ///
    /// # Errors
    /// Any other error: it says nothing about rows.
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

    /// Nothing, where all could be read.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn none(self) -> Result<(), StoreError> {
        self.0.into_iter().next().map_or(Ok(()), |unreadable| Err(unreadable.fault.into()))
    }

    /// Data that was read, with the faults.
    pub(super) fn beside<T>(self, found: T) -> Readable<T> {
        Readable { found, unreadable: self.0 }
    }
}

/// Data that was read of a row; none where the row is at fault.
///
/// # Errors
/// Any other error: it says nothing about rows.
pub(super) fn or_none<T, E: Into<StoreError>>(read: Result<Option<T>, E>) -> Result<Option<T>, StoreError> {
    let read: Result<Option<T>, StoreError> = read.map_err(Into::into);
    match read {
        Err(error) if error.is_of_the_row() => Ok(None),
        read => read,
    }
}

/// The organizations whose ids are ids, in their order. Another one has no rows that anybody asks for: the jobs that go through all
/// organizations tell of it.
pub(super) fn organizations(connection: &mut Connection) -> Result<Vec<OrganizationId>, StoreError> {
    Ok(exported_days::organization_ids(connection)?.into_iter().filter_map(Result::ok).collect())
}

/// Rows of settings that a start over this database leaves out, by the job that reads them. It has to be of this version.
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

/// A fault of a row, with the name of the thing whose row it is.
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
        let Readable { found, unreadable } = faults.beside(3);
        let told: Vec<_> =
            unreadable.iter().map(|row| (row.organization.as_str(), row.fault.to_string())).collect();
        assert_eq!(found, 3);
        assert_eq!(told[0], ("one", "`grants.kind`: of +49: no kind".to_owned()));
        assert!(told[1].0 == "other" && told[1].1.starts_with("`queues`: "), "{told:?}");
    }
}
