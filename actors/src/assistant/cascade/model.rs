//! One answer of the language model, as it arrives.

use std::collections::VecDeque;
use std::time::Duration;

use cordboard_schema::wire::chat::{BadChunk, Calls, Chunk, ChunkUsage, EventLines, Finish};
use futures_util::StreamExt;
use futures_util::stream::{LocalBoxStream, unfold};
use reqwest::{Client, Response};
use tokio::time::timeout;

use super::asking::Asking;
use super::failures::is_about_content;
use super::services::HttpService;
use super::turns::Thought;
use crate::assistant::remote::Loss;

/// The path of chat completions, relative to the base URL.
const PATH: &str = "/chat/completions";
/// Pause between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Longest time to read the rest of the response after an answer.
const DRAIN_MAX: Duration = Duration::from_millis(500);
/// Bytes of one answer that are read at most.
const BYTES_MAX: usize = 16 << 20;
/// Unusable events in a row after which the answer has failed.
const BAD_EVENTS_MAX: u32 = 20;

struct Reading {
    asking: Asking,
    response: Response,
    lines: EventLines,
    calls: Calls,
    usage: Option<ChunkUsage>,
    bytes: usize,
    bad_events: u32,
    has_words: bool,
    /// The service withholds the rest, for its content.
    is_withheld: bool,
    ready: VecDeque<Thought>,
    /// All of it has arrived.
    is_whole: bool,
}

enum State {
    Ask(Asking),
    Read(Box<Reading>),
    /// The answer is complete: the rest of the response is read, so that the connection can be reused for the next answer.
    Drain(Response),
    Over,
}

/// Asks, and streams the answer as it arrives; the last item is its end or its failure. Dropping the stream cancels the request.
pub(super) fn thoughts(
    client: Client,
    service: HttpService,
    body: String,
    silence: Duration,
) -> LocalBoxStream<'static, Thought> {
    let asking = Asking::new((client, service), (PATH, body), silence, RETRY_AFTER);
    unfold(State::Ask(asking), next).boxed_local()
}

async fn next(mut state: State) -> Option<(Thought, State)> {
    loop {
        state = match state {
            State::Over => return None,
            State::Drain(response) => {
                let _ = timeout(DRAIN_MAX, drain(response)).await;
                return None;
            }
            State::Ask(asking) => match asking.ask().await {
                Ok(response) => State::Read(Box::new(Reading::new(asking, response))),
                Err(loss) if is_about_content(&loss) => return Some(withheld()),
                Err(loss) => match asking.again(loss).await {
                    Ok(asking) => State::Ask(asking),
                    Err(loss) => return Some((Thought::Failed(loss), State::Over)),
                },
            },
            State::Read(mut reading) => {
                if let Some(thought) = reading.ready.pop_front() {
                    let state = match reading.is_whole && reading.ready.is_empty() {
                        true => State::Drain(reading.response),
                        false => State::Read(reading),
                    };
                    return Some((thought, state));
                }
                match reading.read().await {
                    Ok(()) => State::Read(reading),
                    Err(loss) if reading.has_words => return Some((Thought::Failed(loss), State::Over)),
                    Err(loss) if is_about_content(&loss) => return Some(withheld()),
                    Err(loss) => match reading.asking.again(loss).await {
                        Ok(asking) => State::Ask(asking),
                        Err(loss) => return Some((Thought::Failed(loss), State::Over)),
                    },
                }
            }
        }
    }
}

/// Returns the end of an answer that the service refuses for the content of the request.
fn withheld() -> (Thought, State) {
    (Thought::Withheld { usage: None }, State::Over)
}

/// Reads the rest of the response.
async fn drain(mut response: Response) {
    while let Ok(Some(_)) = response.chunk().await {}
}

impl Reading {
    fn new(asking: Asking, response: Response) -> Self {
        Self {
            asking,
            response,
            lines: EventLines::default(),
            calls: Calls::default(),
            usage: None,
            bytes: 0,
            bad_events: 0,
            has_words: false,
            is_withheld: false,
            ready: VecDeque::new(),
            is_whole: false,
        }
    }

    /// Reads the next chunk.
    async fn read(&mut self) -> Result<(), Loss> {
        let data = match self.asking.piece(&mut self.response).await? {
            Some(piece) => {
                self.bytes += piece.len();
                let data = self.lines.push(&piece);
                if self.bytes > BYTES_MAX {
                    self.whole();
                }
                data
            }
            // Some servers close without a final event.
            None => {
                let last = self.lines.finish();
                let data = last.into_iter().collect();
                self.events(data)?;
                if !self.is_whole {
                    self.whole();
                }
                return Ok(());
            }
        };
        self.events(data)
    }

    fn events(&mut self, data: Vec<String>) -> Result<(), Loss> {
        for data in data {
            if self.is_whole {
                return Ok(());
            }
            match Chunk::parse(&data) {
                Ok(None) => self.whole(),
                Ok(Some(chunk)) => self.chunk(chunk),
                Err(failed @ BadChunk::Failed { .. }) => {
                    return Err(self.asking.service.gave_up(&failed.to_string()));
                }
                Err(malformed) => {
                    self.bad_events += 1;
                    if self.bad_events > BAD_EVENTS_MAX {
                        return Err(self.asking.service.misunderstood(&malformed.to_string()));
                    }
                }
            }
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: Chunk) {
        self.usage = chunk.usage.or(self.usage);
        self.is_withheld |= chunk.finish == Some(Finish::Filtered);
        for fragment in chunk.calls {
            self.calls.push(fragment);
        }
        if !chunk.text.is_empty() {
            self.has_words = true;
            self.ready.push_back(Thought::Words(chunk.text));
        }
    }

    fn whole(&mut self) {
        self.is_whole = true;
        let (calls, usage) = (self.calls.take(String::new), self.usage);
        let has_nothing = !self.has_words && calls.is_empty();
        self.ready.push_back(match self.is_withheld && has_nothing {
            true => Thought::Withheld { usage },
            false => Thought::Whole { calls, usage },
        });
    }
}
