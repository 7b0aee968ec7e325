//! Whether the caller is on hold, since when, and by whom: a region of its own. A hold by any party begins and ends here; `hold.rs`
//! has the call's actions about it.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, ItemId, LegId};
use cordboard_schema::time::UnixMs;

use super::{Effects, note};

/// The longest that anybody is kept on hold by us. Longer than a look at a calendar, shorter than being forgotten.
const HOLD_MS_MAX: u64 = 600_000;

/// The caller's hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    held: Option<Held>,
    /// The caller's phone holds the call, whatever we do.
    phone_holds: bool,
    /// A tool holds the caller once this utterance of the assistant's is silent.
    wanted: Option<(EffectId, ItemId)>,
}

/// A hold under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    since: UnixMs,
    by: HeldBy,
}

/// The party that holds, and the caller's sound meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldBy {
    /// We do, by music over a cord from this leg.
    Music(LegId),
    /// We do, by music that the switch plays.
    Switch,
    /// We do, by music that the switch will play once this utterance is silent.
    /// A request that stops the one would stop the other too.
    SwitchAfter(ItemId),
    /// The caller's phone does.
    Phone,
    /// We do, because a program or a page asked for it: the switch holds the phone of the person whom the caller talks with, and plays music
    /// to the caller.
    Person,
    /// Agents do, at their desks: the mix follows from that.
    Agents,
}

impl HeldBy {
    /// The caller is held from the assistant: that is a phase of the call.
    pub(super) fn is_from_assistant(self) -> bool {
        !matches!(self, Self::Person | Self::Agents)
    }
}

/// The party whose hold is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// One from the assistant that is not by the caller's phone.
    Ours,
    Phone,
    Person,
    Agents,
    AllButAgents,
}

impl Whose {
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

/// An input of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldEvent {
    Began(HeldBy),
    /// The utterance is silent behind which the switch plays music.
    WordsOver,
    /// The switch has no music to play: ours comes from this leg.
    OursInstead(LegId),
    /// It ends, if it is of these.
    Ended(Whose),
    PhoneHolds,
    PhoneReleases,
    /// A tool wants the caller on hold behind this utterance.
    Wanted {
        tool: EffectId,
        behind: ItemId,
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
    /// Applies an input. Returns the hold that has ended with it, if one has.
    pub(super) fn apply(&mut self, event: HoldEvent, now: UnixMs, fx: &mut Effects) -> Option<HoldOver> {
        match event {
            HoldEvent::Began(by) => {
                self.held = Some(Held { since: now, by });
                fx.push(note(Decision::HoldBegan));
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
            HoldEvent::Ended(whose) => {
                let Held { since, by } = self.held.take_if(|held| whose.is_by(held.by))?;
                let held_ms = now.ms_since(since);
                fx.push(note(Decision::HoldEnded { held_ms }));
                return Some(HoldOver { by, held_ms });
            }
            HoldEvent::PhoneHolds => self.phone_holds = true,
            HoldEvent::PhoneReleases => self.phone_holds = false,
            HoldEvent::Wanted { tool, behind } => self.wanted = Some((tool, behind)),
            HoldEvent::WantedNoMore => self.wanted = None,
        }
        None
    }

    pub(super) fn is(&self, whose: Whose) -> bool {
        self.held.is_some_and(|held| whose.is_by(held.by))
    }

    pub(super) fn phone_holds(&self) -> bool {
        self.phone_holds
    }

    /// Since when agents hold the caller.
    pub(super) fn by_agents_since(&self) -> Option<UnixMs> {
        self.held.filter(|held| Whose::Agents.is_by(held.by)).map(|held| held.since)
    }

    /// Whether the switch plays the music.
    pub(super) fn is_by_switch(&self) -> bool {
        self.held.is_some_and(|held| held.by == HeldBy::Switch)
    }

    /// The leg that a caller hears who is held from the assistant, if it is one of ours.
    pub(super) fn music(&self) -> Option<LegId> {
        match self.held?.by {
            HeldBy::Music(leg) => Some(leg),
            _ => None,
        }
    }

    /// The utterance behind which the switch will play music.
    pub(super) fn waits_for_words(&self) -> Option<ItemId> {
        match self.held?.by {
            HeldBy::SwitchAfter(last) => Some(last),
            _ => None,
        }
    }

    /// The tool that holds the caller once that utterance is silent.
    pub(super) fn wanted(&self) -> Option<(EffectId, ItemId)> {
        self.wanted
    }

    /// When a hold of ours ends by itself.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.held.filter(|held| Whose::Ours.is_by(held.by)).map(|held| held.since + HOLD_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(holding: &mut Holding, whose: Whose, now: UnixMs) -> Option<HoldOver> {
        holding.apply(HoldEvent::Ended(whose), now, &mut Effects::new())
    }

    #[test]
    fn a_hold_is_ended_by_whoever_holds_and_once() {
        let mut holding = Holding::default();
        holding.apply(HoldEvent::Began(HeldBy::Agents), UnixMs(1), &mut Effects::new());
        assert_eq!(over(&mut holding, Whose::AllButAgents, UnixMs(4)), None);
        let ended = Some(HoldOver { by: HeldBy::Agents, held_ms: 3 });
        assert_eq!(over(&mut holding, Whose::Agents, UnixMs(4)), ended);
        assert_eq!(over(&mut holding, Whose::Agents, UnixMs(4)), None);
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
