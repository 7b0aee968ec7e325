//! The switch calls: `bridge` and `originate`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::sleep;
use uuid::Uuid;

use super::apps;
use super::channel::{Channel, Direction, Disposition, Profile, variables_of_callee};
use super::dialplan::{self, Route};
use super::extension::{Extension, Failure, Phone, Registration};
use super::settings::TICK;
use super::switch::Switch;
use crate::clock::now;

/// How long a call rings by default; FreeSWITCH's own default.
const TIMEOUT_S: u64 = 60;
/// FreeSWITCH's clock counts whole seconds: a timeout of 4 s came after 3.4 to 3.9 s.
const CLOCK_LAG: Duration = Duration::from_millis(400);

/// The purpose of the call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    /// A call that waits for it.
    Bridge(&'a Arc<Channel>),
    /// No call: `originate`.
    Originate {
        /// The route of the leg once it is answered.
        place: &'a str,
    },
}

/// Calls along a dial string: `a|b` one after the other, `a,b` all at once.
pub(super) async fn originate(
    switch: &Arc<Switch>,
    dial: &str,
    origin: Origin<'_>,
) -> Result<Arc<Channel>, Failure> {
    let (variables, targets) = variables(dial).ok_or_else(|| Failure::plain("DESTINATION_OUT_OF_ORDER"))?;
    let mut failure = Failure::plain("DESTINATION_OUT_OF_ORDER");
    for group in targets.split('|') {
        match ring_all(switch, group, &variables, origin).await {
            Ok(leg) => return Ok(leg),
            Err(reason) => failure = reason,
        }
        if gone(origin) {
            break;
        }
    }
    Err(failure)
}

pub(super) type Variables = Vec<(String, String)>;

/// `{a=b,c=d}rest`; `None` for a brace that does not close.
fn variables(dial: &str) -> Option<(Variables, &str)> {
    let Some(inside) = dial.strip_prefix('{') else { return Some((Vec::new(), dial)) };
    let (list, rest) = inside.split_once('}')?;
    let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
    Some((pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), rest))
}

async fn ring_all(
    switch: &Arc<Switch>,
    group: &str,
    variables: &Variables,
    origin: Origin<'_>,
) -> Result<Arc<Channel>, Failure> {
    let (mut legs, mut failure) = (Vec::new(), None);
    for target in group.split(',') {
        match leg(switch, target.trim(), variables, origin) {
            Ok(leg) => legs.push(leg),
            Err(reason) => failure = Some(reason),
        }
    }
    let mut waiting: Vec<_> =
        legs.iter().map(|(leg, phone)| Box::pin(answered(leg, *phone, variables, origin))).collect();
    while !waiting.is_empty() {
        let (result, _, others) = select_all(waiting).await;
        waiting = others;
        match result {
            Ok(winner) => {
                for (leg, _) in &legs {
                    if leg.uuid != winner.uuid {
                        leg.hang_up("LOSE_RACE", Disposition::SendCancel);
                    }
                }
                return Ok(winner);
            }
            Err(reason) => failure = Some(reason),
        }
    }
    Err(failure.unwrap_or_else(|| Failure::plain("DESTINATION_OUT_OF_ORDER")))
}

/// Makes the leg for one target, or returns at once why there is none.
fn leg(
    switch: &Arc<Switch>,
    target: &str,
    variables: &Variables,
    origin: Origin<'_>,
) -> Result<(Arc<Channel>, Phone), Failure> {
    if let Some(cause) = target.strip_prefix("error/") {
        return Err(Failure::plain(&cause.to_ascii_uppercase()));
    }
    let presence = if target.starts_with("user/") { Presence::Known } else { Presence::None };
    let extension = match target.split_once('/') {
        Some(("user", user)) => {
            let number = user.split('@').next().unwrap_or_default();
            switch.extension(number).ok_or_else(|| Failure::plain("SUBSCRIBER_ABSENT"))?
        }
        Some(("sofia", rest)) if rest.starts_with("gateway/") => {
            let (gateway, number) = rest["gateway/".len()..].split_once('/').unwrap_or_default();
            if !switch.settings.gateways.iter().any(|known| known == gateway) {
                return Err(Failure::plain("INVALID_GATEWAY"));
            }
            switch.extension(number).ok_or_else(|| Failure::plain("UNALLOCATED_NUMBER"))?
        }
        Some(("sofia", rest)) => {
            let Some(user) = rest.strip_prefix("internal/") else {
                return Err(Failure::plain("INVALID_PROFILE"));
            };
            let number = user.trim_start_matches("sip:").split('@').next().unwrap_or_default();
            // An address is called even if nobody is registered.
            let mut dead = Extension::new(number).phone(Phone::Dead);
            if let Some(known) = switch.extension(number) {
                dead = known;
                dead.registration = Registration::Registered;
            }
            dead
        }
        _ => return Err(Failure::plain("CHAN_NOT_IMPLEMENTED")),
    };
    if extension.registration == Registration::Unregistered {
        return Err(Failure::plain("USER_NOT_REGISTERED"));
    }
    let leg = new_leg(switch, &extension, presence, variables, origin);
    Ok((leg, extension.phone))
}

