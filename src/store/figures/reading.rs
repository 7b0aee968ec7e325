//! Reading a report: what is kept, and what is stale counted from its rows.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_schema::dashboard::{LocalDay, local_days};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{REPORT_HOURS_COUNTED_MAX, REPORT_KEYS_MAX};
use cordboard_schema::report::{
    Cut, Grain, Report, ReportFigures, ReportKey, ReportPeriod, ReportRow, Sums, hours_of, local_day_of,
};
use cordboard_tables::tables::{agent_profiles, campaigns, queues, users};
use diesel::prelude::*;

use super::counting::{ByKey, hour};
use super::keeping::{kept, stale_hours};
use super::{HourSpan, snapshot, zone};
use crate::store::{Connection, StoreError, extractions};

/// Request for a report.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How long a row is.
    pub by: Grain,
    /// The property by which calls are distinguished.
    pub cut: Cut,
    /// The one that is wanted.
    pub key: Option<String>,
    /// ISO 4217.
    pub currency: String,
}

/// The report of one moment.
pub fn report(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ask: Ask,
) -> Result<Report, StoreError> {
    snapshot(connection, |connection| {
        let (kept, wanted) = zone(connection, organization_id)?;
        let zone = kept.unwrap_or(wanted);
        let days: Vec<LocalDay> = local_days(zone, ask.from, ask.to).collect();
        let length = ask.to - ask.from + TimeDelta::days(1);
        let (before_from, before_to) = (ask.from - length, ask.from - TimeDelta::days(1));
        let days_before: Vec<LocalDay> = local_days(zone, before_from, before_to).collect();
        let book = Book::open(connection, organization_id, zone, whole(&days_before, &days))?;
        let (now, before) =
            (book.by_days(connection, ask.cut, &days)?, book.by_days(connection, ask.cut, &days_before)?);
        let all = match ask.cut {
            Cut::All => None,
            _ => Some(book.by_days(connection, Cut::All, &days)?),
        };
        let all_calls = all.as_ref().unwrap_or(&now).together().remove("").map_or(0, |sums| sums.calls);
        let (keys, more_keys) = keys(connection, organization_id, ask.cut, (&now, &before), all_calls)?;
        // Subject of `now`, `before` and the rows.
        let subject = match &ask.key {
            Some(key) => (ask.cut, key.clone()),
            None => (Cut::All, String::new()),
        };
        let (now, before) = match all.filter(|_| subject.0 != ask.cut) {
            None => (now, before),
            Some(all) => (all, book.by_days(connection, Cut::All, &days_before)?),
        };
        let mut rows = Vec::new();
        match ask.by {
            Grain::Day => {
                for day in &days {
                    rows.push(row(day, None, day.span, now.at(day.span.0, &subject.1)));
                }
            }
            Grain::Hour => {
                let by_hour = book.by_hours(connection, subject.0, &days)?;
                for day in &days {
                    for hour in hours_of(zone, day) {
                        let sums = by_hour.at(hour.span.0, &subject.1);
                        rows.push(row(day, Some(hour.hour), hour.span, sums));
                    }
                }
            }
        }
        let period = |from, to, slots: &Slots| ReportPeriod {
            from,
            to,
            figures: ReportFigures::from(&slots.together().remove(&subject.1).unwrap_or_default()),
        };
        Ok(Report {
            tz: zone.name().to_owned(),
            currency: ask.currency,
            by: ask.by,
            cut: ask.cut,
            key: ask.key.clone(),
            now: period(ask.from, ask.to, &now),
            before: period(before_from, before_to, &before),
            rows,
            keys,
            more_keys,
            hours_behind: book.hours_behind,
        })
    })
}

fn row(day: &LocalDay, hour: Option<u32>, (at, until): HourSpan, sums: Option<&Sums>) -> ReportRow {
    let figures = sums.map_or_else(ReportFigures::default, ReportFigures::from);
    ReportRow { date: day.date, hour, at, until, figures }
}

/// From the first day's first moment to the last day's last one.
fn whole(before: &[LocalDay], days: &[LocalDay]) -> Option<HourSpan> {
    let mut all = before.iter().chain(days);
    let first = all.next()?;
    Some((first.span.0, all.next_back().unwrap_or(first).span.1))
}

/// Sums by when they begin and by key.
#[derive(Debug, Default)]
struct Slots(BTreeMap<DateTime<Utc>, BTreeMap<String, Sums>>);

impl Slots {
    fn add(&mut self, at: DateTime<Utc>, key: &str, sums: &Sums) {
        self.0.entry(at).or_default().entry(key.to_owned()).or_default().add(sums);
    }

    fn at(&self, at: DateTime<Utc>, key: &str) -> Option<&Sums> {
        self.0.get(&at)?.get(key)
    }

    fn together(&self) -> BTreeMap<String, Sums> {
        let mut all: BTreeMap<String, Sums> = BTreeMap::new();
        for (key, sums) in self.0.values().flatten() {
            all.entry(key.clone()).or_default().add(sums);
        }
        all
    }
}

/// An organization's figures, with the stale hours of a span.
struct Book {
    organization_id: OrganizationId,
    /// The stale hours that were counted from their rows, by when they begin.
    fresh: BTreeMap<DateTime<Utc>, ByKey>,
    /// The days that they are in.
    mended: BTreeMap<DateTime<Utc>, DateTime<Utc>>,
    hours_behind: u64,
}

