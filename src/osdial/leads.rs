//! Queries about leads. Which columns there are is asked of the database: diallers add their own.

use std::collections::BTreeMap;

use mysql_async::Value;

use super::connection::Link;
use super::error::OsdialError;
use super::rows::{Cells, OsdialLead};
use super::text::decode;

/// Columns of a lead that have a place of their own, or that are of no use to anybody but the dialler.
const NOT_FIELDS: [&str; 8] = [
    "lead_id",
    "list_id",
    "status",
    "modify_date",
    "gmt_offset_now",
    "called_since_last_reset",
    "last_local_call_time",
    "cost",
];
/// Zero dates are normal values there, and say nothing.
const ZERO_DATES: [&str; 2] = ["0000-00-00", "0000-00-00 00:00:00"];
/// Columns that are read: a table has 4,096 at most, a sensible one some 40.
const COLUMNS_MAX: usize = 200;

/// A column of the leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its length in bytes where it is text, else none.
    pub(super) width: Option<usize>,
}

/// The columns that the table of leads has, but for those of no use.
pub(super) async fn columns(link: &Link) -> Result<Vec<Column>, OsdialError> {
    let sql = "SELECT CAST(column_name AS BINARY), CAST(data_type AS BINARY), character_octet_length \
               FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position";
    let rows = link.rows(sql, (link.table_name("list"),)).await?;
    let mut columns = Vec::new();
    for row in rows {
        let mut cells = Cells::of(row);
        let (name, kind, width) = (cells.text(), cells.text(), cells.number::<u64>()?);
        let is_text = matches!(kind.as_str(), "varchar" | "char" | "text" | "tinytext" | "mediumtext");
        // A name that can't be quoted is no column of a dialler.
        if !NOT_FIELDS.contains(&name.as_str()) && !name.contains('`') {
            columns
                .push(Column { name, width: is_text.then(|| usize::try_from(width).unwrap_or(usize::MAX)) });
        }
    }
    if columns.is_empty() {
        return Err(OsdialError::NoTable(link.table_name("list")));
    }
    columns.truncate(COLUMNS_MAX);
    Ok(columns)
}

/// Selection of leads.
#[derive(Clone, Debug, Default)]
pub struct LeadFilter {
    /// Of this list.
    pub list_id: Option<u64>,
    /// With this phone number, as the dialler has it: without the country's code.
    pub phone_number: Option<String>,
    /// With this status.
    pub status: Option<String>,
    /// Behind this lead.
    pub behind: u32,
}

/// Leads, by their numbers.
pub(super) async fn leads(
    link: &Link,
    filter: &LeadFilter,
    most: usize,
) -> Result<Vec<OsdialLead>, OsdialError> {
    let mut conditions = vec!["lead_id > ?"];
    let mut params: Vec<Value> = vec![filter.behind.into()];
    if let Some(list_id) = filter.list_id {
        conditions.push("list_id = ?");
        params.push(list_id.into());
    }
    if let Some(phone_number) = &filter.phone_number {
        conditions.push("phone_number = ?");
        params.push(phone_number.as_str().into());
    }
    if let Some(status) = &filter.status {
        conditions.push("status = ?");
        params.push(status.as_str().into());
    }
    read(link, &conditions.join(" AND "), params, most).await
}

/// A lead by its number.
pub(super) async fn lead(link: &Link, lead_id: u32) -> Result<OsdialLead, OsdialError> {
    let found = read(link, "lead_id = ?", vec![lead_id.into()], 1).await?;
    found.into_iter().next().ok_or(OsdialError::NoLead(lead_id))
}

async fn read(
    link: &Link,
    condition: &str,
    params: Vec<Value>,
    most: usize,
) -> Result<Vec<OsdialLead>, OsdialError> {
    let columns = columns(link).await?;
    let named: Vec<String> =
        columns.iter().map(|column| format!("CAST(`{}` AS BINARY)", column.name)).collect();
    let sql = format!(
        "SELECT lead_id, list_id, CAST(status AS BINARY), {} FROM {} WHERE {condition} ORDER BY lead_id LIMIT {most}",
        named.join(", "),
        link.table("list")
    );
    let lead_of = |row| {
        let mut cells = Cells::of(row);
        let (lead_id, list_id, status) = (cells.number()?, cells.number()?, cells.text());
        let mut fields = BTreeMap::new();
        for Column { name, width } in &columns {
            let text = cells.bytes().map(|stored| decode(&stored, width.unwrap_or(usize::MAX)).0);
            if let Some(text) = text
                && !text.is_empty()
                && !ZERO_DATES.contains(&text.as_str())
            {
                fields.insert(name.clone(), text);
            }
        }
        Ok(OsdialLead { lead_id, list_id, status, fields })
    };
    link.rows(&sql, params).await?.into_iter().map(lead_of).collect()
}
