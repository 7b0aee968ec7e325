//! Dates as events write them, in UTC.

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

struct Civil {
    year: u64,
    month: u64,
    day: u64,
    seconds: u64,
}

/// The date of a day, by the usual arithmetic with years that begin in March.
fn civil(us: u64) -> Civil {
    let seconds = us / 1_000_000;
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Civil { year: year_of_era + era * 400 + u64::from(month <= 2), month, day, seconds }
}

/// `2026-11-20 06:49:37`.
pub(super) fn local(us: u64) -> String {
    let Civil { year, month, day, seconds } = civil(us);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// `Fri, 20 Nov 2026 06:49:37 GMT`.
pub(super) fn gmt(us: u64) -> String {
    let Civil { year, month, day, seconds } = civil(us);
    let weekday = DAYS[usize::try_from(seconds / 86_400 % 7).unwrap_or(0)];
    let name = MONTHS[usize::try_from(month - 1).unwrap_or(0).min(11)];
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {name} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_capture() {
        let us = 1_795_157_377_854_875;
        assert_eq!(local(us), "2026-11-20 06:49:37");
        assert_eq!(gmt(us), "Fri, 20 Nov 2026 06:49:37 GMT");
        assert_eq!(local(951_782_400_000_000), "2000-02-29 00:00:00");
    }
}