impl Book {
    fn open(
        connection: &mut Connection,
        organization_id: OrganizationId,
        zone: Tz,
        within: Option<HourSpan>,
    ) -> Result<Self, StoreError> {
        let stale = match within {
            Some(within) => stale_hours(connection, organization_id, zone, Some(within))?,
            None => Vec::new(),
        };
        let hours_behind = stale.len().saturating_sub(REPORT_HOURS_COUNTED_MAX) as u64;
        let (mut fresh, mut mended) = (BTreeMap::new(), BTreeMap::new());
        for (span, _) in stale.into_iter().take(REPORT_HOURS_COUNTED_MAX) {
            fresh.insert(span.0, hour(connection, organization_id, span)?);
            if let Some(day) = local_day_of(zone, span.0) {
                mended.insert(day.span.0, day.span.1);
            }
        }
        Ok(Self { organization_id, fresh, mended, hours_behind })
    }

    fn by_days(&self, connection: &mut Connection, cut: Cut, days: &[LocalDay]) -> Result<Slots, StoreError> {
        let mut slots = Slots::default();
        let Some(span) = whole(&[], days) else { return Ok(slots) };
        let organization = self.organization_id.to_string();
        for (_, at, key, sums) in kept(connection, &organization, Grain::Day, Some(cut), span)? {
            if !self.mended.contains_key(&at) {
                slots.add(at, &key, &sums);
            }
        }
        // A day in which an hour is stale is made of its hours.
        let mended = self.mended.iter().filter(|(at, _)| span.0 <= **at && **at < span.1);
        for (from, to) in mended {
            for (_, key, sums) in self.hours(connection, cut, (*from, *to))? {
                slots.add(*from, &key, &sums);
            }
        }
        Ok(slots)
    }

    fn by_hours(
        &self,
        connection: &mut Connection,
        cut: Cut,
        days: &[LocalDay],
    ) -> Result<Slots, StoreError> {
        let mut slots = Slots::default();
        let Some(span) = whole(&[], days) else { return Ok(slots) };
        for (at, key, sums) in self.hours(connection, cut, span)? {
            slots.add(at, &key, &sums);
        }
        Ok(slots)
    }

    /// The hours of a span: those that are kept, and for the stale ones what was counted.
    fn hours(
        &self,
        connection: &mut Connection,
        cut: Cut,
        span: HourSpan,
    ) -> Result<Vec<(DateTime<Utc>, String, Sums)>, StoreError> {
        let organization = self.organization_id.to_string();
        let kept = kept(connection, &organization, Grain::Hour, Some(cut), span)?;
        let standing = kept.into_iter().filter(|(_, at, ..)| !self.fresh.contains_key(at));
        let mut hours: Vec<_> = standing.map(|(_, at, key, sums)| (at, key, sums)).collect();
        for (at, by_key) in self.fresh.range(span.0..span.1) {
            let mine = by_key.iter().filter(|((of, _), _)| *of == cut);
            hours.extend(mine.map(|((_, key), sums)| (*at, key.clone(), sums.clone())));
        }
        Ok(hours)
    }
}

/// Keys that calls share, the most calls first, and whether there is more.
fn keys(
    connection: &mut Connection,
    organization_id: OrganizationId,
    cut: Cut,
    (now, before): (&Slots, &Slots),
    all_calls: u64,
) -> Result<(Vec<ReportKey>, bool), StoreError> {
    if cut == Cut::All {
        return Ok((Vec::new(), false));
    }
    let (now, mut before) = (now.together(), before.together());
    let mut sorted: Vec<(String, Sums)> = now.into_iter().collect();
    sorted.sort_by(|(one, sums), (other, others)| (others.calls, one).cmp(&(sums.calls, other)));
    let mut of_fields: BTreeMap<String, u64> = BTreeMap::new();
    for (key, sums) in sorted.iter().filter(|_| cut == Cut::Extraction) {
        *of_fields.entry(field_of(key).to_owned()).or_default() += sums.calls;
    }
    let more = sorted.len() > REPORT_KEYS_MAX;
    sorted.truncate(REPORT_KEYS_MAX);
    let ids: Vec<String> = sorted.iter().map(|(key, _)| id_of(key).to_owned()).collect();
    let names = names(connection, organization_id, cut, &ids)?;
    let fields = match cut {
        Cut::Extraction => extractions::titles(connection, organization_id)?.fields,
        _ => BTreeMap::new(),
    };
    let extracted = |key: &str| {
        let (field, value) = key.split_once('=').filter(|_| cut == Cut::Extraction)?;
        let (profile, name) = field.split_once('/')?;
        let title = fields.get(&(profile.to_owned(), name.to_owned()));
        Some((title.map_or(name, String::as_str).to_owned(), value.to_owned()))
    };
    let told = |(key, sums): (String, Sums)| ReportKey {
        name: names.get(id_of(&key)).cloned(),
        field: extracted(&key).map(|(field, _)| field),
        value: extracted(&key).map(|(_, value)| value),
        out_of: match cut {
            Cut::Extraction => of_fields.get(field_of(&key)).copied().unwrap_or_default(),
            _ => all_calls,
        },
        version: key.split_once('/').filter(|_| cut == Cut::Version).and_then(|(_, v)| v.parse().ok()),
        now: ReportFigures::from(&sums),
        before: ReportFigures::from(&before.remove(&key).unwrap_or_default()),
        key,
    };
    Ok((sorted.into_iter().map(told).collect(), more))
}

/// Of an extraction the profile with the field.
fn field_of(key: &str) -> &str {
    key.split_once('=').map_or(key, |(field, _)| field)
}

/// Of a version or an extraction its profile.
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
