//! The figures of a simulated campaign, as a table.

use std::fmt::Write as _;

use cordboard_campaigns::attempt::{OUTCOMES, Outcome};
use cordboard_campaigns::retries::{ENDS, End};
use cordboard_campaigns::simulation::{PeopleReport, Plan, Report};
use cordboard_schema::time::UnixMs;

use cordboard_terminal::Table;

/// Prices of a minute of talk.
pub(super) struct Prices {
    pub(super) assistant: f64,
    pub(super) line: f64,
}

impl Prices {
    /// Returns the cost of this much talk.
    #[expect(clippy::cast_precision_loss, reason = "shown to the cent")]
    pub(super) fn of(&self, talked_ms: u64) -> f64 {
        let minutes = talked_ms as f64 / 60_000.0;
        (minutes * (self.assistant + self.line) * 100.0).round() / 100.0
    }
}

/// Formats a number with commas between its thousands.
fn commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Figures of the people who talked.
fn of_people(people: &PeopleReport) -> [(&'static str, String); 5] {
    let mean_ms = people.waited_ms.checked_div(people.taken).unwrap_or(0);
    let worst = f64::from(people.abandoned_permille_max) / 10.0;
    [
        ("agents", commas(people.agents.into())),
        ("taken by agents", commas(people.taken)),
        ("agents busy", format!("{:.1} %", people.occupancy_percent())),
        ("callees waited, mean and most", format!("{mean_ms} ms, {} ms", people.waited_ms_max)),
        ("abandoned, worst 24 h", format!("{worst:.1} % (of {} live calls and more)", people.answers_min)),
    ]
}

/// The whole table.
pub(super) fn table(plan: &Plan, report: &Report, prices: &Prices) -> String {
    let time = |at: Option<UnixMs>| at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339());
    let contacts = count(report.contacts);
    let mut text = format!("{} contacts, seed {}; nobody was called\n\n", commas(contacts), plan.seed);
    let mut figures = Table::titled(["FIGURE", "VALUE"]);
    let span_ms = match (report.first_call_at, report.last_end_at) {
        (Some(first), Some(last)) => last.ms_since(first),
        _ => 0,
    };
    let cost = prices.of(report.talked_ms);
    for (name, value) in [
        ("first call", time(report.first_call_at)),
        ("last call ends", time(report.last_end_at)),
        ("hours from first to last", commas(span_ms.div_ceil(3_600_000))),
        ("hours with calls", commas(count(report.calling_hours()))),
        ("calls", commas(report.calls)),
        ("lines needed", commas(report.lines.into())),
        ("abandoned", format!("{:.1} %", report.abandoned_percent())),
        ("minutes of talk", commas(report.talked_ms.div_ceil(60_000))),
        ("cost", format!("{cost:.2}")),
    ] {
        figures.push([name.to_owned(), value]);
    }
    for (name, value) in report.people.as_ref().map(of_people).into_iter().flatten() {
        figures.push([name.to_owned(), value]);
    }
    let mut outcomes = Table::titled(["CALLS BY OUTCOME", "CALLS", "SHARE"]);
    for outcome in OUTCOMES.into_iter().filter(|outcome| *outcome != Outcome::NotDialled) {
        let calls = report.of(outcome);
        outcomes.push([outcome.as_str().to_owned(), commas(calls), percent(calls, report.calls)]);
    }
    let mut ends = Table::titled(["CONTACTS BY END", "CONTACTS", "SHARE"]);
    for end in ENDS {
        let of_end = report.ends.get(&end).copied().unwrap_or(0);
        ends.push([end.as_str().to_owned(), commas(of_end), percent(of_end, contacts)]);
    }
    ends.push(["open".to_owned(), commas(count(report.left)), percent(count(report.left), contacts)]);
    let _ = write!(text, "{figures}\n{outcomes}\n{ends}");
    text
}

/// Compares a campaign whose retries wait for the best hour with the same campaign without that.
pub(super) fn best_hour_table(with: &Report, without: &Report) -> String {
    let both = [with, without];
    let row = |name: &str, of: &dyn Fn(&Report) -> String| {
        let [with, without] = both.map(of);
        [name.to_owned(), with, without]
    };
    let reached = |report: &Report| report.ends.get(&End::Reached).copied().unwrap_or_default();
    let mut table = Table::titled(["BEST HOUR", "WITH", "WITHOUT"]);
    table.push(row("contacts reached", &|report: &Report| commas(reached(report))));
    table.push(row("calls", &|report: &Report| commas(report.calls)));
    table.push(row("calls that were answered", &|report| percent(report.of(Outcome::Talked), report.calls)));
    table.push(row("last call ends", &|report: &Report| {
        report.last_end_at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339())
    }));
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(commas(number), text);
        }
        assert_eq!((percent(1, 3), percent(0, 0)), ("33.3 %".to_owned(), "-".to_owned()));
        let prices = Prices { assistant: 0.06, line: 0.01 };
        assert!((prices.of(600_000) - 0.7).abs() < f64::EPSILON);
    }
}
