//! The figures of one measurement.

use std::time::Duration;

use serde::Serialize;

use super::board::{Ends, Measured};
use super::contender::Contender;
use super::process::{CpuTime, Memory, Share};
use super::samples::Spread;

/// Above this part of its core the load itself is late, and the measured delays are its own.
const LOAD_CPU_MAX_PERCENT: f64 = 85.0;

/// Above this part of the window other programs used the load's core: the machine was not quiet.
const LOAD_WAITED_MAX_PERCENT: f64 = 5.0;

/// Figures of a number of calls at once. Durations are in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    /// The measured contender.
    #[serde(flatten)]
    pub(super) contender: Contender,
    /// Calls at once.
    pub(super) calls: u16,
    /// Number of the round, from 1.
    pub(super) round: u16,
    /// Length of the window in which all calls were up.
    pub(super) seconds: f64,
    /// Usage of the process; `None` if it was not examined.
    pub(super) process: Option<ProcessFigures>,
    /// From a caller's frame to the provider.
    pub(super) to_provider: Spread,
    /// From the provider's first audio of an answer to the caller, with the wait for the caller's tick (0 to 20 ms).
    pub(super) to_caller: Spread,
    /// How far the interval of frames at the caller is from 20 ms.
    pub(super) spacing: Spread,
    /// From the provider's report to the last frame of an interrupted answer.
    pub(super) barge_in: Spread,
    /// From the hang-up (the caller's FIN, or the bytes of `CHANNEL_HANGUP`) to the end of the provider's connection.
    pub(super) hang_up: Spread,
    /// The same to the last sound from the server.
    pub(super) sound_stop: Spread,
    /// The same to the later of both.
    pub(super) ended: Spread,
    /// From the bytes of a key's event to the server's first reaction, on ESL or at the provider.
    pub(super) key_answered: Spread,
    /// Keys to which that was a command to the switch.
    pub(super) keys_answered_by_switch: u64,
    /// From a webhook's connection to the end of its TwiML.
    pub(super) webhook_answered: Spread,
    /// Silence between two frames of one answer.
    pub(super) underruns: u64,
    /// Frames of answers that were skipped.
    pub(super) frames_lost_to_caller: u64,
    /// Callers' frames that never arrived.
    pub(super) frames_lost_to_provider: u64,
    /// Answer sound that callers got, in percent of the time of all calls.
    pub(super) heard_percent: f64,
    /// Answers that were heard.
    pub(super) answers: u64,
    /// Answers that nobody interrupted and that did not end completely.
    pub(super) answers_cut: u64,
    /// Failures.
    pub(super) failure_count: u64,
    /// The first failures.
    pub(super) failures: Vec<String>,
    /// The load itself.
    pub(super) load: LoadFigures,
}

/// Usage of the machine by a server or relay.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ProcessFigures {
    /// Processor time of the window, in percent of one core.
    pub(super) cpu_percent: f64,
    /// The same divided by the calls.
    pub(super) cpu_percent_per_call: f64,
    /// Memory before the first call, in KiB.
    pub(super) idle_rss_kib: u64,
    /// Memory at the end of the window, in KiB.
    pub(super) rss_kib: u64,
    /// The same without what is shared with others.
    pub(super) pss_kib: u64,
    /// Growth divided by the calls.
    pub(super) rss_kib_per_call: f64,
    /// Growth divided by the calls.
    pub(super) pss_kib_per_call: f64,
}

/// Usage of the load itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct LoadFigures {
    /// Time that it waited for its core, in percent of the window.
    pub(super) cpu_percent: f64,
    /// Time in percent of the window for which it had to wait for its core.
    pub(super) waited_percent: f64,
    /// How late callers' frames were sent.
    pub(super) lateness: Spread,
    /// Whether the load was the limit: latencies and spacing are then its own, too.
    pub(super) is_limit: bool,
    /// Whether something else kept the load waiting, with the same effect.
    pub(super) is_disturbed: bool,
}

/// Examinations of a process before its first call, at the beginning and at the end of the window.
#[derive(Clone, Debug)]
pub(super) struct Readings {
    pub(super) idle: Memory,
    pub(super) cpu_before: CpuTime,
    pub(super) cpu_after: CpuTime,
    pub(super) loaded: Memory,
}

