//! Numbers that the dialler must no longer call, on its own do-not-call lists. They are entered as by a person on the dialler's pages.
//!
//! There is a list for the whole dialler, in VICIdial one for each campaign, and in an OSdial with several companies one for each. A campaign's
//! settings name the lists that it uses. For a campaign that uses none, numbers are entered in the whole dialler's list, for the others.

use std::collections::BTreeSet;

use cordboard_schema::dialler_call::{DiallerCall, PendingResult};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use mysql_async::Value;

use super::call_backs::{self, seconds};
use super::connection::Link;
use super::error::OsdialError;
use super::rows::Cells;

/// Name of the whole dialler's list in VICIdial's log of lists.
const WHOLE: &str = "-SYSINT-";
/// Digits before a campaign's id that are its company's number, and the lowest such number.
const COMPANY_DIGITS: usize = 3;
const COMPANY_FROM: u32 = 100;

/// Columns that only some diallers have: table after the prefix, and name.
const COLUMNS: [(&str, &str); 7] = [
    ("campaigns", "use_internal_dnc"),
    ("campaigns", "use_campaign_dnc"),
    ("campaigns", "use_other_campaign_dnc"),
    ("campaign_dnc", "campaign_id"),
    ("dnc_log", "action_date"),
    ("dnc_company", "company_id"),
    ("companies", "dnc_method"),
];
/// The same for a table without a prefix.
const SETTINGS: (&str, &str) = ("system_settings", "enable_multicompany");

/// The lists of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lists {
    /// Whether the campaign uses any.
    pub(super) are_used: bool,
    /// Whether it uses the whole dialler's.
    is_whole: bool,
    /// The campaign whose list is used.
    campaign_id: Option<String>,
    /// The company whose list is used.
    company: Option<u32>,
    /// Whether additions are logged.
    have_log: bool,
}

/// Whether the callee of an ended call does not want to be called again: they have said so, or the chosen status means it.
pub(super) async fn are_wanted(link: &Link, pending: &PendingResult) -> Result<bool, OsdialError> {
    if pending.end.is_none() {
        return Ok(false);
    }
    Ok(pending.wants_no_calls() || is_such_status(link, &pending.call, pending.chosen.as_deref()).await?)
}

/// Enters the numbers of an ended call whose callee does not want to be called again. It may be repeated, and enters them once.
pub(super) async fn settle(link: &Link, pending: &PendingResult) -> Result<(), OsdialError> {
    let Some(end) = &pending.end else { return Ok(()) };
    let call = &pending.call;
    // The lead of a callback is dialled without a check of the lists. A callback that is arranged after this call stays.
    let mut outcome = call_backs::end_all(link, call.lead_id, end.at + 1_000).await;
    let lists = lists(link, &call.campaign_id).await?;
    // A missing right for one table must not keep a number from the others.
    let numbers = numbers(link, call).await?.into_iter().map(|(_, number)| number);
    let numbers: BTreeSet<String> = numbers.filter(|number| !number.is_empty()).collect();
    for number in numbers {
        outcome = outcome.and(enter(link, call, &lists, &number, end.at).await);
    }
    outcome
}

