//! Figures of a day that differ from the usual ones by more than chance.
//!
//! A day is compared with the same weekday of previous weeks, because Saturdays differ from Mondays. A figure has changed when
//! three things are true: it is outside the range of those days, the difference is large enough to matter, and, for a count or a
//! share, chance alone makes such a difference on only one day in a thousand.

use super::ReportFigures;
use crate::account::PageLanguage;

/// Number of previous weeks that are compared.
pub const USUAL_WEEKS: u32 = 4;
/// Minimum number of usual days.
const USUAL_DAYS_MIN: usize = 2;
/// A normal variable is farther than this many standard deviations from its mean once in a thousand times.
const DEVIATIONS_MIN: f64 = 3.29;
/// A share or a mean of fewer observations than this is ignored.
const OBSERVED_MIN: u64 = 30;
/// A count below this is ignored.
const COUNT_MIN: f64 = 10.0;
/// Minimum change of a count, relative to the usual count.
const COUNT_CHANGE_MIN: f64 = 0.3;
/// Minimum change of a share, where 1 is everything.
const SHARE_CHANGE_MIN: f64 = 0.05;
/// Minimum change of a mean or a median, relative to the usual one.
const LEVEL_CHANGE_MIN: f64 = 0.5;

/// A figure that is compared from day to day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchedFigure {
    /// The number of calls.
    Calls,
    /// The share of missed calls among inbound calls.
    Missed,
    /// The share of answered calls that the assistant handled alone.
    Contained,
    /// The share of hand-offs that failed.
    FailedHandoffs,
    /// The median delay of the assistant's answers, in ms.
    ReplyTime,
    /// Cost of assistants per call, in millionths of the currency.
    CostPerCall,
}

impl WatchedFigure {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Calls,
        Self::Missed,
        Self::Contained,
        Self::FailedHandoffs,
        Self::ReplyTime,
        Self::CostPerCall,
    ];

    /// Returns its name in a sentence.
    pub const fn name(self, language: PageLanguage) -> &'static str {
        use PageLanguage::{De, En, Es, Pt};
        match (self, language) {
            (Self::Calls, En) => "calls",
            (Self::Calls, De) => "Anrufe",
            (Self::Calls, Es) => "llamadas",
            (Self::Calls, Pt) => "chamadas",
            (Self::Missed, En) => "missed calls",
            (Self::Missed, De) => "verpasste Anrufe",
            (Self::Missed, Es) => "llamadas perdidas",
            (Self::Missed, Pt) => "chamadas perdidas",
            (Self::Contained, En) => "calls that the assistant handled alone",
            (Self::Contained, De) => "vom Assistenten allein erledigte Anrufe",
            (Self::Contained, Es) => "llamadas que el asistente resolvió solo",
            (Self::Contained, Pt) => "chamadas que o assistente resolveu sozinho",
            (Self::FailedHandoffs, En) => "failed hand-offs",
            (Self::FailedHandoffs, De) => "gescheiterte Übergaben",
            (Self::FailedHandoffs, Es) => "traspasos fallidos",
            (Self::FailedHandoffs, Pt) => "transferências que falharam",
            (Self::ReplyTime, En) => "reply time of the assistant",
            (Self::ReplyTime, De) => "Antwortzeit des Assistenten",
            (Self::ReplyTime, Es) => "tiempo de respuesta del asistente",
            (Self::ReplyTime, Pt) => "tempo de resposta do assistente",
            (Self::CostPerCall, En) => "cost per call",
            (Self::CostPerCall, De) => "Kosten pro Anruf",
            (Self::CostPerCall, Es) => "coste por llamada",
            (Self::CostPerCall, Pt) => "custo por chamada",
        }
    }

    /// Returns a value of it with its unit.
    pub fn shown(self, value: f64, language: PageLanguage, currency: &str) -> String {
        match self {
            Self::Calls => language.decimal(value, 0),
            Self::Missed | Self::Contained | Self::FailedHandoffs => {
                format!("{} %", language.decimal(value * 100.0, 0))
            }
            Self::ReplyTime => format!("{} s", language.decimal(value / 1_000.0, 1)),
            Self::CostPerCall => format!("{} {currency}", language.decimal(value / 1_000_000.0, 3)),
        }
    }
}

/// A figure that has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureChange {
    /// The figure.
    pub figure: WatchedFigure,
    /// Its usual value.
    pub usual: f64,
    /// Its value on the day.
    pub now: f64,
}

