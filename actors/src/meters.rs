//! The figures of a node: counters and histograms that calls, legs and assistants write and `/metrics` shows.
//!
//! Calls are counted from their journals as those are written ([`call`](self)); audio is counted where it passes.
//! Nothing here decides anything, and no machine knows about it. `docs/metrics.md` lists all figures.

mod call;
mod spread;
mod switch;
mod tally;
mod voices;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::voice_chain::VoiceName;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::{Registry, Unit};
use serde::Serialize;

pub use self::call::AssistantMeter;
pub(crate) use self::call::CallMeter;
use self::spread::{LONG_US, SHORT_US, Spread, WAY_US};
pub use self::switch::{SwitchFigures, SwitchMeter};
use self::tally::Tally;
use self::voices::{CircuitsOpen, Switches};
use crate::media::EarCounters;

/// The figures of a node. Clones share the same figures.
#[derive(Clone, Debug, Default)]
pub struct Meters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    calls_started: AtomicU64,
    calls_answered: AtomicU64,
    calls_ended: Tally,
    calls_reborn: AtomicU64,
    legs_left: Tally,
    line_packets: Tally,
    line_concealed_ms: AtomicU64,
    line_jitter: Spread,
    line_round_trip: Spread,
    barge_ins: AtomicU64,
    tools: Tally,
    effects_failed: Tally,
    provider_failures: Tally,
    provider_interruptions: Tally,
    provider_reconnects: AtomicU64,
    assistants_replaced: Tally,
    voice_switches: Switches,
    circuits_open: CircuitsOpen,
    assistants_tried: AtomicU64,
    assistants_returned: AtomicU64,
    assistants_given_up: Tally,
    /// Everything that failed, by cause, as one list for people.
    failures: Tally,
    underruns: AtomicU64,
    pieces_dropped: Tally,
    ticks_dropped: AtomicU64,
    lane_wait: Spread,
    tick_late: Spread,
    barge_in: Spread,
    first_audio: ByProvider,
    round_trip: ByProvider,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            calls_started: AtomicU64::new(0),
            calls_answered: AtomicU64::new(0),
            calls_ended: Tally::by("cause"),
            calls_reborn: AtomicU64::new(0),
            legs_left: Tally::by("how"),
            line_packets: Tally::by("fate"),
            line_concealed_ms: AtomicU64::new(0),
            line_jitter: Spread::new(WAY_US),
            line_round_trip: Spread::new(WAY_US),
            barge_ins: AtomicU64::new(0),
            tools: Tally::by("outcome"),
            effects_failed: Tally::by("effect"),
            provider_failures: Tally::by("failure"),
            provider_interruptions: Tally::by("failure"),
            provider_reconnects: AtomicU64::new(0),
            assistants_replaced: Tally::by("failure"),
            voice_switches: Switches::default(),
            circuits_open: CircuitsOpen::default(),
            assistants_tried: AtomicU64::new(0),
            assistants_returned: AtomicU64::new(0),
            assistants_given_up: Tally::by("failure"),
            failures: Tally::by("cause"),
            underruns: AtomicU64::new(0),
            pieces_dropped: Tally::by("why"),
            ticks_dropped: AtomicU64::new(0),
            lane_wait: Spread::new(SHORT_US),
            tick_late: Spread::new(SHORT_US),
            barge_in: Spread::new(SHORT_US),
            first_audio: ByProvider::of(LONG_US),
            round_trip: ByProvider::of(WAY_US),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The string to which serde serializes a plain enum.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "other".to_owned(),
    }
}

impl Meters {
    /// Records how late a leg's clock woke its writer for a tick.
    pub(crate) fn tick_late(&self, late: Duration) {
        self.0.tick_late.observe(late);
    }

    /// Counts the losses of an ear since `before`, and updates `before`; and the ticks that its clock skipped.
    pub(crate) fn ear(&self, before: &mut EarCounters, now: EarCounters) {
        if *before == now {
            return;
        }
        self.0.underruns.fetch_add(now.underruns - before.underruns, Ordering::Relaxed);
        let dropped = &self.0.pieces_dropped;
        for (why, more) in [
            ("live_too_old", now.live_pieces_dropped - before.live_pieces_dropped),
            ("lane_full", now.item_pieces_refused - before.item_pieces_refused),
            ("after_its_end", now.late_pieces - before.late_pieces),
        ] {
            if more > 0 {
                dropped.count_more(why, more);
            }
        }
        *before = now;
    }

    /// Sets how many accounts at a provider are passed over now.
    pub(crate) fn circuits_open(&self, voice: VoiceName, open: u64) {
        self.0.circuits_open.set(voice, open);
    }

    /// Counts ticks that a leg's clock skipped because it was woken too late for them.
    pub(crate) fn ticks_dropped(&self, ticks: u64) {
        self.0.ticks_dropped.fetch_add(ticks, Ordering::Relaxed);
    }

    /// Everything that failed since the start, by cause, sorted by cause.
    pub fn failures(&self) -> Vec<(String, u64)> {
        self.0.failures.all()
    }

