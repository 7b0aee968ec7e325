//! Reads a report: stored sums, and stale ones counted from their rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_schema::dashboard::{LocalDay, local_days};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{REPORT_FILE_KEYS_MAX, REPORT_HOURS_COUNTED_MAX, REPORT_KEYS_MAX};
use cordboard_schema::report::{
    Cut, Grain, Report, ReportFigures, ReportKey, ReportPeriod, ReportRow, Sums, hours_of, local_day_of,
    local_month_of,
};
use cordboard_tables::tables::{agent_profile_versions, agent_profiles, campaigns, queues, users};
use diesel::prelude::*;

use super::counting::{ByKey, hour};
use super::keeping::{Period, Which, kept, stale_hours};
use super::months::marked_days;
use super::{HourSpan, is_begun, unread_hour, zone};
use crate::store::{Connection, StoreError, extractions};

/// The request for a report.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The length of a row's period.
    pub by: Grain,
    /// The property by which calls are grouped.
    pub cut: Cut,
    /// The only key to report.
    pub key: Option<String>,
    /// ISO 4217.
    pub currency: String,
}

/// The figures of a day, to compare them with those of other days.
#[derive(Clone, Debug)]
pub struct DayFigures {
    /// The figures.
    pub figures: ReportFigures,
    /// Why its newest hour that can't be counted can't be: one of its rows can't be read. The figures lack such hours, or have them as counted before.
    pub unread: Option<String>,
    /// Whether other hours of it are not counted yet.
    pub is_behind: bool,
}

/// Sums by key.
type Totals = BTreeMap<String, Sums>;
/// Sums by begin and key.
type Dated = (DateTime<Utc>, String, Sums);

/// Returns a report as of one moment.
pub fn report(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ask: Ask,
) -> Result<Report, StoreError> {
    with_keys(connection, organization_id, ask, REPORT_KEYS_MAX)
}

/// The same, with the maximum of keys for a file.
pub fn report_for_file(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ask: Ask,
) -> Result<Report, StoreError> {
    with_keys(connection, organization_id, ask, REPORT_FILE_KEYS_MAX)
}

/// Returns the figures of all calls of single days, as of one moment.
pub fn figures_of_days(
    connection: &mut Connection,
    organization_id: OrganizationId,
    dates: &[NaiveDate],
) -> Result<Vec<DayFigures>, StoreError> {
    connection.snapshot(|connection| {
        let (kept, wanted) = zone(connection, organization_id)?;
        let is_beginning = kept.is_none() && is_begun(connection, organization_id)?;
        let zone = kept.unwrap_or(wanted);
        let mut found = Vec::with_capacity(dates.len());
        for date in dates {
            let days: Vec<LocalDay> = local_days(zone, *date, *date).collect();
            let book = Book::open(connection, organization_id, (zone, kept.is_some()), whole(&[], &days))?;
            let totals = book.totals(connection, Cut::All, &days)?;
            found.push(DayFigures {
                figures: figures_of(totals.get("")),
                is_behind: is_beginning || book.hours_behind > book.hours_unread,
                unread: book.unread,
            });
        }
        Ok(found)
    })
}

