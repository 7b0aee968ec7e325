//! The tables of the two diallers: OSdial's, and those of VICIdial, of which OSdial was made.

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

    /// How the names of its tables begin; the names of its databases do, too.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Osdial => "osdial_",
            Self::Vicidial => "vicidial_",
        }
    }

    /// The dialler whose tables the database of this name has.
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

    /// The name of the database in them.
    pub(super) const fn name_in_tables(self) -> &'static str {
        match self {
            Self::Osdial => "osdial_test",
            Self::Vicidial => "vicidial_test",
        }
    }

    /// A statement that names OSdial's tables, with this schema's names of them: most rows are alike in both.
    pub(super) fn statement(self, sql: &str) -> String {
        sql.replace(Self::Osdial.prefix(), self.prefix())
    }
}
