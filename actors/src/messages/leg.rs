//! To a leg: orders of the call to a party's connection.

use cordboard_schema::digit::Digit;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::wire::web_audio::{CallerStatus, ShownLine};

use crate::at_hand::Repeatable;
use crate::media::ItemPlayed;
use crate::media::recorder::Track;

/// Call -> leg, on its [`LegLine`].
pub enum ToLeg {
    /// Record this leg: on the left what it says, on the right what its ear is played.
    Record(Track),
    /// Play these digits as tones to the leg's party, over what it hears.
    SendDtmf(Vec<Digit>),
    /// End the leg in order: its queue is dropped, the switch is ordered to go on, the connection closes.
    Release,
    /// The call has a new actor and may have missed something: report again that the leg has joined, and the last
    /// items that its ear played.
    Resync,
    /// These items were taken out of the leg's ear. Sent only to a leg whose ear is
    /// [`Pace::Buffered`](crate::media::Pace): sound that was handed on may not have been heard yet, so the leg stops
    /// that sound and itself reports to the call how much was heard.
    Cleared(Vec<ItemPlayed>),
    /// An event of the chunks that the leg has sent.
    Playback(PlaybackEvent),
    /// The page of the party at the leg. A leg that can't show anything ignores it.
    Show(Shown),
}

impl Repeatable for ToLeg {
    fn again(&self) -> Option<Self> {
        match self {
            Self::Release => Some(Self::Release),
            Self::Resync => Some(Self::Resync),
            Self::Cleared(items) => Some(Self::Cleared(items.clone())),
            Self::Playback(event) => Some(Self::Playback(*event)),
            Self::Show(Shown::Stand(stand)) => Some(Self::Show(Shown::Stand(*stand))),
            // A page shows one line less, rather than one twice; the same goes for tones.
            Self::Show(Shown::Line(_)) | Self::SendDtmf(_) => None,
            // There is one track. If it is dropped, it ends, and the call learns that.
            Self::Record(_) => None,
        }
    }
}

/// Something that the caller may see of their call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The party that the caller is with from now on.
    Stand(CallerStatus),
    /// A line of the conversation.
    Line(ShownLine),
}

/// The switch's report on chunks of sound that a leg has sent to it. The leg numbers its chunks; each leg's numbers
/// are above those of earlier legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackEvent {
    /// The switch has begun to play a chunk.
    Began {
        /// Its number.
        chunk: u64,
    },
    /// A chunk has ended.
    Ended {
        /// Its number.
        chunk: u64,
        /// Milliseconds of it that were played.
        heard_ms: u64,
        /// Whether to its end.
        end: PlayedEnd,
    },
    /// Nothing more is heard of the chunks that were to be stopped.
    Emptied,
    /// The link that reports is gone. It had the switch play this chunk.
    Given {
        /// Its number.
        chunk: u64,
    },
    /// No link has chunks played: chunks that are sent now are not heard, until a link reports [`Self::Handed`].
    Lost,
    /// From now on, the link that reports this has the chunks played. It does not know the result of earlier ones.
    Handed,
}