/// Whether VICIdial treats this status of a lead as a do-not-call request. Any status can be set so.
async fn is_such_status(link: &Link, call: &DiallerCall, status: Option<&str>) -> Result<bool, OsdialError> {
    let Some(status) = status else { return Ok(false) };
    let (of_all, of_one) = (link.table("statuses"), link.table("campaign_statuses"));
    let sql = format!(
        "SELECT 1 FROM {of_all} WHERE status = ? AND dnc = 'Y' UNION ALL \
         SELECT 1 FROM {of_one} WHERE status = ? AND campaign_id = ? AND dnc = 'Y' LIMIT 1"
    );
    match link.rows(&sql, (status, status, call.campaign_id.as_str())).await {
        Ok(rows) => Ok(!rows.is_empty()),
        // OSdial's statuses don't have this setting.
        Err(OsdialError::NoColumn(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the lead's first number, and the dialled one, each after its country code.
async fn numbers(link: &Link, call: &DiallerCall) -> Result<Vec<(String, String)>, OsdialError> {
    let (log, list) = (link.table("log"), link.table("list"));
    let sql = format!(
        "SELECT CAST(phone_code AS BINARY), CAST(phone_number AS BINARY) FROM {list} WHERE lead_id = ? UNION \
         SELECT CAST(phone_code AS BINARY), CAST(phone_number AS BINARY) FROM {log} WHERE lead_id = ? AND uniqueid = ?"
    );
    let rows = link.rows(&sql, (call.lead_id, call.lead_id, call.unique_id.as_str())).await?;
    let number_of = |row| {
        let mut cells = Cells::of(row);
        (cells.text(), cells.text())
    };
    Ok(rows.into_iter().map(number_of).collect())
}

/// Returns these numbers with their country codes, and how many the dialler has only without one that can be read.
pub(super) async fn whole_numbers(
    link: &Link,
    call: &DiallerCall,
) -> Result<(Vec<E164>, usize), OsdialError> {
    Ok(with_codes(&numbers(link, call).await?))
}

fn with_codes(numbers: &[(String, String)]) -> (Vec<E164>, usize) {
    let whole: Vec<(&str, E164)> = numbers
        .iter()
        .filter_map(|(code, number)| Some((number.as_str(), with_code(code, number)?)))
        .collect();
    let is_whole = |number: &str| whole.iter().any(|(known, _)| *known == number);
    let without: BTreeSet<&str> = numbers
        .iter()
        .map(|(_, number)| number.as_str())
        .filter(|number| !number.is_empty() && !is_whole(number))
        .collect();
    let without = without.len();
    (whole.into_iter().map(|(_, number)| number).collect(), without)
}

/// Returns a dialler's number with its country code.
fn with_code(code: &str, number: &str) -> Option<E164> {
    let code = code.trim();
    let number = (!code.is_empty()).then(|| format!("+{code}{number}"))?;
    number.parse().map(E164::without_national_zero).ok()
}

async fn enter(
    link: &Link,
    call: &DiallerCall,
    lists: &Lists,
    number: &str,
    at: UnixMs,
) -> Result<(), OsdialError> {
    let user = call.user.as_str();
    if lists.is_whole {
        let sql = format!("INSERT IGNORE INTO {} (phone_number) VALUES (?)", link.table("dnc"));
        link.change(&sql, (number,)).await?;
    }
    if let Some(campaign_id) = &lists.campaign_id {
        let table = link.table("campaign_dnc");
        let sql = format!("INSERT IGNORE INTO {table} (phone_number, campaign_id) VALUES (?, ?)");
        link.change(&sql, (number, campaign_id.as_str())).await?;
    }
    if let Some(company) = lists.company {
        let table = link.table("dnc_company");
        let sql = format!("INSERT IGNORE INTO {table} (company_id, phone_number) VALUES (?, ?)");
        link.change(&sql, (company, number)).await?;
    }
    if lists.is_whole {
        log(link, lists, (number, WHOLE, user), at).await?;
    }
    if let Some(campaign_id) = &lists.campaign_id {
        log(link, lists, (number, campaign_id, user), at).await?;
    }
    Ok(())
}

/// Logs an addition to a list, once.
async fn log(
    link: &Link,
    lists: &Lists,
    (number, list, user): (&str, &str, &str),
    at: UnixMs,
) -> Result<(), OsdialError> {
    if !lists.have_log {
        return Ok(());
    }
    let table = link.table("dnc_log");
    let sql = format!(
        "INSERT INTO {table} (phone_number, campaign_id, action, action_date, user) SELECT ?, ?, 'add', FROM_UNIXTIME(?), ? FROM DUAL \
         WHERE NOT EXISTS (SELECT 1 FROM {table} known WHERE known.phone_number = ? AND known.campaign_id = ? \
         AND known.action_date = FROM_UNIXTIME(?) AND known.user = ?)"
    );
    let at = seconds(at);
    link.change(&sql, (number, list, at, user, number, list, at, user)).await.map(drop)
}

/// Returns the lists in which numbers of a campaign are entered.
pub(super) async fn lists(link: &Link, campaign_id: &str) -> Result<Lists, OsdialError> {
    let known = known_columns(link).await?;
    let has = |table: &str, column: &str| known.contains(&(link.table_name(table), column.to_owned()));
    let flag = |column: &str| match has("campaigns", column) {
        true => format!("CAST({column} AS BINARY)"),
        false => "NULL".to_owned(),
    };
    let sql = format!(
        "SELECT {}, {}, {} FROM {} WHERE campaign_id = ?",
        flag("use_internal_dnc"),
        flag("use_campaign_dnc"),
        flag("use_other_campaign_dnc"),
        link.table("campaigns")
    );
    let row = link.rows(&sql, (campaign_id,)).await?.into_iter().next();
    let (whole, own, other) = match row {
        Some(row) => {
            let mut cells = Cells::of(row);
            (cells.text(), cells.text(), cells.text())
        }
        None => (String::new(), String::new(), String::new()),
    };
    let uses = |flag: &str| matches!(flag, "Y" | "AREACODE");
    let of_campaign = (uses(&own) && has("campaign_dnc", "campaign_id")).then(|| match other.as_str() {
        "" => campaign_id.to_owned(),
        _ => other.clone(),
    });
    let has_companies = has("dnc_company", "company_id")
        && has("companies", "dnc_method")
        && known.contains(&(SETTINGS.0.to_owned(), SETTINGS.1.to_owned()));
    let company = if has_companies { company(link, campaign_id).await? } else { None };
    Ok(Lists {
        are_used: uses(&whole) || of_campaign.is_some(),
        is_whole: company.is_none() && (uses(&whole) || of_campaign.is_none()),
        campaign_id: of_campaign,
        company,
        have_log: has("dnc_log", "action_date"),
    })
}

/// Returns the company of a campaign, if it has its own list.
async fn company(link: &Link, campaign_id: &str) -> Result<Option<u32>, OsdialError> {
    let number: Option<u32> = campaign_id.get(..COMPANY_DIGITS).and_then(|digits| digits.parse().ok());
    let Some(id) = number.and_then(|number| number.checked_sub(COMPANY_FROM)) else { return Ok(None) };
    let (companies, settings) = (link.table("companies"), SETTINGS.0);
    let sql = format!(
        "SELECT 1 FROM {companies} c, {settings} s WHERE s.enable_multicompany = '1' AND c.id = ? AND c.dnc_method IN ('COMPANY', 'BOTH') LIMIT 1"
    );
    Ok((!link.rows(&sql, (id,)).await?.is_empty()).then_some(id))
}

/// Returns the tables in which rows may be inserted for this dialler, with their columns: after its prefix.
pub(super) async fn tables(link: &Link) -> Result<Vec<(&'static str, &'static str)>, OsdialError> {
    let known = known_columns(link).await?;
    let further = [
        ("campaign_dnc", "phone_number, campaign_id"),
        ("dnc_log", "phone_number, campaign_id, action, action_date, user"),
        ("dnc_company", "company_id, phone_number"),
    ];
    let is_there = |table: &str| known.iter().any(|(known, _)| *known == link.table_name(table));
    let mut tables = vec![("dnc", "phone_number")];
    tables.extend(further.into_iter().filter(|&(table, _)| is_there(table)));
    Ok(tables)
}

/// Returns those of the columns [`COLUMNS`] and [`SETTINGS`] that exist, by table and name.
async fn known_columns(link: &Link) -> Result<BTreeSet<(String, String)>, OsdialError> {
    let wanted = COLUMNS.map(|(table, column)| (link.table_name(table), column));
    let wanted: Vec<(String, &str)> =
        wanted.into_iter().chain([(SETTINGS.0.to_owned(), SETTINGS.1)]).collect();
    let marks = vec!["(?,?)"; wanted.len()].join(",");
    let sql = format!(
        "SELECT CAST(table_name AS BINARY), CAST(column_name AS BINARY) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND (table_name, column_name) IN ({marks})"
    );
    let names = wanted.iter().flat_map(|(table, column)| [table.as_str(), *column]);
    let params: Vec<Value> = names.map(Value::from).collect();
    let column_of = |row| {
        let mut cells = Cells::of(row);
        (cells.text(), cells.text())
    };
    Ok(link.rows(&sql, params).await?.into_iter().map(column_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_dialler_have_country_codes_or_are_omitted() {
        for (code, number, expected) in [
            ("49", "3012345678", Some("+493012345678")),
            (" 44 ", "07911123456", Some("+447911123456")),
            ("1", "2125550123", Some("+12125550123")),
            ("", "3012345678", None),
            ("49", "", None),
            ("011", "493012345678", None),
        ] {
            let number = with_code(code, number);
            assert_eq!(number.as_ref().map(E164::as_str), expected, "{code:?}");
        }
    }

    #[test]
    fn numbers_without_any_country_code_are_counted_once() {
        let rows = [("49", "3012345678"), ("", "3012345678"), ("", "555"), ("x", "555"), ("49", "")];
        let rows = rows.map(|(code, number)| (code.to_owned(), number.to_owned()));
        assert_eq!(with_codes(&rows), (vec!["+493012345678".parse().unwrap()], 1));
    }
}
