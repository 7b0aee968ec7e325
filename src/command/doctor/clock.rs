//! Checks whether the time is right, and whether the clock runs steadily.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Datelike, Utc};

use super::Check;
use super::folders::FileClock;

/// Plausible current years. A machine without a battery starts in 1970 or at its image's date.
const YEARS: std::ops::RangeInclusive<i32> = 2025..=2099;

/// How long the two clocks are compared.
const COMPARISON: Duration = Duration::from_millis(250);

/// How far they may diverge in that time. Time services slew by 0.05 %, so more than this is a step.
const DRIFT_MAX: Duration = Duration::from_millis(20);

/// How far a file's time may be from the machine's. If it is further, the file server has another time.
const FILE_TIME_MAX: Duration = Duration::from_secs(2);

const FIX: &str = "have a time service set the clock (`timedatectl set-ntp true`)";

pub(super) fn examine(file_clock: Option<FileClock>) -> Vec<Check> {
    let (wall, monotonic) = (SystemTime::now(), Instant::now());
    thread::sleep(COMPARISON);
    // A wall clock that went backwards counts as not having moved.
    let wall_elapsed = wall.elapsed().unwrap_or(Duration::ZERO);
    let mut checks = vec![judge_year(wall.into()), judge_drift(wall_elapsed, monotonic.elapsed())];
    checks.extend(file_clock.map(judge_file_time));
    checks
}

fn judge_year(now: DateTime<Utc>) -> Check {
    let found = format!("{} UTC", now.format("%Y-%m-%d %H:%M:%S"));
    if YEARS.contains(&now.year()) {
        Check::good("clock", found)
    } else {
        Check::bad("clock", found, FIX.to_owned())
    }
}

fn judge_drift(wall: Duration, monotonic: Duration) -> Check {
    let apart = wall.abs_diff(monotonic);
    let found = format!("{} ms apart after {} ms", apart.as_millis(), monotonic.as_millis());
    if apart <= DRIFT_MAX {
        Check::good("clock's pace", found)
    } else {
        let fix = "let only one program set the clock (a time service or the hypervisor)".to_owned();
        Check::bad("clock's pace", found, fix)
    }
}

fn judge_file_time(clock: FileClock) -> Check {
    let FileClock { file_time, written_at } = clock;
    let apart = file_time.duration_since(written_at).unwrap_or_else(|error| error.duration());
    let found = format!("{:.1} s apart from the clock", apart.as_secs_f64());
    if apart <= FILE_TIME_MAX {
        Check::good("file times", found)
    } else {
        let fix = "set the time on the file server of data_dir, or set data_dir to a local disk".to_owned();
        Check::bad("file times", found, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_implausible_year_is_bad() {
        assert!(judge_year(at("1970-01-01T00:00:07Z")).is_bad());
        assert!(judge_year(at("2106-02-07T06:28:15Z")).is_bad());
        assert!(!judge_year(at("2026-03-01T12:00:00Z")).is_bad());
    }

    #[test]
    fn a_wall_clock_that_is_stepped_is_bad() {
        let ms = Duration::from_millis;
        assert!(!judge_drift(ms(251), ms(250)).is_bad());
        assert!(judge_drift(ms(1250), ms(250)).is_bad());
        assert!(judge_drift(Duration::ZERO, ms(250)).is_bad());
    }

    #[test]
    fn a_file_server_with_another_time_is_bad() {
        let written_at = SystemTime::from(at("2026-03-01T12:00:00Z"));
        let clock = |file_time| FileClock { file_time, written_at };
        assert!(!judge_file_time(clock(written_at - Duration::from_millis(4))).is_bad());
        assert!(judge_file_time(clock(written_at - Duration::from_secs(60))).is_bad());
        assert!(judge_file_time(clock(written_at + Duration::from_secs(60))).is_bad());
    }
}