    /// Adds the present figures to a registry that is created for one answer.
    pub fn register(&self, registry: &mut Registry) {
        let Self(meters) = self;
        let counters = [
            ("calls_started", "Calls that began", &meters.calls_started),
            ("calls_answered", "Calls whose caller was connected", &meters.calls_answered),
            ("calls_reborn", "Actors of calls that died and were restarted", &meters.calls_reborn),
            ("barge_ins", "Times that a caller interrupted the assistant", &meters.barge_ins),
            ("provider_reconnects", "Reconnects to a provider within a call", &meters.provider_reconnects),
            (
                "assistants_tried",
                "Attempts to return from the built-in assistant to a configured one",
                &meters.assistants_tried,
            ),
            (
                "assistants_returned",
                "Configured assistants that took over again from the built-in one",
                &meters.assistants_returned,
            ),
            (
                "line_concealed_milliseconds",
                "Sound of parties that was concealed because their packets did not arrive in time",
                &meters.line_concealed_ms,
            ),
            ("underruns", "Times that an utterance ran dry before its end", &meters.underruns),
            (
                "ticks_dropped",
                "Ticks of 20 ms that were skipped because the process was late",
                &meters.ticks_dropped,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, ConstCounter::new(counter.load(Ordering::Relaxed)));
        }
        registry.register(
            "voice_switches",
            "Voices of chains that another voice replaced, by both voices and by reason",
            Shown { meters: self.clone(), pick: |meters| &meters.voice_switches },
        );
        registry.register(
            "voice_circuit_open",
            "Accounts at a provider that chains of voices skip now",
            Shown { meters: self.clone(), pick: |meters| &meters.circuits_open },
        );
        self.register_tallies(registry);
        self.register_spreads(registry);
    }

    fn register_tallies(&self, registry: &mut Registry) {
        type Pick = fn(&Inner) -> &Tally;
        let tallies: [(&str, &str, Pick); 11] = [
            ("calls_ended", "Calls that ended, by cause", |meters| &meters.calls_ended),
            ("legs_left", "Connections of parties that ended, by way of ending", |meters| &meters.legs_left),
            ("line_packets", "Packets of parties' sound on measured connections, by outcome", |meters| {
                &meters.line_packets
            }),
            ("tools", "Tools that ended, by outcome", |meters| &meters.tools),
            ("effects_failed", "Effects of calls that could not be carried out", |meters| {
                &meters.effects_failed
            }),
            ("provider_failures", "Assistants that could not go on, by reason", |meters| {
                &meters.provider_failures
            }),
            ("provider_interruptions", "Connections to a provider that were lost, by reason", |meters| {
                &meters.provider_interruptions
            }),
            ("assistants_replaced", "Assistants that were replaced by another one, by reason", |meters| {
                &meters.assistants_replaced
            }),
            (
                "assistants_given_up",
                "Configured assistants that are not tried again on their call, by reason",
                |meters| &meters.assistants_given_up,
            ),
            ("failures", "Everything that failed, by cause", |meters| &meters.failures),
            ("audio_pieces_dropped", "Pieces of audio that were not heard, by reason", |meters| {
                &meters.pieces_dropped
            }),
        ];
        for (name, help, pick) in tallies {
            registry.register(name, help, Shown { meters: self.clone(), pick });
        }
    }

    fn register_spreads(&self, registry: &mut Registry) {
        type Pick = fn(&Inner) -> &Spread;
        let spreads: [(&str, &str, Pick); 5] = [
            ("audio_wait", "How long a caller's audio waited until the provider took it", |meters| {
                &meters.lane_wait
            }),
            ("tick_lateness", "How late a leg's clock was woken for its ticks of 20 ms", |meters| {
                &meters.tick_late
            }),
            ("line_jitter", "The greatest jitter of each measured connection of a party", |meters| {
                &meters.line_jitter
            }),
            ("line_round_trip", "Round-trip time to a party, on measured connections", |meters| {
                &meters.line_round_trip
            }),
            ("barge_in", "From hearing the caller speak to silence of the assistant", |meters| {
                &meters.barge_in
            }),
        ];
        for (name, help, pick) in spreads {
            registry.register_with_unit(name, help, Unit::Seconds, Shown { meters: self.clone(), pick });
        }
        type PickByProvider = fn(&Inner) -> &ByProvider;
        let by_provider: [(&str, &str, PickByProvider); 2] = [
            (
                "first_audio",
                "From the end of a caller's speech to the beginning of the answer, by provider",
                |meters| &meters.first_audio,
            ),
            (
                "provider_round_trip",
                "Round-trip time between a provider and this node, as the provider measures it, by provider",
                |meters| &meters.round_trip,
            ),
        ];
        for (name, help, pick) in by_provider {
            registry.register_with_unit(name, help, Unit::Seconds, Shown { meters: self.clone(), pick });
        }
    }
}

/// One histogram for each provider; there are as many providers as the configuration can name.
#[derive(Debug)]
struct ByProvider {
    bounds_us: &'static [u64],
    spreads: Mutex<BTreeMap<String, Spread>>,
}

impl ByProvider {
    fn of(bounds_us: &'static [u64]) -> Self {
        Self { bounds_us, spreads: Mutex::default() }
    }

    fn observe(&self, provider: &str, took: Duration) {
        let mut spreads = self.spreads.lock().unwrap_or_else(PoisonError::into_inner);
        let spread = spreads.entry(provider.to_owned()).or_insert_with(|| Spread::new(self.bounds_us));
        spread.observe(took);
    }
}

impl EncodeMetric for ByProvider {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (provider, spread) in &*self.spreads.lock().unwrap_or_else(PoisonError::into_inner) {
            spread.encode(encoder.encode_family(&[("provider", provider.as_str())])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// One figure, in a registry.
#[derive(Debug)]
struct Shown<M> {
    meters: Meters,
    pick: fn(&Inner) -> &M,
}

impl<M: EncodeMetric> EncodeMetric for Shown<M> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        (self.pick)(&self.meters.0).encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        (self.pick)(&self.meters.0).metric_type()
    }
}
