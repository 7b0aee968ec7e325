//! The REST API of an account: requests, their retries, and what the answers mean for calls that we make.

mod client;
pub(super) mod creating;
pub(super) mod person;
pub(super) mod placed;
mod retry;
pub(super) mod rooms;

pub(super) use client::RestClient;
pub use client::{RestAccess, RestSecret};
use cordboard_schema::wire::twilio::rest::RestRequest;
pub use retry::RestFault;
use retry::{Tries, Verdict};
pub use rooms::waiting_room;
use tokio::time::{Duration, sleep};
use tracing::debug;

use crate::world;

impl RestClient {
    /// Sends a request, and retries it as often as that can do no harm.
    ///
    /// # Errors
    /// It is not known whether the request was done.
    pub(in crate::twilio) async fn ask(&self, request: &RestRequest) -> Result<Vec<u8>, RestFault> {
        let mut tries = Tries::none(request.repeatable);
        loop {
            let tried = self.try_once(request).await;
            match tries.judge(tried, world::random()) {
                Verdict::Done(body) => return Ok(body),
                Verdict::Failed(fault) => return Err(fault),
                Verdict::Again { wait_ms } => {
                    debug!(wait_ms, "the request to Twilio is sent again");
                    sleep(Duration::from_millis(wait_ms)).await;
                }
            }
        }
    }
}
