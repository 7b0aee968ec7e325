//! Rules for a queue, and for the skills of agents and queues.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use cordboard_schema::extension::is_extension_name;
use cordboard_schema::ids::{OrganizationId, QueueId, UserId};
use cordboard_schema::limits::{
    QUEUE_MEMBERS_MAX, QUEUE_RING_S, QUEUE_TITLE_CHARS_MAX, QUEUE_WAIT_S, QUEUE_WAITING, QUEUE_WRAP_UP_S,
    SKILL_CHARS_MAX, SKILLS_MAX,
};
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::queue::{Overflow, Queue, QueueMember};

use super::given::Faults;
use super::queues::{QueueBody, QueueMemberBody};
use crate::store::{Connection, StoreError, query};

/// Message about a name that no extension can have.
pub(super) const NO_NAME: &str = "must have 1 to 79 lower case letters, digits, `_` and `-`";

/// Skills as they are stored: in lower case, without duplicates.
pub(super) fn skills(faults: &mut Faults, given: Vec<String>) -> BTreeSet<String> {
    faults.demand(given.len() <= SKILLS_MAX, "skills", format!("must be at most {SKILLS_MAX}"));
    let kept: BTreeSet<String> = given.iter().map(|skill| skill.trim().to_lowercase()).collect();
    let is_skill =
        |skill: &String| !skill.is_empty() && text_fault(skill, SKILL_CHARS_MAX, Lines::One).is_none();
    let reason = format!("must each have 1 to {SKILL_CHARS_MAX} characters, in one line");
    faults.demand(kept.iter().all(is_skill), "skills", reason);
    kept
}

/// Returns the queue of a body, and the faults of the body itself; [`check_rows`] finds the rest.
pub(super) fn made(
    faults: &mut Faults,
    (organization_id, id): (OrganizationId, QueueId),
    body: QueueBody,
) -> Queue {
    faults.demand(is_extension_name(&body.name), "name", NO_NAME);
    faults.text("title", Some(&body.title), QUEUE_TITLE_CHARS_MAX, Lines::One);
    let mut seconds = |range: RangeInclusive<u32>, value: u32, field: &'static str| {
        let reason = format!("must be {} to {}", range.start(), range.end());
        faults.demand(range.contains(&value), field, reason);
    };
    seconds(QUEUE_RING_S, body.ring_s, "ring_s");
    seconds(QUEUE_WAIT_S, body.max_wait_s, "max_wait_s");
    seconds(QUEUE_WAITING, body.max_waiting, "max_waiting");
    seconds(QUEUE_WRAP_UP_S, body.wrap_up_s, "wrap_up_s");
    let skills = skills(faults, body.skills);
    let is_few = body.members.len() <= QUEUE_MEMBERS_MAX;
    faults.demand(is_few, "members", format!("must be at most {QUEUE_MEMBERS_MAX}"));
    let distinct: BTreeSet<UserId> = body.members.iter().map(|member| member.user_id).collect();
    faults.demand(distinct.len() == body.members.len(), "members", "must name each user once");
    let member = |QueueMemberBody { user_id, tier }| QueueMember { user_id, tier };
    let mut members: Vec<QueueMember> = body.members.into_iter().map(member).collect();
    members.sort_by_key(|member| (member.tier, member.user_id.to_string()));
    Queue {
        id,
        organization_id,
        name: body.name,
        title: body.title.trim().to_owned(),
        strategy: body.strategy,
        ring_s: body.ring_s,
        skills,
        members,
        priority: body.priority,
        max_wait_s: body.max_wait_s,
        max_waiting: body.max_waiting,
        overflow: body.overflow,
        in_hours_only: body.in_hours_only,
        tells_position: body.tells_position,
        wrap_up_s: body.wrap_up_s,
        wrap_up_required: body.wrap_up_required,
    }
}

/// Faults of a queue compared with the rows of its organization. `configured` are the configuration's extensions with their contexts; extensions in
/// contexts that were not granted don't count.
pub(super) fn check_rows(
    connection: &mut Connection,
    faults: &mut Faults,
    queue: &Queue,
    configured: &[(String, String)],
) -> Result<(), StoreError> {
    let users = query::users(connection, queue.organization_id, None, i64::MAX)?;
    let users: BTreeSet<UserId> = users.into_iter().map(|user| user.id).collect();
    let are_ours = queue.members.iter().all(|member| users.contains(&member.user_id));
    faults.demand(are_ours, "members", "must all be users of the organization");
    match &queue.overflow {
        Overflow::Message | Overflow::Callback => {}
        Overflow::Extension { name } => {
            let is_there = is_extension(connection, queue.organization_id, name, configured)?;
            faults.demand(is_there, "overflow", "must name an extension that there is");
        }
        Overflow::Queue { name } => {
            let all = query::queues(connection, queue.organization_id)?;
            let reason = match overflows(&all, queue, name) {
                Flow::Ends => return Ok(()),
                Flow::Nowhere => "must name a queue that there is",
                Flow::Round => "must not lead back to this queue",
            };
            faults.demand(false, "overflow", reason);
        }
    }
    Ok(())
}