impl ProcessFigures {
    /// Computes the figures of these readings for this many calls in a window of this length.
    pub(super) fn of(readings: &Readings, calls: u16, window: Duration) -> Self {
        let Readings { idle, cpu_before, cpu_after, loaded } = readings;
        let cpu_percent = percent(cpu_after.since(cpu_before).ran, window);
        let per_call = |after: u64, before: u64| (after as f64 - before as f64) / f64::from(calls);
        Self {
            cpu_percent,
            cpu_percent_per_call: cpu_percent / f64::from(calls),
            idle_rss_kib: idle.rss_kib,
            rss_kib: loaded.rss_kib,
            pss_kib: loaded.pss_kib,
            rss_kib_per_call: per_call(loaded.rss_kib, idle.rss_kib),
            pss_kib_per_call: per_call(loaded.pss_kib, idle.pss_kib),
        }
    }
}

impl LoadFigures {
    /// The figures of this share of the processor in a window of this length.
    pub(super) fn of(share: Share, window: Duration, lateness: Spread) -> Self {
        let (cpu_percent, waited_percent) = (percent(share.ran, window), percent(share.waited, window));
        Self {
            cpu_percent,
            waited_percent,
            lateness,
            is_limit: cpu_percent > LOAD_CPU_MAX_PERCENT,
            is_disturbed: waited_percent > LOAD_WAITED_MAX_PERCENT,
        }
    }
}

impl Figures {
    /// Figures of a board, with the rest.
    pub(super) fn of(
        (contender, calls, round): (Contender, u16, u16),
        window: Duration,
        (measured, ends): (&Measured, &Ends),
        process: Option<ProcessFigures>,
        load: LoadFigures,
    ) -> Self {
        Self {
            contender,
            calls,
            round,
            seconds: window.as_secs_f64(),
            process,
            to_provider: measured.to_provider.spread(),
            to_caller: measured.to_caller.spread(),
            spacing: measured.spacing.spread(),
            barge_in: measured.barge_in.spread(),
            hang_up: ends.provider_closed.spread(),
            sound_stop: ends.sound_stopped.spread(),
            ended: ends.both.spread(),
            key_answered: measured.key_answered.spread(),
            keys_answered_by_switch: measured.keys_answered_by_switch,
            webhook_answered: measured.webhook_answered.spread(),
            underruns: measured.underruns,
            frames_lost_to_caller: measured.frames_lost_to_caller,
            frames_lost_to_provider: measured.frames_lost_to_provider,
            heard_percent: percent(measured.heard, window) / f64::from(calls.max(1)),
            answers: measured.answers,
            answers_cut: measured.answers_cut,
            failure_count: measured.failure_count,
            failures: measured.failures.clone(),
            load,
        }
    }
}

/// Processor time in percent of a window.
pub(super) fn percent(cpu: Duration, window: Duration) -> f64 {
    100.0 * cpu.as_secs_f64() / window.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_says_when_its_core_was_not_enough() {
        let of = |ran_ms, waited_ms| {
            let ms = Duration::from_millis;
            let share = Share { ran: ms(ran_ms), waited: ms(waited_ms) };
            let figures = LoadFigures::of(share, Duration::from_secs(10), Spread::default());
            (figures.is_limit, figures.is_disturbed)
        };
        assert_eq!(of(8_400, 400), (false, false));
        assert_eq!(of(8_600, 400), (true, false));
        assert_eq!(of(3_000, 2_000), (false, true));
    }

    #[test]
    fn growth_is_divided_by_the_calls() {
        let readings = Readings {
            idle: Memory { rss_kib: 20_000, pss_kib: 18_000 },
            cpu_before: CpuTime::default(),
            cpu_after: CpuTime::default(),
            loaded: Memory { rss_kib: 30_000, pss_kib: 23_000 },
        };
        let figures = ProcessFigures::of(&readings, 50, Duration::from_secs(1));
        assert_eq!((figures.rss_kib_per_call, figures.pss_kib_per_call), (200.0, 100.0));
    }
}
