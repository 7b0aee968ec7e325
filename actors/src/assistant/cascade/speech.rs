//! One piece of speech, as its sound arrives.

use std::collections::VecDeque;
use std::time::Duration;

use cordboard_schema::audio::Frame;
use cordboard_schema::limits::SPEECH_BYTES_MAX;
use cordboard_schema::wire::speech::SpeechReader;
use futures_util::StreamExt;
use futures_util::stream::{LocalBoxStream, unfold};
use reqwest::{Client, Response};

use super::asking::Asking;
use super::services::HttpService;
use super::turns::Spoken;
use crate::assistant::remote::Loss;

/// The path of speech, relative to the base URL.
const PATH: &str = "/audio/speech";
/// Pause between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(100);

struct Reading {
    asking: Asking,
    response: Response,
    reader: SpeechReader,
    ready: VecDeque<Frame>,
    has_sound: bool,
    /// Bytes received. They are limited, because endless sound would be played for as long as the caller listens.
    bytes: usize,
}

enum State {
    Ask(Asking),
    Read(Box<Reading>),
    Over,
}

/// Requests speech, and streams the sound as it arrives; the last item is its end or its failure. Dropping the stream cancels the
/// request.
pub(super) fn sounds(
    client: Client,
    service: HttpService,
    body: String,
    silence: Duration,
) -> LocalBoxStream<'static, Spoken> {
    let asking = Asking::new((client, service), (PATH, body), silence, RETRY_AFTER);
    unfold(State::Ask(asking), next).boxed_local()
}

async fn next(mut state: State) -> Option<(Spoken, State)> {
    loop {
        state = match state {
            State::Over => return None,
            State::Ask(asking) => match asking.ask().await {
                Ok(response) => {
                    let reader = SpeechReader::default();
                    State::Read(Box::new(Reading {
                        asking,
                        response,
                        reader,
                        ready: VecDeque::new(),
                        has_sound: false,
                        bytes: 0,
                    }))
                }
                Err(loss) => match asking.again(loss).await {
                    Ok(asking) => State::Ask(asking),
                    Err(loss) => return Some((Spoken::Failed(loss), State::Over)),
                },
            },
            State::Read(mut reading) => {
                if let Some(frame) = reading.ready.pop_front() {
                    reading.has_sound = true;
                    return Some((Spoken::Sound { frame, characters: None }, State::Read(reading)));
                }
                match reading.read().await {
                    Ok(true) => State::Read(reading),
                    Ok(false) => return Some((Spoken::Whole, State::Over)),
                    Err(loss) if reading.has_sound => return Some((Spoken::Failed(loss), State::Over)),
                    Err(loss) => match reading.asking.again(loss).await {
                        Ok(asking) => State::Ask(asking),
                        Err(loss) => return Some((Spoken::Failed(loss), State::Over)),
                    },
                }
            }
        }
    }
}

impl Reading {
    /// Reads the next chunk. Returns whether more may arrive.
    async fn read(&mut self) -> Result<bool, Loss> {
        let Some(piece) = self.asking.piece(&mut self.response).await? else { return Ok(false) };
        self.bytes += piece.len();
        if self.bytes > SPEECH_BYTES_MAX {
            return Ok(false);
        }
        let frames =
            self.reader.push(&piece).map_err(|bad| self.asking.service.misunderstood(&bad.to_string()))?;
        self.ready.extend(frames);
        Ok(true)
    }
}
