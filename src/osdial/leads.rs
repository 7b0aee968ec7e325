//! Queries about leads. The database is asked for their columns, because diallers add their own.

use std::collections::BTreeMap;

use cordboard_schema::limits::OSDIAL_CELL_BYTES_MAX;
use mysql_async::Value;

use super::connection::Link;
use super::error::OsdialError;
use super::rows::{Cells, OsdialLead};
use super::text::decode;

/// Columns of a lead that have their own members, or that only the dialler can use.
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
/// Zero dates are normal values there, and mean nothing.
const ZERO_DATES: [&str; 2] = ["0000-00-00", "0000-00-00 00:00:00"];
/// A VICIdial's column for the list with which a lead was imported. That list's additional fields are the lead's.
const ENTRY_LIST: &str = "entry_list_id";
/// Maximum columns that are read. A table has 4,096 at most, a sensible one some 40.
const COLUMNS_MAX: usize = 200;

/// A column of the leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its length in bytes if it is text, otherwise none.
    pub(super) width: Option<usize>,
}

/// Returns the columns of the table of leads, except the useless ones.
pub(super) async fn columns(link: &Link) -> Result<Vec<Column>, OsdialError> {
    let table = link.table_name("list");
    let mut columns = columns_of(link, &table).await?;
    columns.retain(|column| !NOT_FIELDS.contains(&column.name.as_str()));
    if columns.is_empty() { Err(OsdialError::NoTable(table)) } else { Ok(columns) }
}

/// Returns the columns of a table; none if there is no such table, or no right to read it.
async fn columns_of(link: &Link, table: &str) -> Result<Vec<Column>, OsdialError> {
    let sql = "SELECT CAST(column_name AS BINARY), CAST(data_type AS BINARY), character_octet_length \
               FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position";
    let rows = link.rows(sql, (table,)).await?;
    let mut columns = Vec::new();
    for row in rows {
        let mut cells = Cells::of(row);
        let (name, kind, width) = (cells.text(), cells.text(), cells.number::<u64>()?);
        let is_text = matches!(kind.as_str(), "varchar" | "char" | "text" | "tinytext" | "mediumtext");
        // A name that can't be quoted is not a column of a dialler.
        if !name.contains('`') {
            columns
                .push(Column { name, width: is_text.then(|| usize::try_from(width).unwrap_or(usize::MAX)) });
        }
    }
    columns.truncate(COLUMNS_MAX);
    Ok(columns)
}

/// Selection of leads.
#[derive(Clone, Debug, Default)]
pub struct LeadFilter {
    /// Only this one.
    pub lead_id: Option<u32>,
    /// In this list.
    pub list_id: Option<u64>,
    /// With this phone number, as the dialler has it: without the country's code.
    pub phone_number: Option<String>,
    /// With this status.
    pub status: Option<String>,
    /// After this lead.
    pub after_id: u32,
}

/// Returns leads, ordered by number.
pub(super) async fn leads(
    link: &Link,
    filter: &LeadFilter,
    most: usize,
) -> Result<Vec<OsdialLead>, OsdialError> {
    let mut conditions = vec!["lead_id > ?"];
    let mut params: Vec<Value> = vec![filter.after_id.into()];
    if let Some(lead_id) = filter.lead_id {
        conditions.push("lead_id = ?");
        params.push(lead_id.into());
    }
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

/// Returns a lead by its number, with the fields that VICIdial stores only for leads of its list.
pub(super) async fn lead(link: &Link, lead_id: u32) -> Result<OsdialLead, OsdialError> {
    let found = read(link, "lead_id = ?", vec![lead_id.into()], 1).await?;
    let mut lead = found.into_iter().next().ok_or(OsdialError::NoLead(lead_id))?;
    let entry_list = lead.fields.get(ENTRY_LIST).and_then(|list| list.parse::<u64>().ok());
    if let Some(list_id) = entry_list.filter(|list| *list > 0) {
        for (name, value) in list_fields(link, list_id, lead_id).await? {
            lead.fields.entry(name).or_insert(value);
        }
    }
    Ok(lead)
}

/// Returns the fields of a lead that only leads of its list have. VICIdial has a table of such fields for each list with any.
async fn list_fields(
    link: &Link,
    list_id: u64,
    lead_id: u32,
) -> Result<BTreeMap<String, String>, OsdialError> {
    let table = format!("custom_{list_id}");
    let mut columns = columns_of(link, &table).await?;
    columns.retain(|column| column.name != "lead_id");
    if columns.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!("SELECT {} FROM `{table}` WHERE lead_id = ? LIMIT 1", as_bytes(&columns));
    let row = link.rows(&sql, (lead_id,)).await?.into_iter().next();
    Ok(row.map(|row| fields(&mut Cells::of(row), &columns)).unwrap_or_default())
}

async fn read(
    link: &Link,
    condition: &str,
    params: Vec<Value>,
    most: usize,
) -> Result<Vec<OsdialLead>, OsdialError> {
    let columns = columns(link).await?;
    let sql = format!(
        "SELECT lead_id, list_id, CAST(status AS BINARY), {} FROM {} WHERE {condition} ORDER BY lead_id LIMIT {most}",
        as_bytes(&columns),
        link.table("list")
    );
    let lead_of = |row| {
        let mut cells = Cells::of(row);
        let (lead_id, list_id, status) = (cells.number()?, cells.number()?, cells.text());
        Ok(OsdialLead { lead_id, list_id, status, fields: fields(&mut cells, &columns) })
    };
    link.rows(&sql, params).await?.into_iter().map(lead_of).collect()
}

/// Returns columns as a statement reads them: their stored bytes, up to a limit.
fn as_bytes(columns: &[Column]) -> String {
    let named: Vec<String> = columns
        .iter()
        .map(|column| format!("LEFT(CAST(`{}` AS BINARY), {OSDIAL_CELL_BYTES_MAX})", column.name))
        .collect();
    named.join(", ")
}

/// Returns the next cells, by the names of their columns. Empty ones are left out.
fn fields(cells: &mut Cells, columns: &[Column]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for Column { name, width } in columns {
        let text = cells.bytes().map(|stored| {
            decode(&stored, width.map_or(OSDIAL_CELL_BYTES_MAX, |width| width.min(OSDIAL_CELL_BYTES_MAX))).0
        });
        if let Some(text) = text
            && !text.is_empty()
            && !ZERO_DATES.contains(&text.as_str())
        {
            fields.insert(name.clone(), text);
        }
    }
    fields
}