fn with_keys(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ask: Ask,
    keys_max: usize,
) -> Result<Report, StoreError> {
    connection.snapshot(|connection| {
        let (kept, wanted) = zone(connection, organization_id)?;
        // If so, hours of these days may not be marked yet.
        let is_beginning = kept.is_none() && is_begun(connection, organization_id)?;
        let zone = kept.unwrap_or(wanted);
        let days: Vec<LocalDay> = local_days(zone, ask.from, ask.to).collect();
        let length = ask.to - ask.from + TimeDelta::days(1);
        let (before_from, before_to) = (ask.from - length, ask.from - TimeDelta::days(1));
        let days_before: Vec<LocalDay> = local_days(zone, before_from, before_to).collect();
        let book =
            Book::open(connection, organization_id, (zone, kept.is_some()), whole(&days_before, &days))?;
        let totals = |connection: &mut Connection, cut| -> Result<(Totals, Totals), StoreError> {
            Ok((book.totals(connection, cut, &days)?, book.totals(connection, cut, &days_before)?))
        };
        let all = totals(connection, Cut::All)?;
        let grouped = match ask.cut {
            Cut::All => None,
            cut => Some(totals(connection, cut)?),
        };
        // The subject of `now`, `before` and the rows.
        let ((cut, key), of_subject) = match (&ask.key, &grouped) {
            (Some(key), Some(grouped)) => ((ask.cut, key.as_str()), grouped),
            _ => ((Cut::All, ""), &all),
        };
        let period =
            |from, to, totals: &Totals| ReportPeriod { from, to, figures: figures_of(totals.get(key)) };
        let now = period(ask.from, ask.to, &of_subject.0);
        let before = period(before_from, before_to, &of_subject.1);
        let found = match (whole(&[], &days), ask.by) {
            (None, _) => Vec::new(),
            (Some(span), Grain::Day) => book.days(connection, cut, Some(key), span)?,
            (Some(span), Grain::Hour) => book.hours(connection, cut, Some(key), span)?,
        };
        let mut slots: BTreeMap<DateTime<Utc>, Sums> = BTreeMap::new();
        for (at, _, sums) in found {
            slots.entry(at).or_default().add(&sums);
        }
        let mut rows = Vec::new();
        for day in &days {
            match ask.by {
                Grain::Day => rows.push(row(day, None, day.span, slots.get(&day.span.0))),
                Grain::Hour => {
                    for hour in hours_of(zone, day) {
                        rows.push(row(day, Some(hour.hour), hour.span, slots.get(&hour.span.0)));
                    }
                }
            }
        }
        let all_calls = all.0.get("").map_or(0, |sums| sums.calls);
        let (keys, more_keys) = match grouped {
            Some(grouped) => {
                keys(connection, (organization_id, zone), (ask.cut, keys_max), grouped, all_calls)?
            }
            None => (Vec::new(), false),
        };
        Ok(Report {
            tz: zone.name().to_owned(),
            next_tz: (zone != wanted).then(|| wanted.name().to_owned()),
            currency: ask.currency,
            by: ask.by,
            cut: ask.cut,
            key: ask.key.clone(),
            now,
            before,
            rows,
            keys,
            more_keys,
            hours_behind: book.hours_behind.max(u64::from(is_beginning)),
        })
    })
}

fn figures_of(sums: Option<&Sums>) -> ReportFigures {
    sums.map_or_else(ReportFigures::default, ReportFigures::from)
}

fn row(day: &LocalDay, hour: Option<u32>, (at, until): HourSpan, sums: Option<&Sums>) -> ReportRow {
    ReportRow { date: day.date, hour, at, until, figures: figures_of(sums) }
}

/// From the begin of the first day to the end of the last one.
fn whole(before: &[LocalDay], days: &[LocalDay]) -> Option<HourSpan> {
    let mut all = before.iter().chain(days);
    let first = all.next()?;
    Some((first.span.0, all.next_back().unwrap_or(first).span.1))
}

/// An organization's figures, with the stale hours of a span.
struct Book {
    organization_id: OrganizationId,
    zone: Tz,
    /// Whether the stored figures are in this zone. Otherwise they are in the previous one, and are being deleted.
    is_counted: bool,
    /// Stale hours, counted from their rows, by their begin.
    fresh: BTreeMap<DateTime<Utc>, ByKey>,
    /// The days of these hours.
    mended: BTreeMap<DateTime<Utc>, DateTime<Utc>>,
    /// Stale hours that were not counted.
    hours_behind: u64,
    /// Those of them that can't be, because one of their rows can't be read.
    hours_unread: u64,
    /// The newest of these, and why.
    unread: Option<String>,
}

