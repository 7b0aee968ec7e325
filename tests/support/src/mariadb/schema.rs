//! The tables of the two diallers: OSdial's, and those of VICIdial, from which OSdial was made.

/// The dialler whose tables a database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// OSdial's.
    Osdial,
    /// VICIdial's.
    Vicidial,
}

impl Schema {
    /// Each of them.
    pub const EACH: [Self; 2] = [Self::Osdial, Self::Vicidial];

    /// The prefix of its tables' names, and of its databases' names.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Osdial => "osdial_",
            Self::Vicidial => "vicidial_",
        }
    }

    /// The dialler whose tables the database with this name has.
    pub(super) fn of(database: &str) -> Self {
        if database.starts_with(Self::Vicidial.prefix()) { Self::Vicidial } else { Self::Osdial }
    }

    /// The tables, with rows of every kind.
    pub(super) const fn tables(self) -> &'static str {
        match self {
            Self::Osdial => include_str!("osdial.sql"),
            Self::Vicidial => include_str!("vicidial.sql"),
        }
    }

    /// The database's name in the tables.
    pub(super) const fn name_in_tables(self) -> &'static str {
        match self {
            Self::Osdial => "osdial_test",
            Self::Vicidial => "vicidial_test",
        }
    }

    /// Translates a statement that names OSdial's tables to the names of this schema: most rows are the same in both.
    pub(super) fn statement(self, sql: &str) -> String {
        sql.replace(Self::Osdial.prefix(), self.prefix())
    }
}
