//! Days of a zone in SQL, so that one query counts many days.

use cordboard_schema::dashboard::LocalDay;

/// SQL for the position among `days` of the day of a time in `column`. The time must be in one of them, and they must be consecutive. The SQL is a
/// binary search: a time in 31 days is compared five times. The begins of the days are literals in the format in which SQLite stores times and
/// PostgreSQL reads them.
pub(super) fn place_among(days: &[LocalDay], column: &str) -> String {
    format!("CAST({} AS BIGINT)", halved(days, 0, column))
}

/// The same for a part of the days, with `before` days before it.
fn halved(days: &[LocalDay], before: usize, column: &str) -> String {
    let (earlier, later) = days.split_at(days.len() / 2);
    match later.first() {
        Some(first) if !earlier.is_empty() => format!(
            "CASE WHEN {column} < '{}' THEN {} ELSE {} END",
            first.span.0.naive_utc().format("%F %T%.f"),
            halved(earlier, before, column),
            halved(later, before + earlier.len(), column),
        ),
        _ => before.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use cordboard_schema::dashboard::local_days;

    use super::*;

    fn days(from: &str, to: &str) -> Vec<LocalDay> {
        local_days(Tz::UTC, from.parse().unwrap(), to.parse().unwrap()).collect()
    }

    #[test]
    fn a_day_is_found_by_binary_search() {
        assert_eq!(place_among(&days("2026-11-20", "2026-11-20"), "at"), "CAST(0 AS BIGINT)");
        assert_eq!(
            place_among(&days("2026-11-20", "2026-11-22"), "at"),
            "CAST(CASE WHEN at < '2026-11-21 00:00:00' THEN 0 ELSE \
             CASE WHEN at < '2026-11-22 00:00:00' THEN 1 ELSE 2 END END AS BIGINT)"
        );
        let quarter = place_among(&days("2026-09-01", "2026-12-01"), "at");
        assert_eq!(quarter.matches("CASE").count(), 91);
        assert!(quarter.ends_with("THEN 90 ELSE 91 END END END END END END END AS BIGINT)"), "{quarter}");
    }
}