/// Returns the changes of a day. `usual` are the same weekdays before it, oldest first. Days before the first one with a call
/// don't count.
pub fn changes(day: &ReportFigures, usual: &[ReportFigures]) -> Vec<FigureChange> {
    let usual: Vec<&ReportFigures> = usual.iter().skip_while(|figures| figures.calls == 0).collect();
    if usual.len() < USUAL_DAYS_MIN {
        return Vec::new();
    }
    let change_of = |figure| {
        let (usual, now) = match figure {
            WatchedFigure::Calls => count(day.calls, usual.iter().map(|it| it.calls)),
            WatchedFigure::Missed => share(missed(day), usual.iter().map(|it| missed(it))),
            WatchedFigure::Contained => share(contained(day), usual.iter().map(|it| contained(it))),
            WatchedFigure::FailedHandoffs => share(failed(day), usual.iter().map(|it| failed(it))),
            WatchedFigure::ReplyTime => level(reply(day), usual.iter().map(|it| reply(it))),
            WatchedFigure::CostPerCall => level(cost(day), usual.iter().map(|it| cost(it))),
        }?;
        Some(FigureChange { figure, usual, now })
    };
    WatchedFigure::ALL.into_iter().filter_map(change_of).collect()
}

/// A part, and the total.
type Part = (u64, u64);

const fn missed(figures: &ReportFigures) -> Part {
    (figures.missed, figures.inbound)
}

const fn contained(figures: &ReportFigures) -> Part {
    (figures.contained, figures.answered)
}

const fn failed(figures: &ReportFigures) -> Part {
    (figures.handoffs.saturating_sub(figures.bridged), figures.handoffs)
}

/// Returns a mean or a median, if there are enough observations.
fn reply(figures: &ReportFigures) -> Option<f64> {
    figures.reply_p50_ms.filter(|_| figures.replies >= OBSERVED_MIN).map(float)
}

fn cost(figures: &ReportFigures) -> Option<f64> {
    (figures.answered >= OBSERVED_MIN).then(|| float(figures.cost_micros) / float(figures.answered))
}

/// Returns the usual value and the day's, if the count has changed.
fn count(day: u64, usual: impl Iterator<Item = u64>) -> Option<(f64, f64)> {
    let (now, days) = (float(day), usual.map(float).collect::<Vec<_>>());
    let number = days.len() as f64;
    let mean = days.iter().sum::<f64>() / number;
    let spread = days.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (number - 1.0).max(1.0);
    // Calls that arrive independently of each other have a variance as large as their mean; the mean itself is known from a few
    // days only.
    let deviation = (spread.max(mean) * (1.0 + 1.0 / number)).sqrt();
    let change = (now - mean).abs();
    let is_changed = is_outside(now, &days)
        && now.max(mean) >= COUNT_MIN
        && change >= COUNT_CHANGE_MIN * mean
        && change >= DEVIATIONS_MIN * deviation;
    is_changed.then_some((mean, now))
}

/// Returns the usual value and the day's, if the share has changed.
fn share((part, of): Part, usual: impl Iterator<Item = Part>) -> Option<(f64, f64)> {
    let parts: Vec<Part> = usual.filter(|(_, of)| *of > 0).collect();
    let (usual_part, usual_of) =
        parts.iter().fold((0, 0), |(part, of), (its_part, its_of)| (part + its_part, of + its_of));
    if of < OBSERVED_MIN || usual_of < OBSERVED_MIN {
        return None;
    }
    let (now, before) = (float(part) / float(of), float(usual_part) / float(usual_of));
    let days: Vec<f64> = parts.iter().map(|(part, of)| float(*part) / float(*of)).collect();
    let both = float(part + usual_part) / float(of + usual_of);
    let deviation = (both * (1.0 - both) * (1.0 / float(of) + 1.0 / float(usual_of))).sqrt();
    let change = (now - before).abs();
    let is_changed = is_outside(now, &days)
        && change >= SHARE_CHANGE_MIN
        && deviation > 0.0
        && change >= DEVIATIONS_MIN * deviation;
    is_changed.then_some((before, now))
}

/// Returns the usual value and the day's, if the level has changed.
fn level(day: Option<f64>, usual: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let (now, days) = (day?, usual.flatten().collect::<Vec<_>>());
    if days.len() < USUAL_DAYS_MIN {
        return None;
    }
    let mean = days.iter().sum::<f64>() / days.len() as f64;
    (is_outside(now, &days) && (now - mean).abs() >= LEVEL_CHANGE_MIN * mean).then_some((mean, now))
}

