//! To a leg: orders of the call to a party's connection.

use cordboard_schema::digit::Digit;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::wire::web_audio::{CallerStand, ShownLine};

use crate::at_hand::Repeatable;
use crate::media::ItemPlayed;
use crate::media::recorder::Track;

/// Call -> leg, on its [`LegLine`].
pub enum ToLeg {
    /// Record this leg: left its mouth, right what its ear is played.
    Record(Track),
    /// Play these digits as tones to the leg's party, over what it hears.
    SendDtmf(Vec<Digit>),
    /// End the leg in order: its queue is dropped, the switch is ordered to go on, the connection closes.
    Release,
    /// The call lives again and may have missed something: repeat that the leg has joined, and the last items that its ear played.
    Resync,
    /// These items were taken out of the leg's ear. Only to a leg whose ear is [`Pace::Buffered`](crate::media::Pace): sound that was
    /// handed on may not have been heard yet, so it stops that and reports to the call itself how much was.
    Cleared(Vec<ItemPlayed>),
    /// Event of the chunks that the leg has sent.
    Playback(PlaybackEvent),
    /// View of their call for the party at the leg. A leg that can show nothing ignores it.
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
            // A page shows a line less, rather than one twice; so it is with tones.
            Self::Show(Shown::Line(_)) | Self::SendDtmf(_) => None,
            // There is one track; dropped, it ends, and the call learns that.
            Self::Record(_) => None,
        }
    }
}

/// Something that the caller may see of their call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The party that they are with from now on.
    Stand(CallerStand),
    /// A line of the conversation.
    Line(ShownLine),
}

/// The switch's report on chunks of sound that a leg has sent it. Chunks are numbered by the leg, each leg's above
/// those of the legs before it.
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
    /// The link that reports is gone. It had the switch play this chunk in its turn.
    Given {
        /// Its number.
        chunk: u64,
    },
    /// No link has chunks played: none that is sent now is heard. So it is, too, until another one says [`Self::Handed`].
    Lost,
    /// From now on the link that reports this has them played. It does not know the result of earlier ones.
    Handed,
}
