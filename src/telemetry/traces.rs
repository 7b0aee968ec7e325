//! Traces of calls, sent by OTLP over HTTP as protobuf: `call`, with the children `leg`, `assistant`, `response` and `tool`.
//!
//! A separate thread of the exporter collects ended spans and sends them every few seconds. An unreachable collector costs spans, never a call.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_schema::limits::TRACES_ANSWER_BYTES_MAX;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{info, warn};

use super::TelemetryError;
use crate::config::BaseUrl;

/// Path that the protocol adds to the configured endpoint.
const TRACES_PATH: &str = "/v1/traces";

/// How long a collector may take for one delivery.
const DELIVERY_WAIT: Duration = Duration::from_secs(5);

/// How long the end of the program waits for the last delivery.
const LAST_DELIVERY_WAIT: Duration = Duration::from_secs(5);

/// Exporter of the spans. Dropping it delivers the rest.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts the exporter.
    pub(super) fn open(endpoint: &BaseUrl) -> Result<Self, TelemetryError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Deliveries::new())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.joined(TRACES_PATH))
            .build()
            .map_err(|error| TelemetryError::NoTraces(error.to_string()))?;
        let program = Resource::builder()
            .with_service_name("cordboard")
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(program.build()).build();
        Ok(Self(provider))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.0.tracer("cordboard")
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_DELIVERY_WAIT) {
            warn!(%error, "the last traces could not be delivered");
        }
    }
}

/// The exporter's HTTP client. It blocks, on the exporter's own thread.
struct Deliveries {
    agent: ureq::Agent,
    /// Whether the last delivery failed. Only changes are logged.
    failing: AtomicBool,
}

impl Deliveries {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(DELIVERY_WAIT))
            .http_status_as_error(false)
            .max_redirects(0);
        Self { agent: config.build().new_agent(), failing: AtomicBool::new(false) }
    }

    fn deliver(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut answer = self.agent.run(request.map(|spans| spans.to_vec()))?;
        let body = answer.body_mut().with_config().limit(TRACES_ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(answer.map(|_| body.into()))
    }

    fn record_outcome(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let fault = match outcome {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the collector answered {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.failing.swap(fault.is_some(), Ordering::Relaxed);
        match fault {
            Some(error) if !was_failing => {
                warn!(error, "traces are lost: `otel.endpoint` does not accept them");
            }
            None if was_failing => info!("traces are accepted again"),
            _ => {}
        }
    }
}

impl HttpClient for Deliveries {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        let outcome = self.deliver(request);
        self.record_outcome(&outcome);
        Box::pin(ready(outcome))
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deliveries")
    }
}