impl Book {
    fn open(
        connection: &mut Connection,
        organization_id: OrganizationId,
        (zone, is_counted): (Tz, bool),
        within: Option<HourSpan>,
    ) -> Result<Self, StoreError> {
        let stale = match within {
            Some(within) => stale_hours(connection, organization_id, zone, Some(within))?,
            None => Vec::new(),
        };
        let mut hours_behind = stale.len().saturating_sub(REPORT_HOURS_COUNTED_MAX) as u64;
        let (mut hours_unread, mut unread) = (0, None);
        let (mut fresh, mut mended) = (BTreeMap::new(), BTreeMap::new());
        for (span, _) in stale.into_iter().take(REPORT_HOURS_COUNTED_MAX) {
            match hour(connection, organization_id, span) {
                Ok(by_key) => fresh.insert(span.0, by_key),
                // One of its rows can't be read, so it stays as counted before. The counting job reports it.
                Err(error) if error.is_of_the_row() => {
                    hours_behind += 1;
                    hours_unread += 1;
                    unread.get_or_insert_with(|| unread_hour(span, &error));
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(day) = local_day_of(zone, span.0) {
                mended.insert(day.span.0, day.span.1);
            }
        }
        Ok(Self { organization_id, zone, is_counted, fresh, mended, hours_behind, hours_unread, unread })
    }

    /// The sums of all these days: whole months as stored, if nothing in them has changed since; the rest by days.
    fn totals(&self, connection: &mut Connection, cut: Cut, days: &[LocalDay]) -> Result<Totals, StoreError> {
        let Some(span) = whole(&[], days) else { return Ok(Totals::new()) };
        let months = self.whole_months(connection, days, span)?;
        let mut found = Vec::new();
        let mut from = span.0;
        for (begins, ends) in &months {
            found.extend(self.days(connection, cut, None, (from, *begins))?);
            from = *ends;
        }
        found.extend(self.days(connection, cut, None, (from, span.1))?);
        if let (Some(first), Some(last)) = (months.first(), months.last()) {
            let within = (first.0, last.1);
            let kept = self.kept(connection, Period::Month, cut, None, within)?;
            found.extend(kept.into_iter().filter(|(at, ..)| months.iter().any(|month| month.0 == *at)));
        }
        let mut totals = Totals::new();
        for (_, key, sums) in found {
            totals.entry(key).or_default().add(&sums);
        }
        Ok(totals)
    }

    /// The months inside these days whose stored sums are up to date.
    fn whole_months(
        &self,
        connection: &mut Connection,
        days: &[LocalDay],
        span: HourSpan,
    ) -> Result<Vec<HourSpan>, StoreError> {
        let marked = marked_days(connection, self.organization_id, span)?;
        let begun = days.iter().filter(|day| day.date.day() == 1);
        let months = begun.filter_map(|day| local_month_of(self.zone, day.date));
        let is_current = |(from, to): &HourSpan| {
            let within = |at: &DateTime<Utc>| from <= at && at < to;
            !marked.iter().any(within) && !self.mended.keys().any(within)
        };
        Ok(months.filter(|(_, to)| *to <= span.1).filter(is_current).collect())
    }

    /// The days of a span. A day with a stale hour is returned hour by hour.
    fn days(
        &self,
        connection: &mut Connection,
        cut: Cut,
        key: Option<&str>,
        span: HourSpan,
    ) -> Result<Vec<Dated>, StoreError> {
        if span.0 >= span.1 {
            return Ok(Vec::new());
        }
        let mut days = self.kept(connection, Period::Day, cut, key, span)?;
        days.retain(|(at, ..)| !self.mended.contains_key(at));
        for (from, to) in self.mended.range(span.0..span.1) {
            let hours = self.hours(connection, cut, key, (*from, *to))?;
            days.extend(hours.into_iter().map(|(_, key, sums)| (*from, key, sums)));
        }
        Ok(days)
    }

    /// The hours of a span, with counted sums for stale ones.
    fn hours(
        &self,
        connection: &mut Connection,
        cut: Cut,
        key: Option<&str>,
        span: HourSpan,
    ) -> Result<Vec<Dated>, StoreError> {
        let mut hours = self.kept(connection, Period::Hour, cut, key, span)?;
        hours.retain(|(at, ..)| !self.fresh.contains_key(at));
        for (at, by_key) in self.fresh.range(span.0..span.1) {
            let is_mine = |of: &Cut, named: &str| *of == cut && key.is_none_or(|key| key == named);
            let mine = by_key.iter().filter(|((of, named), _)| is_mine(of, named));
            hours.extend(mine.map(|((_, named), sums)| (*at, named.clone(), sums.clone())));
        }
        Ok(hours)
    }

    fn kept(
        &self,
        connection: &mut Connection,
        period: Period,
        cut: Cut,
        key: Option<&str>,
        span: HourSpan,
    ) -> Result<Vec<Dated>, StoreError> {
        if !self.is_counted {
            return Ok(Vec::new());
        }
        let which = Which { period, cut: Some(cut), key };
        let found = kept(connection, &self.organization_id.to_string(), which, span)?;
        Ok(found.into_iter().map(|(_, at, key, sums)| (at, key, sums)).collect())
    }
}

/// Keys by number of calls, most first, and whether there are more.
fn keys(
    connection: &mut Connection,
    (organization_id, zone): (OrganizationId, Tz),
    (cut, keys_max): (Cut, usize),
    (now, mut before): (Totals, Totals),
    all_calls: u64,
) -> Result<(Vec<ReportKey>, bool), StoreError> {
    let mut sorted: Vec<(String, Sums)> = now.into_iter().collect();
    sorted.sort_by(|(one, sums), (other, others)| (others.calls, one).cmp(&(sums.calls, other)));
    let mut of_fields: BTreeMap<String, u64> = BTreeMap::new();
    for (key, sums) in sorted.iter().filter(|_| cut == Cut::Extraction) {
        *of_fields.entry(field_of(key).to_owned()).or_default() += sums.calls;
    }
    let more = sorted.len() > keys_max;
    sorted.truncate(keys_max);
    // Many keys share a profile.
    let ids: BTreeSet<&str> = sorted.iter().map(|(key, _)| id_of(key)).collect();
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let names = names(connection, organization_id, cut, &ids)?;
    let fields = match cut {
        Cut::Extraction => extractions::titles(connection, organization_id)?.fields,
        _ => BTreeMap::new(),
    };
    let published = match cut {
        Cut::Version => published(connection, organization_id, &ids)?,
        _ => BTreeMap::new(),
    };
    let extracted = |key: &str| {
        let (field, value) = key.split_once('=').filter(|_| cut == Cut::Extraction)?;
        let (profile, name) = field.split_once('/')?;
        let title = fields.get(&(profile.to_owned(), name.to_owned()));
        Some((title.map_or(name, String::as_str).to_owned(), value.to_owned()))
    };
    let report_key = |(key, sums): (String, Sums)| ReportKey {
        name: names.get(id_of(&key)).cloned(),
        field: extracted(&key).map(|(field, _)| field),
        value: extracted(&key).map(|(_, value)| value),
        out_of: match cut {
            Cut::Extraction => of_fields.get(field_of(&key)).copied().unwrap_or_default(),
            _ => all_calls,
        },
        version: key.split_once('/').filter(|_| cut == Cut::Version).and_then(|(_, v)| v.parse().ok()),
        published_on: published.get(&key).map(|at| at.and_utc().with_timezone(&zone).date_naive()),
        now: ReportFigures::from(&sums),
        before: ReportFigures::from(&before.remove(&key).unwrap_or_default()),
        key,
    };
    Ok((sorted.into_iter().map(report_key).collect(), more))
}

/// When the versions of these profiles were published, by the versions' keys.
fn published(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profiles: &[String],
) -> Result<BTreeMap<String, NaiveDateTime>, StoreError> {
    let found: Vec<(String, i64, NaiveDateTime)> = agent_profile_versions::table
        .filter(agent_profile_versions::organization_id.eq(organization_id.to_string()))
        .filter(agent_profile_versions::profile_id.eq_any(profiles))
        .select((
            agent_profile_versions::profile_id,
            agent_profile_versions::version,
            agent_profile_versions::published_at,
        ))
        .load(connection)?;
    Ok(found.into_iter().map(|(profile, version, at)| (format!("{profile}/{version}"), at)).collect())
}

/// For an extraction, the profile with the field.
fn field_of(key: &str) -> &str {
    key.split_once('=').map_or(key, |(field, _)| field)
}

/// For a version or an extraction, its profile.
fn id_of(key: &str) -> &str {
    key.split_once('/').map_or(key, |(profile, _)| profile)
}

fn names(
    connection: &mut Connection,
    organization_id: OrganizationId,
    cut: Cut,
    ids: &[String],
) -> Result<BTreeMap<String, String>, StoreError> {
    let organization = organization_id.to_string();
    let found: Vec<(String, String)> = match cut {
        Cut::All | Cut::Number | Cut::Provider => Vec::new(),
        Cut::Topic => extractions::titles(connection, organization_id)?.topics.into_iter().collect(),
        Cut::Profile | Cut::Version | Cut::Extraction => agent_profiles::table
            .filter(agent_profiles::organization_id.eq(organization))
            .filter(agent_profiles::id.eq_any(ids))
            .select((agent_profiles::id, agent_profiles::name))
            .load(connection)?,
        Cut::Queue => queues::table
            .filter(queues::organization_id.eq(organization))
            .filter(queues::id.eq_any(ids))
            .select((queues::id, queues::title))
            .load(connection)?,
        Cut::Campaign => campaigns::table
            .filter(campaigns::organization_id.eq(organization))
            .filter(campaigns::id.eq_any(ids))
            .select((campaigns::id, campaigns::name))
            .load(connection)?,
        Cut::Agent => users::table
            .filter(users::organization_id.eq(organization))
            .filter(users::id.eq_any(ids))
            .select((users::id, users::name))
            .load(connection)?,
    };
    Ok(found.into_iter().collect())
}
