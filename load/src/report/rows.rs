//! The lines of the table.

use super::super::contender::CallerKind;
use super::super::figures::Figures;
use super::super::samples::Spread;

/// A line of the table: what is shown, and how two values compare.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) value: fn(&Figures) -> Option<f64>,
    pub(super) compared: Compared,
}

/// How a figure is compared with the baseline's.
#[derive(Clone, Copy)]
pub(super) enum Compared {
    /// As a quotient: processor and memory.
    Ratio,
    /// As a difference: durations, for which a quotient says little near 0.
    Difference,
}

use Compared::{Difference, Ratio};

/// All rows, in order.
pub(super) const ROWS: [Row; 43] = [
    row("CPU per call, % of a core", |it| it.process.map(|it| it.cpu_percent_per_call), Ratio),
    row("CPU of a call-second, ms", |it| it.process.map(|it| it.cpu_percent_per_call * 10.0), Ratio),
    row("CPU of all calls, % of a core", |it| it.process.map(|it| it.cpu_percent), Ratio),
    row("memory per call, KiB RSS", |it| it.process.map(|it| it.rss_kib_per_call), Ratio),
    row("memory per call, KiB PSS", |it| it.process.map(|it| it.pss_kib_per_call), Ratio),
    row("memory idle, MiB RSS", |it| it.process.map(|it| it.idle_rss_kib as f64 / 1_024.0), Ratio),
    row("to provider p50, ms", |it| of_marked(it, it.to_provider.p50_ms), Difference),
    row("to provider p99, ms", |it| of_marked(it, it.to_provider.p99_ms), Difference),
    row("to provider p99.9, ms", |it| of_marked(it, it.to_provider.p999_ms), Difference),
    row("to caller p50, ms", |it| of_marked(it, it.to_caller.p50_ms), Difference),
    row("to caller p99, ms", |it| of_marked(it, it.to_caller.p99_ms), Difference),
    row("to caller p99.9, ms", |it| of_marked(it, it.to_caller.p999_ms), Difference),
    row("spacing off 20 ms p50, ms", |it| of_marked(it, it.spacing.p50_ms), Difference),
    row("spacing off 20 ms p99, ms", |it| of_marked(it, it.spacing.p99_ms), Difference),
    row("spacing off 20 ms p99.9, ms", |it| of_marked(it, it.spacing.p999_ms), Difference),
    row("spacing off 20 ms max, ms", |it| of_marked(it, it.spacing.max_ms), Difference),
    row("barge-in stop p50, ms", |it| of_marked(it, it.barge_in.p50_ms), Difference),
    row("barge-in stop p99, ms", |it| of_marked(it, it.barge_in.p99_ms), Difference),
    row("hang-up seen p50, ms", |it| of_marked(it, it.hang_up.p50_ms), Difference),
    row("hang-up seen p99, ms", |it| of_marked(it, it.hang_up.p99_ms), Difference),
    row("hang-up seen p99.9, ms", |it| of_control(it, it.hang_up).map(|it| it.p999_ms), Difference),
    row("hang-up seen max, ms", |it| of_control(it, it.hang_up).map(|it| it.max_ms), Difference),
    row("hang-up to last sound p99, ms", |it| of_control(it, it.sound_stop).map(|it| it.p99_ms), Difference),
    row("hang-up to last sound max, ms", |it| of_control(it, it.sound_stop).map(|it| it.max_ms), Difference),
    row("hang-up to both p50, ms", |it| of_control(it, it.ended).map(|it| it.p50_ms), Difference),
    row("hang-up to both p99, ms", |it| of_control(it, it.ended).map(|it| it.p99_ms), Difference),
    row("hang-up to both p99.9, ms", |it| of_control(it, it.ended).map(|it| it.p999_ms), Difference),
    row("hang-up to both max, ms", |it| of_control(it, it.ended).map(|it| it.max_ms), Difference),
    row("key to action p50, ms", |it| of_control(it, it.key_answered).map(|it| it.p50_ms), Difference),
    row("key to action p99, ms", |it| of_control(it, it.key_answered).map(|it| it.p99_ms), Difference),
    row("key to action p99.9, ms", |it| of_control(it, it.key_answered).map(|it| it.p999_ms), Difference),
    row("key to action max, ms", |it| of_control(it, it.key_answered).map(|it| it.max_ms), Difference),
    row("keys pressed", |it| of_control(it, it.key_answered).map(|it| it.count as f64), Difference),
    row("webhook to TwiML p50, ms", |it| of_twilio(it, it.webhook_answered).map(|it| it.p50_ms), Difference),
    row("webhook to TwiML p99, ms", |it| of_twilio(it, it.webhook_answered).map(|it| it.p99_ms), Difference),
    row("webhook to TwiML max, ms", |it| of_twilio(it, it.webhook_answered).map(|it| it.max_ms), Difference),
    row("answers heard, % of the time", |it| Some(it.heard_percent), Difference),
    row("underruns", |it| of_marked(it, it.underruns as f64), Difference),
    row(
        "frames lost",
        |it| of_marked(it, (it.frames_lost_to_caller + it.frames_lost_to_provider) as f64),
        Difference,
    ),
    row("answers heard", |it| of_marked(it, it.answers as f64), Difference),
    row("failures", |it| Some((it.failure_count + it.answers_cut) as f64), Difference),
    row("CPU of the load, % of a core", |it| Some(it.load.cpu_percent), Difference),
    row("wait of the load for its core, %", |it| Some(it.load.waited_percent), Difference),
];

const fn row(name: &'static str, value: fn(&Figures) -> Option<f64>, compared: Compared) -> Row {
    Row { name, value, compared }
}

/// A figure that needs markers, which browsers' sound does not preserve.
fn of_marked(figures: &Figures, value: f64) -> Option<f64> {
    (!figures.contender.way.is_a_browser()).then_some(value)
}

/// A figure that only calls under control have.
fn of_control(figures: &Figures, spread: Spread) -> Option<Spread> {
    matches!(figures.contender.way, CallerKind::Freeswitch(_)).then_some(spread)
}

/// A figure of Twilio's calls only.
fn of_twilio(figures: &Figures, spread: Spread) -> Option<Spread> {
    (figures.contender.way == CallerKind::Twilio).then_some(spread)
}
