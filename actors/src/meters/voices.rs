//! Figures of chains of voices.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The voice that takes over, or the built-in assistant.
type Who = Option<VoiceName>;

/// How often one voice replaced another, by both voices and by the reason. The number of entries is limited by the
/// number of voices and failures.
#[derive(Debug, Default)]
pub(super) struct Switches(Mutex<BTreeMap<(VoiceName, Who, ProviderFailure), u64>>);

impl Switches {
    pub(super) fn count(&self, from: VoiceName, to: Who, failure: ProviderFailure) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((from, to, failure)).or_default() += 1;
    }
}

impl EncodeMetric for Switches {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for ((from, to, failure), count) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let to = to.as_ref().map_or("builtin", VoiceName::as_str);
            let labels = [("from", from.as_str()), ("to", to), ("reason", failure.as_str())];
            encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(count, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

/// Number of open circuits, by provider.
#[derive(Debug, Default)]
pub(super) struct CircuitsOpen(Mutex<BTreeMap<VoiceName, u64>>);

impl CircuitsOpen {
    pub(super) fn set(&self, voice: VoiceName, open: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(voice, open);
    }
}

impl EncodeMetric for CircuitsOpen {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (voice, open) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let open = i64::try_from(*open).unwrap_or(i64::MAX);
            encoder.encode_family(&[("provider", voice.as_str())])?.encode_gauge(&open)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}
