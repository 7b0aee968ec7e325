//! A question to a service that answers by HTTP, and another attempt at it.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Response};
use tokio::time::{sleep, timeout};

use super::services::HttpService;
use crate::assistant::remote::{Loss, Retry};

/// Attempts, as long as nothing of the answer has come.
const ATTEMPTS: u32 = 2;

/// See the module's description.
pub(super) struct Asking {
    client: Client,
    pub(super) service: HttpService,
    path: &'static str,
    /// JSON.
    body: String,
    /// Longest silence.
    silence: Duration,
    /// Between two attempts.
    retry_after: Duration,
    attempt: u32,
}

impl Asking {
    /// The first attempt at asking a service, with JSON; nothing may come for `silence`.
    pub(super) fn new(
        (client, service): (Client, HttpService),
        (path, body): (&'static str, String),
        silence: Duration,
        retry_after: Duration,
    ) -> Self {
        Self { client, service, path, body, silence, retry_after, attempt: 1 }
    }

    /// Asks, and waits for the head of the answer.
    ///
    /// # Errors
    /// There is none in time, or it is a refusal.
    pub(super) async fn ask(&self) -> Result<Response, Loss> {
        let body = ("application/json".to_owned(), self.body.clone().into_bytes());
        self.service.post(&self.client, self.path, body, self.silence).await
    }

    /// The next piece of the answer; none at its end.
    ///
    /// # Errors
    /// Nothing comes in time, or it breaks off.
    pub(super) async fn piece(&self, response: &mut Response) -> Result<Option<Bytes>, Loss> {
        let read = timeout(self.silence, response.chunk()).await;
        read.map_err(|_| self.service.stalled(self.silence))?.map_err(|error| self.service.broken(&error))
    }

    /// Another attempt, if one is worth it, after a pause.
    ///
    /// # Errors
    /// None is: the loss stands.
    pub(super) async fn again(self, loss: Loss) -> Result<Self, Loss> {
        if loss.retry == Retry::Never || self.attempt >= ATTEMPTS {
            return Err(loss);
        }
        sleep(self.retry_after).await;
        Ok(Self { attempt: self.attempt + 1, ..self })
    }
}