/// Whether a leg belongs to a registered user; an address does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Known,
    None,
}

fn new_leg(
    switch: &Arc<Switch>,
    extension: &Extension,
    presence: Presence,
    variables: &Variables,
    origin: Origin<'_>,
) -> Arc<Channel> {
    let given =
        |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let uuid = given("origination_uuid").map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let (number, name) = match origin {
        Origin::Bridge(caller) => {
            let profile = caller.state().profile.clone();
            (profile.caller_number, profile.caller_name)
        }
        Origin::Originate { .. } => {
            let number = given("origination_caller_id_number").unwrap_or("0000000000");
            (number.to_owned(), given("origination_caller_id_name").unwrap_or_default().to_owned())
        }
    };
    let domain = &switch.settings.domain;
    let channel_name = format!("sofia/internal/{}@{domain}:{}", extension.number, extension.port());
    let mut profile = Profile::new(
        Direction::Outbound,
        (&number, &name),
        &extension.number,
        channel_name,
        &uuid,
        switch.now_us(),
    );
    if presence == Presence::Known {
        profile.presence_id = Some(format!("{}@{domain}", extension.number));
    }
    let mut all = variables_of_callee(&uuid, &profile, domain, switch.next_session());
    all.extend(variables.iter().chain(&extension.variables).cloned());
    let leg = Channel::new(switch, uuid, profile, all, 8000);
    if let Origin::Bridge(caller) = origin {
        leg.set("originator", &caller.uuid);
        leg.set("signal_bond", &caller.uuid);
        leg.state().other_leg = Some(caller.uuid.clone());
    }
    switch.add(&leg);
    if let Origin::Originate { place } = origin {
        switch.note_originated(&leg, extension.phone, variables, place);
    }
    switch.spawn(dialplan::run(Arc::clone(&leg), Route::Idle));
    leg
}

/// Waits for a leg to be answered, or for the reason why not.
pub(super) async fn answered(
    leg: &Arc<Channel>,
    phone: Phone,
    variables: &Variables,
    origin: Origin<'_>,
) -> Result<Arc<Channel>, Failure> {
    if let Some(failure) = phone.failure() {
        leg.tick().await;
        leg.hang_up(&failure.cause, Disposition::RecvRefuse);
        leg.reported().await;
        return Err(failure);
    }
    if matches!(phone, Phone::Announces { .. }) {
        leg.tick().await;
        apps::early_media(leg);
        let waits = variables.iter().any(|(name, value)| name == "ignore_early_media" && value == "true");
        if !waits {
            // Media is enough here: the leg runs what follows, unanswered.
            return Ok(Arc::clone(leg));
        }
    } else if phone != Phone::Silent {
        apps::ring(leg);
        if let Origin::Bridge(caller) = origin {
            let callee = leg.state().profile.callee.clone();
            caller.state().profile.callee = callee;
        }
    }
    let timeout = variables.iter().find(|(name, _)| name == "originate_timeout");
    let timeout = timeout.and_then(|(_, value)| value.parse().ok()).unwrap_or(TIMEOUT_S);
    let timeout = now() + Duration::from_secs(timeout).saturating_sub(CLOCK_LAG);
    let (answer, leave) = match phone {
        Phone::Answers { after, hangs_up_after } => (Some(now() + after), hangs_up_after),
        Phone::Announces { after } => (Some(now() + after), None),
        _ => (None, None),
    };
    loop {
        if gone(origin) {
            leg.hang_up("ORIGINATOR_CANCEL", Disposition::SendCancel);
            return Err(Failure::new("ORIGINATOR_CANCEL", "CANCEL", None));
        }
        let cause = leg.state().cause.clone();
        if let Some(cause) = cause {
            leg.reported().await;
            return Err(Failure::new(&cause, &cause, None));
        }
        if timeout <= now() {
            leg.hang_up("NO_ANSWER", Disposition::SendCancel);
            leg.reported().await;
            return Err(Failure::new("NO_ANSWER", "NOANSWER", None));
        }
        if leg.is_answered() || answer.is_some_and(|answer| answer <= now()) {
            break;
        }
        // The waiting call is on another task: it is checked in ticks, as the switch does.
        sleep(TICK).await;
    }
    apps::answer(leg);
    if let Some(leave) = leave {
        let phone = Arc::clone(leg);
        leg.switch.spawn(async move {
            sleep(leave).await;
            phone.phone_hangs_up().await;
        });
    }
    leg.tick().await;
    Ok(Arc::clone(leg))
}

/// Whether the waiting call has left.
fn gone(origin: Origin<'_>) -> bool {
    match origin {
        Origin::Bridge(caller) => caller.is_over() || caller.state().next.is_some(),
        Origin::Originate { .. } => false,
    }
}
