//! Queries about campaigns, lists and statuses.

use mysql_async::Value;

use super::connection::Link;
use super::error::OsdialError;
use super::rows::{Cells, OsdialCampaign, OsdialList, OsdialStatus};

/// Maximum campaigns, lists or statuses that one query returns.
pub(super) const ROWS_MAX: usize = 10_000;

const CAMPAIGN_NAME_BYTES: usize = 40;
const NAME_BYTES: usize = 30;

/// Returns all campaigns, ordered by id.
pub(super) async fn campaigns(link: &Link) -> Result<Vec<OsdialCampaign>, OsdialError> {
    let table = link.table("campaigns");
    let sql = format!(
        "SELECT CAST(campaign_id AS BINARY), CAST(campaign_name AS BINARY), CAST(active AS BINARY), \
         CAST(dial_method AS BINARY), CAST(auto_dial_level AS BINARY) FROM {table} ORDER BY campaign_id LIMIT {ROWS_MAX}"
    );
    let campaign_of = |row| {
        let mut cells = Cells::of(row);
        OsdialCampaign {
            campaign_id: cells.text(),
            campaign_name: cells.cut_text(CAMPAIGN_NAME_BYTES),
            is_active: cells.yes(),
            dial_method: cells.text(),
            auto_dial_level: cells.text(),
        }
    };
    Ok(link.rows(&sql, ()).await?.into_iter().map(campaign_of).collect())
}

/// Fails if there is no campaign with exactly this id.
pub(super) async fn demand_campaign(link: &Link, campaign_id: &str) -> Result<(), OsdialError> {
    let table = link.table("campaigns");
    let sql = format!("SELECT CAST(campaign_id AS BINARY) FROM {table} WHERE campaign_id = ?");
    let rows = link.rows(&sql, (campaign_id,)).await?;
    // The database compares without case, accents and trailing blanks.
    let is_there = rows.into_iter().any(|row| Cells::of(row).text() == campaign_id);
    if is_there { Ok(()) } else { Err(OsdialError::NoCampaign(campaign_id.to_owned())) }
}

/// Returns lists of leads, ordered by number, of all campaigns or one.
pub(super) async fn lists(link: &Link, campaign_id: Option<&str>) -> Result<Vec<OsdialList>, OsdialError> {
    let table = link.table("lists");
    let of_campaign = if campaign_id.is_some() { "WHERE campaign_id = ?" } else { "" };
    let sql = format!(
        "SELECT list_id, CAST(list_name AS BINARY), CAST(campaign_id AS BINARY), CAST(active AS BINARY) \
         FROM {table} {of_campaign} ORDER BY list_id LIMIT {ROWS_MAX}"
    );
    let params: Vec<Value> = campaign_id.map(Value::from).into_iter().collect();
    let list_of = |row| {
        let mut cells = Cells::of(row);
        Ok::<_, OsdialError>(OsdialList {
            list_id: cells.number()?,
            list_name: cells.cut_text(NAME_BYTES),
            campaign_id: cells.text(),
            is_active: cells.yes(),
        })
    };
    let lists: Vec<OsdialList> =
        link.rows(&sql, params).await?.into_iter().map(list_of).collect::<Result<_, _>>()?;
    Ok(lists.into_iter().filter(|list| campaign_id.is_none_or(|id| list.campaign_id == id)).collect())
}

/// Returns possible results of leads: statuses of all campaigns, then those of single campaigns.
pub(super) async fn statuses(
    link: &Link,
    campaign_id: Option<&str>,
) -> Result<Vec<OsdialStatus>, OsdialError> {
    let (of_all, of_one) = (link.table("statuses"), link.table("campaign_statuses"));
    let columns = "CAST(status AS BINARY), CAST(status_name AS BINARY), CAST(selectable AS BINARY), \
                   CAST(human_answered AS BINARY), CAST(category AS BINARY)";
    let narrowed = if campaign_id.is_some() { "WHERE campaign_id = ?" } else { "" };
    let sql = format!(
        "SELECT {columns}, NULL FROM {of_all} UNION ALL \
         SELECT {columns}, CAST(campaign_id AS BINARY) FROM {of_one} {narrowed} LIMIT {ROWS_MAX}"
    );
    let params: Vec<Value> = campaign_id.map(Value::from).into_iter().collect();
    let status_of = |row| {
        let mut cells = Cells::of(row);
        OsdialStatus {
            status: cells.text(),
            status_name: cells.cut_text(NAME_BYTES),
            is_selectable: cells.yes(),
            is_human_answered: cells.yes(),
            category: cells.text(),
            campaign_id: cells.bytes().map(|bytes| super::text::read(&bytes)),
        }
    };
    let statuses: Vec<OsdialStatus> = link.rows(&sql, params).await?.into_iter().map(status_of).collect();
    let is_wanted = |status: &OsdialStatus| {
        status.campaign_id.is_none() || campaign_id.is_none() || status.campaign_id.as_deref() == campaign_id
    };
    Ok(statuses.into_iter().filter(is_wanted).collect())
}