/// Whether a value is lower or higher than on any of these days.
fn is_outside(value: f64, days: &[f64]) -> bool {
    days.iter().all(|day| value > *day) || days.iter().all(|day| value < *day)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a day are far below 2^52")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a day with this many inbound calls, all answered, and these numbers of missed calls, contained calls, hand-offs
    /// and failed hand-offs. Reply time and cost are the same for all calls.
    fn day(calls: u64, missed: u64, contained: u64, handoffs: (u64, u64)) -> ReportFigures {
        ReportFigures {
            calls,
            inbound: calls,
            answered: calls - missed,
            missed,
            contained,
            handoffs: handoffs.0,
            bridged: handoffs.0 - handoffs.1,
            replies: calls * 5,
            reply_p50_ms: (calls > 0).then_some(900),
            cost_micros: (calls - missed) * 40_000,
            ..ReportFigures::default()
        }
    }

    fn usual() -> [ReportFigures; 4] {
        [
            day(100, 5, 60, (35, 3)),
            day(110, 7, 70, (36, 2)),
            day(96, 4, 61, (31, 3)),
            day(104, 6, 66, (34, 4)),
        ]
    }

    fn changed_figures(day: &ReportFigures, usual: &[ReportFigures]) -> Vec<String> {
        let shown = |FigureChange { figure, usual, now }: FigureChange| {
            let value = |value| figure.shown(value, PageLanguage::En, "EUR");
            format!("{}: {}, usually {}", figure.name(PageLanguage::En), value(now), value(usual))
        };
        changes(day, usual).into_iter().map(shown).collect()
    }

    #[test]
    fn each_figure_that_changes_is_named_with_its_usual_value() {
        let slow = ReportFigures { reply_p50_ms: Some(2_400), ..day(103, 6, 65, (33, 3)) };
        let dear = ReportFigures { cost_micros: 9_700_000, ..day(103, 6, 65, (33, 3)) };
        for (day, expected) in [
            (day(103, 6, 65, (33, 3)), vec![]),
            (day(210, 12, 130, (70, 7)), vec!["calls: 210, usually 102"]),
            (day(40, 2, 25, (13, 1)), vec!["calls: 40, usually 102"]),
            (day(0, 0, 0, (0, 0)), vec!["calls: 0, usually 102"]),
            (day(100, 30, 43, (24, 2)), vec!["missed calls: 30 %, usually 5 %"]),
            (day(100, 5, 20, (70, 7)), vec!["calls that the assistant handled alone: 21 %, usually 66 %"]),
            (day(103, 6, 65, (33, 20)), vec!["failed hand-offs: 61 %, usually 9 %"]),
            (slow, vec!["reply time of the assistant: 2.4 s, usually 0.9 s"]),
            (dear, vec!["cost per call: 0.100 EUR, usually 0.040 EUR"]),
        ] {
            assert_eq!(changed_figures(&day, &usual()), expected, "{day:?}");
        }
    }

    #[test]
    fn few_calls_or_few_days_show_no_change() {
        let few = [day(6, 0, 4, (1, 0)), day(4, 1, 2, (1, 1)), day(5, 0, 3, (2, 0)), day(3, 0, 2, (1, 0))];
        assert_eq!(changed_figures(&day(9, 6, 0, (3, 3)), &few), [""; 0]);
        let nothing = || day(0, 0, 0, (0, 0));
        // Its first calls were a week ago: the days before do not count as usual.
        let new = [nothing(), nothing(), nothing(), day(100, 5, 60, (35, 3))];
        assert_eq!(changed_figures(&day(300, 90, 60, (35, 3)), &new), [""; 0]);
        assert_eq!(changed_figures(&day(300, 90, 60, (35, 3)), &[]), [""; 0]);
        // With a day off among the usual days, a quiet day is usual.
        let with_day_off =
            [day(100, 5, 60, (35, 3)), nothing(), day(96, 4, 61, (31, 3)), day(104, 6, 66, (34, 4))];
        assert_eq!(changed_figures(&nothing(), &with_day_off), [""; 0]);
    }

    /// Returns how many of `of` come true with this probability, by a pseudo-random number generator (Knuth's MMIX).
    fn drawn(seed: &mut u64, of: u64, percent: u64) -> u64 {
        let mut hits = 0;
        for _ in 0..of {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            hits += u64::from((*seed >> 33) % 100 < percent);
        }
        hits
    }

    #[test]
    fn chance_is_rarely_taken_for_a_change() {
        let mut seed = 1;
        let mut random = || {
            let calls = drawn(&mut seed, 400, 25);
            let missed = drawn(&mut seed, calls, 8);
            let contained = drawn(&mut seed, calls - missed, 60);
            let handoffs = calls - missed - contained;
            let failed = drawn(&mut seed, handoffs, 15);
            day(calls, missed, contained, (handoffs, failed))
        };
        let days: Vec<ReportFigures> = (0..3_000).map(|_| random()).collect();
        let false_alarms = days.windows(5).filter(|five| !changes(&five[4], &five[..4]).is_empty()).count();
        // Four figures of each day are judged at one in a thousand: about 12 false alarms are expected.
        assert!(false_alarms <= 24, "{false_alarms} of 3,000 days");
    }
}