/// Whether calls can be transferred to an extension of that name: one of the organization, one of the configuration in a granted context, or an
/// agent's own.
pub(super) fn is_extension(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
    configured: &[(String, String)],
) -> Result<bool, StoreError> {
    let granted = query::granted(connection, organization_id)?;
    let is_configured =
        configured.iter().any(|(configured, context)| configured == name && granted.context(context));
    Ok(is_configured
        || query::extensions(connection, organization_id)?.iter().any(|extension| extension.name == name)
        || query::agent_at_extension(connection, organization_id, name)?.is_some())
}

/// The end of the overflow of a queue's callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// In an existing queue, whose overflow does not lead into a queue.
    Ends,
    /// In a queue that does not exist.
    Nowhere,
    /// In the queue in which it began.
    Round,
}

/// Returns the end of the overflow of `queue`'s callers into the queue called `name`. `all` are the organization's present queues; `queue` replaces its old
/// version among them, whatever its name was.
fn overflows(all: &[Queue], queue: &Queue, name: &str) -> Flow {
    let is_itself =
        |name: &str| name == queue.name || all.iter().any(|other| other.id == queue.id && other.name == name);
    let mut name = name;
    // No path is longer than the list.
    for _ in 0..=all.len() {
        if is_itself(name) {
            return Flow::Round;
        }
        match all.iter().find(|other| other.name == name).map(|other| &other.overflow) {
            None => return Flow::Nowhere,
            Some(Overflow::Queue { name: next }) => name = next,
            Some(_) => return Flow::Ends,
        }
    }
    Flow::Round
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, overflow: Option<&str>) -> Queue {
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
        let overflow = overflow.map_or(Overflow::Callback, |name| Overflow::Queue { name: name.to_owned() });
        Queue {
            id: QueueId(id),
            organization_id: OrganizationId(id),
            name: name.to_owned(),
            title: String::new(),
            strategy: Default::default(),
            ring_s: 20,
            skills: BTreeSet::new(),
            members: Vec::new(),
            priority: 0,
            max_wait_s: 300,
            max_waiting: 20,
            overflow,
            in_hours_only: false,
            tells_position: true,
            wrap_up_s: 60,
            wrap_up_required: false,
        }
    }

    #[test]
    fn overflow_ends_somewhere_and_never_leads_back() {
        let all =
            [queue("a", Some("b")), queue("b", Some("c")), queue("c", None), queue("lost", Some("gone"))];
        let flow = |of: &Queue, into: &str| overflows(&all, of, into);
        assert_eq!(flow(&queue("new", None), "a"), Flow::Ends);
        assert_eq!(flow(&all[0], "b"), Flow::Ends);
        assert_eq!(flow(&all[2], "a"), Flow::Round);
        assert_eq!(flow(&all[2], "c"), Flow::Round);
        assert_eq!(flow(&queue("new", None), "new"), Flow::Round);
        assert_eq!(flow(&queue("new", None), "gone"), Flow::Nowhere);
        // It is the same queue under another name.
        let renamed = Queue { name: "z".to_owned(), ..all[2].clone() };
        assert_eq!(flow(&renamed, "a"), Flow::Round);
        assert_eq!(flow(&renamed, "z"), Flow::Round);
    }

    #[test]
    fn skills_are_stored_in_lower_case_without_duplicates() {
        let mut faults = Faults::default();
        let kept = skills(&mut faults, vec![" German ".to_owned(), "german".to_owned(), "VIP".to_owned()]);
        assert_eq!(kept, ["german".to_owned(), "vip".to_owned()].into());
        assert!(faults.into_result().is_ok());
        for bad in [vec![" ".to_owned()], vec!["a\nb".to_owned()], vec!["x".repeat(SKILL_CHARS_MAX + 1)]] {
            let mut faults = Faults::default();
            skills(&mut faults, bad.clone());
            assert!(faults.into_result().is_err(), "{bad:?}");
        }
    }
}
