//! To a TwilioActor: requests of calls, webhooks and tools to an account.

use cordboard_schema::wire::twilio::rest::{MessageAnswer, RestRequest, SendMessage, read_answer_within};
use cordboard_schema::wire::twilio::{ConferenceEvent, RecordingSid, StatusEvent};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::at_hand::Repeatable;
use crate::line::TwilioLine;
use crate::twilio::{RestFault, TwilioSettings};

/// Any actor or handler -> the actor of a Twilio account, on its [`TwilioLine`].
#[derive(Debug)]
pub enum ToTwilio {
    /// A webhook: the state of a call that we make.
    CallReported {
        /// The name that we gave it.
        channel: Uuid,
        /// The event.
        event: Box<StatusEvent>,
        /// Whether one of our calls has it. Otherwise nobody waits for it, unless it is known here.
        is_awaited: bool,
    },
    /// A webhook: the state of the leg of a person who is asked to take over.
    PersonReported {
        /// The name that we gave them.
        person: Uuid,
        /// The event.
        event: Box<StatusEvent>,
    },
    /// A webhook: an event of the room in which a person waits for a caller.
    RoomReported {
        /// The name that we gave the person.
        person: Uuid,
        /// The event.
        event: Box<ConferenceEvent>,
    },
    /// The directory of accounts: from now on the account has other keys, another address, or shows another number.
    Reconfigure(Box<TwilioSettings>),
    /// Make a request to the API; it is tried again if that can do no harm.
    Ask {
        /// The request.
        request: Box<RestRequest>,
        /// Reply with the body of the answer.
        reply: oneshot::Sender<Result<Vec<u8>, RestFault>>,
    },
}

impl Repeatable for ToTwilio {
    fn again(&self) -> Option<Self> {
        match self {
            Self::CallReported { channel, event, is_awaited } => {
                Some(Self::CallReported { channel: *channel, event: event.clone(), is_awaited: *is_awaited })
            }
            Self::PersonReported { person, event } => {
                Some(Self::PersonReported { person: *person, event: event.clone() })
            }
            Self::RoomReported { person, event } => {
                Some(Self::RoomReported { person: *person, event: event.clone() })
            }
            Self::Reconfigure(settings) => Some(Self::Reconfigure(settings.clone())),
            Self::Ask { .. } => None,
        }
    }
}

impl TwilioLine {
    /// Makes a request to the API about a call, a conference, its participants, a recording or a message. It takes as
    /// long as the API makes us wait, a minute and a half at most.
    ///
    /// # Errors
    /// The request is not known to be done; [`RestFault::did_nothing`] says whether it may be made again.
    pub async fn ask<T: DeserializeOwned>(&self, request: RestRequest) -> Result<T, RestFault> {
        let bytes_max = request.answer_bytes_max;
        Ok(read_answer_within(&self.ask_bytes(request).await?, bytes_max)?)
    }

    /// Fetches the sound of a recording, a WAV file. A recording that is longer than
    /// [`TWILIO_RECORDING_BYTES_MAX`](cordboard_schema::limits::TWILIO_RECORDING_BYTES_MAX) is cut off.
    ///
    /// # Errors
    /// As for [`Self::ask`].
    pub async fn sound(&self, recording: &RecordingSid) -> Result<Vec<u8>, RestFault> {
        self.ask_bytes(RestRequest::fetch_sound(recording)).await
    }

    async fn ask_bytes(&self, request: RestRequest) -> Result<Vec<u8>, RestFault> {
        let (reply, answer) = oneshot::channel();
        self.tell(ToTwilio::Ask { request: Box::new(request), reply })?;
        answer.await.map_err(|_| RestFault::Closed)?
    }

    /// Sends a text message. Its status changes are reported to the URL that the message names.
    ///
    /// # Errors
    /// As for [`Self::ask`]; a message that may have been sent is [`RestFault::Unknown`], and is not sent again.
    pub async fn send_message(&self, message: &SendMessage) -> Result<MessageAnswer, RestFault> {
        self.ask(message.request()).await
    }
}
