//! One piece of speech, as its sound comes.

use std::collections::VecDeque;
use std::time::Duration;

use cordboard_schema::audio::Frame;
use cordboard_schema::wire::speech::SpeechReader;
use futures_util::StreamExt;
use futures_util::stream::{LocalBoxStream, unfold};
use reqwest::{Client, Response};
use tokio::time::{sleep, timeout};

use super::services::HttpService;
use super::turns::Spoken;
use crate::assistant::remote::{Loss, Retry};

/// Where speech is below the base.
const PATH: &str = "/audio/speech";
/// Attempts, as long as no sound has come.
const ATTEMPTS: u32 = 2;
/// Between two of them.
const RETRY_AFTER: Duration = Duration::from_millis(100);

struct Asking {
    client: Client,
    service: HttpService,
    body: String,
    /// How long nothing may come.
    silence: Duration,
    attempt: u32,
}

struct Reading {
    asking: Asking,
    response: Response,
    reader: SpeechReader,
    ready: VecDeque<Frame>,
    has_sound: bool,
}

enum State {
    Ask(Asking),
    Read(Box<Reading>),
    Over,
}

/// Asks, and gives the sound as it comes; the last is that it is whole, or has failed. Dropping it ends the request.
pub(super) fn sounds(
    client: Client,
    service: HttpService,
    body: String,
    silence: Duration,
) -> LocalBoxStream<'static, Spoken> {
    let asking = Asking { client, service, body, silence, attempt: 1 };
    unfold(State::Ask(asking), next).boxed_local()
}

async fn next(mut state: State) -> Option<(Spoken, State)> {
    loop {
        state = match state {
            State::Over => return None,
            State::Ask(asking) => {
                let body = ("application/json".to_owned(), asking.body.clone().into_bytes());
                match asking.service.post(&asking.client, PATH, body, asking.silence).await {
                    Ok(response) => {
                        let reader = SpeechReader::default();
                        State::Read(Box::new(Reading {
                            asking,
                            response,
                            reader,
                            ready: VecDeque::new(),
                            has_sound: false,
                        }))
                    }
                    Err(loss) => match again(asking, loss).await {
                        Ok(state) => state,
                        Err(failed) => return Some((failed, State::Over)),
                    },
                }
            }
            State::Read(mut reading) => {
                if let Some(frame) = reading.ready.pop_front() {
                    reading.has_sound = true;
                    return Some((Spoken::Sound(frame), State::Read(reading)));
                }
                match reading.read().await {
                    Ok(true) => State::Read(reading),
                    Ok(false) => return Some((Spoken::Whole, State::Over)),
                    Err(loss) if reading.has_sound => return Some((Spoken::Failed(loss), State::Over)),
                    Err(loss) => match again(reading.asking, loss).await {
                        Ok(state) => state,
                        Err(failed) => return Some((failed, State::Over)),
                    },
                }
            }
        }
    }
}

/// Another attempt, where one is worth it.
async fn again(asking: Asking, loss: Loss) -> Result<State, Spoken> {
    if loss.retry == Retry::Never || asking.attempt >= ATTEMPTS {
        return Err(Spoken::Failed(loss));
    }
    sleep(RETRY_AFTER).await;
    Ok(State::Ask(Asking { attempt: asking.attempt + 1, ..asking }))
}

impl Reading {
    /// Reads more of it. Says whether more may come.
    async fn read(&mut self) -> Result<bool, Loss> {
        let silence = self.asking.silence;
        let read = timeout(silence, self.response.chunk())
            .await
            .map_err(|_| self.asking.service.stalled(silence))?;
        let Some(piece) = read.map_err(|error| self.asking.service.broken(&error))? else { return Ok(false) };
        let frames =
            self.reader.push(&piece).map_err(|bad| self.asking.service.misunderstood(&bad.to_string()))?;
        self.ready.extend(frames);
        Ok(true)
    }
}
