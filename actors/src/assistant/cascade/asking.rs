//! A request to a service over HTTP, with one retry.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Response};
use tokio::time::{sleep, timeout};

use super::services::HttpService;
use crate::assistant::remote::{Loss, Retry};

/// Attempts, as long as no part of the answer has arrived.
const ATTEMPTS: u32 = 2;

/// See the module's description.
pub(super) struct Asking {
    client: Client,
    pub(super) service: HttpService,
    path: &'static str,
    /// The request's JSON.
    body: String,
    /// Longest silence of the service.
    silence: Duration,
    /// Pause between two attempts.
    retry_after: Duration,
    attempt: u32,
}

impl Asking {
    /// Returns the first attempt at a request, with a JSON body. The service may be silent for `silence` at most.
    pub(super) fn new(
        (client, service): (Client, HttpService),
        (path, body): (&'static str, String),
        silence: Duration,
        retry_after: Duration,
    ) -> Self {
        Self { client, service, path, body, silence, retry_after, attempt: 1 }
    }

    /// Sends the request, and waits for the head of the answer.
    ///
    /// # Errors
    /// No answer arrives in time, or the service refuses.
    pub(super) async fn ask(&self) -> Result<Response, Loss> {
        let body = ("application/json".to_owned(), self.body.clone().into_bytes());
        self.service.post(&self.client, self.path, body, self.silence).await
    }

    /// Waits for the next chunk of the answer; `None` at its end.
    ///
    /// # Errors
    /// No chunk arrives in time, or the answer breaks off.
    pub(super) async fn piece(&self, response: &mut Response) -> Result<Option<Bytes>, Loss> {
        let read = timeout(self.silence, response.chunk()).await;
        read.map_err(|_| self.service.stalled(self.silence))?.map_err(|error| self.service.broken(&error))
    }

    /// Returns another attempt, after a pause, if one is worthwhile.
    ///
    /// # Errors
    /// The loss itself, if another attempt is not worthwhile.
    pub(super) async fn again(self, loss: Loss) -> Result<Self, Loss> {
        if loss.retry == Retry::Never || self.attempt >= ATTEMPTS {
            return Err(loss);
        }
        sleep(self.retry_after).await;
        Ok(Self { attempt: self.attempt + 1, ..self })
    }
}
