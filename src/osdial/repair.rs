//! Repairs leads whose text was encoded twice, to what the dialler itself would have stored.
//!
//! A correct row stays as it is, and so does windows-1252 text, which every client reads. A field is changed only if it is still as it was read, and
//! its old content is in the undo file before it is changed.

use cordboard_schema::limits::{OSDIAL_CELL_BYTES_MAX, OSDIAL_REPAIR_BATCH_ROWS};
use mysql_async::Value;
use serde::{Deserialize, Serialize};

use super::connection::Link;
use super::error::OsdialError;
use super::leads::{Column, columns};
use super::rows::Cells;
use super::text::{Origin, decode, encode};
use crate::config::OsdialCharset;

/// One field of a lead, before and after the repair. A line of the undo file, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// The lead.
    pub lead_id: u32,
    /// The field.
    pub column: String,
    /// The old stored bytes, in hexadecimal.
    pub before: String,
    /// The correct stored bytes, in hexadecimal.
    pub after: String,
}

impl Repair {
    /// Returns the text as other clients read it before and after the repair, for people.
    pub fn shown(&self) -> (String, String) {
        let text = |hex: &str| String::from_utf8_lossy(&from_hex(hex).unwrap_or_default()).into_owned();
        (text(&self.before), text(&self.after))
    }
}

/// A batch of checked leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The last lead of it; none if there were no more.
    pub last: Option<u32>,
    /// How many leads it has.
    pub leads: usize,
    /// Faults in it.
    pub repairs: Vec<Repair>,
}

/// Returns the bytes that should have been stored; none if the stored ones are correct, or can't be recognized as wrong.
fn repaired(stored: &[u8], column: &str, width: usize, charset: OsdialCharset) -> Option<Vec<u8>> {
    let (text, origin) = decode(stored, width);
    let is_wrong = match origin {
        Origin::EncodedTwice | Origin::Controls => true,
        // A character that was cut off is lost, and every client knows windows-1252.
        Origin::Utf8 | Origin::CutUtf8 | Origin::Windows1252 => false,
    };
    let right = is_wrong.then(|| encode(column, &text, width, charset).ok()).flatten()?;
    (right != stored).then_some(right)
}

/// Checks the next leads after one.
pub(super) async fn examine(link: &Link, after_id: u32) -> Result<Batch, OsdialError> {
    let columns: Vec<Column> =
        columns(link).await?.into_iter().filter(|column| column.width.is_some()).collect();
    // A longer text is left alone, because a part of it must not be written back.
    let named: Vec<String> = columns
        .iter()
        .map(|Column { name, .. }| {
            format!("IF(OCTET_LENGTH(`{name}`) > {OSDIAL_CELL_BYTES_MAX}, NULL, CAST(`{name}` AS BINARY))")
        })
        .collect();
    let sql = format!(
        "SELECT lead_id, {} FROM {} WHERE lead_id > ? ORDER BY lead_id LIMIT {OSDIAL_REPAIR_BATCH_ROWS}",
        named.join(", "),
        link.table("list")
    );
    let mut batch = Batch::default();
    for row in link.rows(&sql, (after_id,)).await? {
        let mut cells = Cells::of(row);
        let lead_id: u32 = cells.number()?;
        if lead_id <= batch.last.unwrap_or(after_id) {
            return Err(OsdialError::Unreadable("leads that do not follow the last one".to_owned()));
        }
        batch.last = Some(lead_id);
        batch.leads += 1;
        for Column { name, width } in &columns {
            let (Some(stored), Some(width)) = (cells.bytes(), width) else { continue };
            if let Some(right) = repaired(&stored, name, *width, link.charset()) {
                let column = name.clone();
                batch.repairs.push(Repair {
                    lead_id,
                    column,
                    before: to_hex(&stored),
                    after: to_hex(&right),
                });
            }
        }
    }
    Ok(batch)
}

/// Changes a field that is still as it was read; returns false if it is not.
pub(super) async fn apply(link: &Link, repair: &Repair) -> Result<bool, OsdialError> {
    write(link, repair, &repair.before, &repair.after).await
}

/// Reverts a change if the field is unchanged since; returns false if it is not.
pub(super) async fn undo(link: &Link, repair: &Repair) -> Result<bool, OsdialError> {
    write(link, repair, &repair.after, &repair.before).await
}

async fn write(link: &Link, repair: &Repair, from: &str, to: &str) -> Result<bool, OsdialError> {
    let bytes = |hex: &str| {
        from_hex(hex)
            .ok_or_else(|| OsdialError::Unreadable(format!("{hex:?} in the undo file is not hexadecimal")))
    };
    let (from, to) = (bytes(from)?, bytes(to)?);
    // The name comes from a file, so it must be a column of the table.
    if !columns(link).await?.iter().any(|column| column.name == repair.column && column.width.is_some()) {
        return Err(OsdialError::NoColumn(format!("{} of {}", repair.column, link.table_name("list"))));
    }
    // The lead's modification time stays, because the dialler recycles leads by it.
    let sql = format!(
        "UPDATE {} SET `{column}` = ?, modify_date = modify_date WHERE lead_id = ? AND CAST(`{column}` AS BINARY) = ?",
        link.table("list"),
        column = repair.column
    );
    let params: Vec<Value> = vec![to.into(), repair.lead_id.into(), from.into()];
    Ok(link.change(&sql, params).await? > 0)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_as_written_and_nothing_else() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        for bad in ["4", "4G", "é0", "+1"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }
}
