//! People who are asked one after another, by the business's rules or because a queue names another person.

use std::collections::VecDeque;

use cordboard_schema::ids::{EffectId, QueueId};

use crate::handoff::Callee;

/// A person who is asked: their name, and the routes to them.
pub(super) type Person = (String, Callee);

/// People who are asked one after another. Most calls have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Escalation {
    under_way: Option<UnderWay>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct UnderWay {
    /// The tool run that asked for them.
    tool: EffectId,
    /// The current hand-off.
    handoff: EffectId,
    /// The people who are asked next.
    left: VecDeque<Person>,
    reason: String,
    /// A queue among them could not serve the caller and wants them called back if nobody else takes over.
    calls_back: Option<QueueId>,
}

/// The person who is asked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::machine) struct NextPerson {
    pub(in crate::machine) person: Person,
    /// The tool run that asked for them.
    pub(in crate::machine) tool: EffectId,
    pub(in crate::machine) reason: String,
}

impl Escalation {
    /// Begins to ask these people, for this run of the tool.
    pub(in crate::machine) fn begins(&mut self, tool: EffectId, left: VecDeque<Person>, reason: String) {
        self.under_way = Some(UnderWay { tool, handoff: tool, left, reason, calls_back: None });
    }

    /// Asks the next person, by a hand-off of this number.
    pub(in crate::machine) fn asks_next(&mut self, handoff: EffectId) -> Option<NextPerson> {
        let under_way = self.under_way.as_mut()?;
        let person = under_way.left.pop_front()?;
        under_way.handoff = handoff;
        Some(NextPerson { person, tool: under_way.tool, reason: under_way.reason.clone() })
    }

    /// This person is asked next, after this hand-off.
    pub(super) fn asks_instead(&mut self, handoff: EffectId, person: Person, reason: String) {
        match self.of_mut(handoff) {
            Some(under_way) => under_way.left.push_front(person),
            None => self.begins(handoff, VecDeque::from([person]), reason),
        }
    }

    /// Nobody can talk with the caller here any more. Only people whom the caller's switch can ring are left.
    pub(in crate::machine) fn keeps_switch_phones(&mut self) {
        let Some(under_way) = &mut self.under_way else { return };
        under_way.left.retain_mut(|(_, callee)| {
            callee.desk = None;
            callee.phone.is_some() && callee.joined_here.is_none()
        });
    }

    /// No more may be dialled on this call. Only people with a desk are left, and are asked only there.
    pub(in crate::machine) fn keeps_desks(&mut self) {
        let Some(under_way) = &mut self.under_way else { return };
        under_way.left.retain_mut(|(_, callee)| {
            (callee.phone, callee.joined_here) = (None, None);
            callee.desk.is_some()
        });
    }

    /// Another person is asked. This queue wants the caller called back if they don't take over.
    pub(super) fn calls_back_otherwise(&mut self, handoff: EffectId, queue: Option<QueueId>) {
        if let Some(under_way) = self.of_mut(handoff) {
            under_way.calls_back = queue;
        }
    }

    /// Nobody else is asked.
    pub(super) fn is_over(&mut self) {
        self.under_way = None;
    }

    /// Returns the queue that wants the caller called back, among those asked before this hand-off.
    pub(super) fn calls_back(&self, handoff: EffectId) -> Option<QueueId> {
        self.of(handoff)?.calls_back
    }

    /// Whether people are being asked one after another.
    pub(in crate::machine) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether this hand-off is one of them.
    pub(in crate::machine) fn has(&self, handoff: EffectId) -> bool {
        self.of(handoff).is_some()
    }

    /// Whether another person can be asked after this hand-off.
    pub(in crate::machine) fn has_another_after(&self, handoff: EffectId) -> bool {
        self.of(handoff).is_some_and(|under_way| !under_way.left.is_empty())
    }

    /// Returns how the next person after this hand-off can be asked.
    pub(in crate::machine) fn next_after(&self, handoff: EffectId) -> Option<&Callee> {
        self.of(handoff)?.left.front().map(|(_, callee)| callee)
    }

    /// Returns the tool run that a hand-off belongs to.
    pub(in crate::machine) fn tool_of(&self, handoff: EffectId) -> EffectId {
        self.of(handoff).map_or(handoff, |under_way| under_way.tool)
    }

    fn of(&self, handoff: EffectId) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|under_way| under_way.handoff == handoff)
    }

    fn of_mut(&mut self, handoff: EffectId) -> Option<&mut UnderWay> {
        self.under_way.as_mut().filter(|under_way| under_way.handoff == handoff)
    }
}
