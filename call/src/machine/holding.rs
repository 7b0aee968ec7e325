//! Whether the caller is on hold, since when, and by whom: a region of its own. Every hold begins and ends here. What the call does about
//! it is in `hold.rs`.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, ItemId, LegId};
use cordboard_schema::time::UnixMs;

use super::{Effects, note};

/// The longest hold that ends by itself, in ms, with music from us or from the switch: longer than it takes to look at a calendar, but short enough that nobody feels forgotten.
const HOLD_MS_MAX: u64 = 600_000;

/// The caller's hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    held: Option<Held>,
    /// The caller's own phone holds the call, whatever we do.
    phone_holds: bool,
    /// A tool that will put the caller on hold once this utterance of the assistant has ended.
    wanted: Option<(EffectId, ItemId)>,
}

/// The current hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    since: UnixMs,
    by: HeldBy,
    /// The assistant has asked for it, and is the one that takes the caller back.
    is_assistants: bool,
}

/// The party that holds the caller, and the sound that the caller hears meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldBy {
    /// We do, with music over a cord from this leg.
    Music(LegId),
    /// We do, with music that the switch plays.
    Switch,
    /// We do, with music that the switch will play once this utterance has ended. Until then a request to stop one would stop the other,
    /// too.
    SwitchAfter(ItemId),
    /// The caller's phone does.
    Phone,
    /// We do, because a program or a page asked for it: the switch holds the phone of the person whom the caller talks with, and plays
    /// music to the caller.
    Person,
    /// Agents do, at their desks. The mix follows from that.
    Agents,
}

impl HeldBy {
    /// Whether the caller is on hold from the assistant, which is a phase of the call.
    pub(super) fn is_from_assistant(self) -> bool {
        !matches!(self, Self::Person | Self::Agents)
    }
}

/// Selects holds by the party that holds the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldOwner {
    /// A hold from the assistant that is not by the caller's phone.
    Ours,
    Phone,
    Person,
    Agents,
    AllButAgents,
}

impl HoldOwner {
    fn is_by(self, by: HeldBy) -> bool {
        match self {
            Self::Ours => by.is_from_assistant() && by != HeldBy::Phone,
            Self::Phone => by == HeldBy::Phone,
            Self::Person => by == HeldBy::Person,
            Self::Agents => by == HeldBy::Agents,
            Self::AllButAgents => by != HeldBy::Agents,
        }
    }
}

/// An input about a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldEvent {
    Began(HeldBy),
    /// The assistant has asked for the hold that has begun.
    IsAssistants,
    /// The utterance that the switch's music waits for has ended.
    WordsOver,
    /// The switch has no music to play. Ours comes from this leg.
    OursInstead(LegId),
    /// The hold ends, if it is by this party.
    Ended(HoldOwner),
    PhoneHolds,
    PhoneReleases,
    /// A tool wants the caller on hold after this utterance.
    Wanted {
        tool: EffectId,
        after: ItemId,
    },
    WantedNoMore,
}

/// A hold that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HoldOver {
    pub(super) by: HeldBy,
    pub(super) held_ms: u64,
}

impl Holding {
    /// Applies an input. Returns the hold that it ended, if any.
    pub(super) fn apply(&mut self, event: HoldEvent, now: UnixMs, fx: &mut Effects) -> Option<HoldOver> {
        match event {
            HoldEvent::Began(by) => {
                self.held = Some(Held { since: now, by, is_assistants: false });
                fx.push(note(Decision::HoldBegan));
            }
            HoldEvent::IsAssistants => {
                if let Some(held) = &mut self.held {
                    held.is_assistants = true;
                }
            }
            HoldEvent::WordsOver => {
                if let Some(Held { by: by @ HeldBy::SwitchAfter(_), .. }) = &mut self.held {
                    *by = HeldBy::Switch;
                }
            }
            HoldEvent::OursInstead(leg) => {
                if let Some(Held { by: by @ HeldBy::Switch, .. }) = &mut self.held {
                    *by = HeldBy::Music(leg);
                }
            }
            HoldEvent::Ended(owner) => {
                let Held { since, by, .. } = self.held.take_if(|held| owner.is_by(held.by))?;
                let held_ms = now.ms_since(since);
                fx.push(note(Decision::HoldEnded { held_ms }));
                return Some(HoldOver { by, held_ms });
            }
            HoldEvent::PhoneHolds => self.phone_holds = true,
            HoldEvent::PhoneReleases => self.phone_holds = false,
            HoldEvent::Wanted { tool, after } => self.wanted = Some((tool, after)),
            HoldEvent::WantedNoMore => self.wanted = None,
        }
        None
    }

    pub(super) fn is(&self, owner: HoldOwner) -> bool {
        self.held.is_some_and(|held| owner.is_by(held.by))
    }

    /// Whether the assistant has asked for the hold.
    pub(super) fn is_assistants(&self) -> bool {
        self.held.is_some_and(|held| held.is_assistants)
    }

    pub(super) fn phone_holds(&self) -> bool {
        self.phone_holds
    }

    /// Returns since when agents have held the caller.
    pub(super) fn by_agents_since(&self) -> Option<UnixMs> {
        self.held.filter(|held| HoldOwner::Agents.is_by(held.by)).map(|held| held.since)
    }

    /// Whether the switch plays the music.
    pub(super) fn is_by_switch(&self) -> bool {
        self.held.is_some_and(|held| held.by == HeldBy::Switch)
    }

    /// Returns the leg whose music a caller on hold from the assistant hears, if it is one of ours.
    pub(super) fn music(&self) -> Option<LegId> {
        match self.held?.by {
            HeldBy::Music(leg) => Some(leg),
            _ => None,
        }
    }

    /// Returns the utterance after which the switch will play music.
    pub(super) fn waits_for_words(&self) -> Option<ItemId> {
        match self.held?.by {
            HeldBy::SwitchAfter(last) => Some(last),
            _ => None,
        }
    }

    /// Returns the tool that will put the caller on hold once this utterance has ended.
    pub(super) fn wanted(&self) -> Option<(EffectId, ItemId)> {
        self.wanted
    }

    /// Returns when a hold of ours ends by itself.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.held.filter(|held| HoldOwner::Ours.is_by(held.by)).map(|held| held.since + HOLD_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(holding: &mut Holding, owner: HoldOwner, now: UnixMs) -> Option<HoldOver> {
        holding.apply(HoldEvent::Ended(owner), now, &mut Effects::new())
    }

    #[test]
    fn a_hold_is_ended_once_by_the_party_that_holds() {
        let mut holding = Holding::default();
        holding.apply(HoldEvent::Began(HeldBy::Agents), UnixMs(1), &mut Effects::new());
        assert_eq!(over(&mut holding, HoldOwner::AllButAgents, UnixMs(4)), None);
        let ended = Some(HoldOver { by: HeldBy::Agents, held_ms: 3 });
        assert_eq!(over(&mut holding, HoldOwner::Agents, UnixMs(4)), ended);
        assert_eq!(over(&mut holding, HoldOwner::Agents, UnixMs(4)), None);
    }

    #[test]
    fn only_a_hold_of_ours_ends_by_itself() {
        let until = |by| {
            let mut holding = Holding::default();
            holding.apply(HoldEvent::Began(by), UnixMs(1), &mut Effects::new());
            holding.deadline()
        };
        assert_eq!(until(HeldBy::Switch), Some(UnixMs(1) + HOLD_MS_MAX));
        assert_eq!([HeldBy::Phone, HeldBy::Person, HeldBy::Agents].map(until), [None; 3]);
    }
}
