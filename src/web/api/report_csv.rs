//! The tables of a report as CSV files (RFC 4180).

use std::collections::BTreeMap;
use std::io;

use cordboard_schema::report::{Report, ReportFigures};

use super::csv_formulas::harmless;
use super::csv_parts::BOM;
use super::report::ReportTable;

const FIGURES: [&str; 28] = [
    "calls",
    "inbound",
    "answered",
    "contained",
    "handed_over",
    "missed",
    "open",
    "handoffs",
    "bridged",
    "waits",
    "wait_p50_ms",
    "wait_p95_ms",
    "replies",
    "reply_p50_ms",
    "reply_p95_ms",
    "talk_ms",
    "handling_ms",
    "cost_micros",
    "currency",
    "leads",
    "bookings",
    "conversations",
    "conversed_ms",
    "silent_ms",
    "interruptions",
    "settled",
    "resolved",
    "waits_20_s",
];

/// Writes the file.
pub(crate) fn written(report: &Report, table: ReportTable) -> io::Result<Vec<u8>> {
    // Names can have any characters: the mark tells a spreadsheet to read UTF-8.
    let begin: Vec<u8> = if table == ReportTable::Keys { BOM.into() } else { Vec::new() };
    let mut file = csv::Writer::from_writer(begin);
    match table {
        ReportTable::Rows => {
            file.write_record(["date", "hour", "from"].into_iter().chain(FIGURES))?;
            for row in &report.rows {
                let hour = row.hour.map_or_else(String::new, |hour| hour.to_string());
                let mut cells = vec![row.date.to_string(), hour, row.at.to_rfc3339()];
                cells.extend(figures(&row.figures, &report.currency));
                file.write_record(cells)?;
            }
        }
        ReportTable::Keys => {
            let names = ["key", "name", "version", "field", "value", "out_of"];
            file.write_record(names.into_iter().chain(FIGURES))?;
            for key in &report.keys {
                let version = key.version.map_or_else(String::new, |version| version.to_string());
                let word = |word: &Option<String>| word.clone().unwrap_or_default();
                let out_of = key.out_of.to_string();
                let named =
                    [key.key.clone(), word(&key.name), version, word(&key.field), word(&key.value), out_of];
                let mut cells: Vec<String> = named.iter().map(|cell| harmless(cell).into_owned()).collect();
                cells.extend(figures(&key.now, &report.currency));
                file.write_record(cells)?;
            }
        }
        ReportTable::Outcomes => {
            let (now, before) = (&report.now.figures.outcomes, &report.before.figures.outcomes);
            compared(&mut file, "outcome", now, before)?;
        }
        ReportTable::Failures => {
            let words = |figures: &ReportFigures| -> BTreeMap<String, u64> {
                figures.failures.iter().map(|(why, count)| (why.as_str().to_owned(), *count)).collect()
            };
            let (now, before) = (words(&report.now.figures), words(&report.before.figures));
            compared(&mut file, "failure", &now, &before)?;
        }
    }
    file.into_inner().map_err(|fault| fault.into_error())
}

fn compared(
    file: &mut csv::Writer<Vec<u8>>,
    what: &str,
    now: &BTreeMap<String, u64>,
    before: &BTreeMap<String, u64>,
) -> io::Result<()> {
    file.write_record([what, "calls", "before"])?;
    let words: std::collections::BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    for word in words {
        let count = |of: &BTreeMap<String, u64>| of.get(word).copied().unwrap_or(0).to_string();
        file.write_record([harmless(word).as_ref(), &count(now), &count(before)])?;
    }
    Ok(())
}

fn figures(figures: &ReportFigures, currency: &str) -> [String; 28] {
    let number = |number: u64| number.to_string();
    let known = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    [
        number(figures.calls),
        number(figures.inbound),
        number(figures.answered),
        number(figures.contained),
        number(figures.handed_over),
        number(figures.missed),
        number(figures.open),
        number(figures.handoffs),
        number(figures.bridged),
        number(figures.waits),
        known(figures.wait_p50_ms),
        known(figures.wait_p95_ms),
        number(figures.replies),
        known(figures.reply_p50_ms),
        known(figures.reply_p95_ms),
        known(figures.talk_ms),
        known(figures.handling_ms),
        number(figures.cost_micros),
        currency.to_owned(),
        number(figures.leads),
        number(figures.bookings),
        number(figures.conversations),
        number(figures.conversed_ms),
        number(figures.silent_ms),
        number(figures.interruptions),
        number(figures.settled),
        number(figures.resolved),
        number(figures.waits_20_s),
    ]
}
