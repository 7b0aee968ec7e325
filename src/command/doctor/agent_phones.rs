//! Checks that the phones of agents who talk on a phone instead of in a browser can be rung.

use std::fmt;

use cordboard_schema::agent::AgentAudio;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::Integration;
use cordboard_schema::queue::Floor;

use super::Check;
use crate::config::Config;
use crate::outside_accounts::SWITCH_NAME;
use crate::store::SettingsOfCalls;

const SUBJECT: &str = "agents' phones";
/// Phones that one line of the report names.
const NAMED_MAX: usize = 5;

/// The phone of an agent: the name of its extension. Reports are passed on, so they name no person.
struct Phone<'a> {
    extension: &'a str,
    organization_id: OrganizationId,
}

impl fmt::Display for Phone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the organization {}", self.extension, self.organization_id)
    }
}

/// Returns no checks if all agents talk in a browser.
pub(super) fn examine(config: &Config, stored: &SettingsOfCalls) -> Vec<Check> {
    let (mut absent, mut mute, mut rung) = (Vec::new(), Vec::new(), 0_usize);
    for floor in &stored.floors {
        let is_rung = rings_phones(config, stored, floor.organization_id);
        for phone in phones(floor) {
            if !has_place(config, stored, &phone) {
                absent.push(phone);
            } else if !is_rung {
                mute.push(phone);
            } else {
                rung += 1;
            }
        }
    }
    let mut checks = Vec::new();
    if !absent.is_empty() {
        checks.push(Check::bad(
            SUBJECT,
            format!("no switch can ring {}: there is no extension of that name", listed(&absent)),
            "make the extension again, or have the agent talk in the browser (page Team)".to_owned(),
        ));
    }
    if !mute.is_empty() {
        checks.push(Check::bad(
            SUBJECT,
            format!("no switch can ring {}: the organization has none that rings extensions", listed(&mute)),
            "set asterisk.servers.<name> or freeswitch.servers.<name>, and grant it to the organization; or have the agent talk in the browser (page Team)"
                .to_owned(),
        ));
    }
    if checks.is_empty() && rung > 0 {
        checks.push(Check::good(SUBJECT, format!("a switch can ring all {rung}")));
    }
    checks
}

fn phones(floor: &Floor) -> impl Iterator<Item = Phone<'_>> {
    let by_phone = floor.agents.iter().filter(|agent| agent.audio == AgentAudio::Phone);
    by_phone.filter_map(|agent| {
        let extension = agent.extension.as_deref()?;
        Some(Phone { extension, organization_id: floor.organization_id })
    })
}

/// Returns whether the extension leads to a place in a dialplan that its organization may use: its own dialplan, or the configuration's.
fn has_place(config: &Config, stored: &SettingsOfCalls, phone: &Phone<'_>) -> bool {
    let granted = stored.granted(phone.organization_id);
    let own = stored.dialling.get(&phone.organization_id);
    let is_own = own
        .and_then(|said| said.extensions.get(phone.extension))
        .is_some_and(|place| granted.context(place.context()));
    // An own extension that can't be read still replaces the configuration's. The check of the stored settings reports it.
    let is_withheld = own.is_some_and(|said| said.withheld.contains(phone.extension));
    let mut configured = config.extensions.iter();
    is_own
        || is_withheld
        || configured
            .any(|(name, place)| name.as_str() == phone.extension && granted.context(place.context()))
}

/// Returns whether the organization has a switch that rings extensions.
fn rings_phones(config: &Config, stored: &SettingsOfCalls, organization_id: OrganizationId) -> bool {
    let granted = stored.granted(organization_id);
    let sections = config.switches.each();
    let mut that_ring =
        sections.iter().filter(|section| section.makes_calls()).flat_map(|section| section.named());
    if that_ring.any(|switch| granted.switch(switch.name)) {
        return true;
    }
    let is_own = |one: &&Integration| one.organization_id == organization_id;
    let own = stored.integrations.iter().filter(is_own).find_map(|one| one.settings.twilio());
    match own {
        // Its own account replaces the configuration's.
        Some(own) => own.sip_domain.is_some(),
        None => {
            let twilio = &config.switches.twilio;
            twilio.account_sid.is_some() && twilio.policy().reaches_extensions && granted.switch(SWITCH_NAME)
        }
    }
}

/// Lists some of the phones, and the number of the others.
fn listed(phones: &[Phone<'_>]) -> String {
    let named: Vec<String> = phones.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let named = named.join(", ");
    match phones.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cordboard_actors::messages::Dialling;
    use cordboard_schema::agent::Agent;
    use cordboard_schema::dialplan::DialplanTarget;
    use cordboard_schema::ids::UserId;
    use uuid::Uuid;

    use super::*;
    use crate::command::doctor::report;
    use crate::config::Sources;

    const HOME: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));

    /// Returns an organization whose agents talk at these extensions, and which has these of them itself.
    fn floor(organization_id: OrganizationId, phones: &[&str], own: &[&str]) -> (Floor, Dialling) {
        let agents = phones.iter().map(|extension| {
            let name = "Ada".to_owned();
            let agent = Agent::new(organization_id, UserId(Uuid::now_v7()), name);
            Agent { extension: Some((*extension).to_owned()), audio: AgentAudio::Phone, ..agent }
        });
        let floor = Floor { organization_id, agents: agents.collect(), queues: Vec::new(), hours: None };
        let place = |name: &&str| ((*name).to_owned(), target(name));
        let extensions = own.iter().map(place).collect();
        (floor, Dialling { extensions, ..Dialling::default() })
    }

    fn target(name: &str) -> DialplanTarget {
        format!("internal,{name},1").parse().unwrap()
    }

    fn stored(floors: Vec<(Floor, Dialling)>) -> SettingsOfCalls {
        let dialling: BTreeMap<_, _> =
            floors.iter().map(|(floor, said)| (floor.organization_id, said.clone())).collect();
        SettingsOfCalls {
            first: Some(HOME),
            profiles: Vec::new(),
            integrations: Vec::new(),
            floors: floors.into_iter().map(|(floor, _)| floor).collect(),
            dialling,
        }
    }

    fn config(settings: &[(&str, &str)]) -> Config {
        let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
    }

    fn with_switch() -> Config {
        config(&[
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__HOST", "192.0.2.1"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__USER", "cordboard"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET", "tiger"),
            ("CORDBOARD_EXTENSIONS__DESK", "internal,9,1"),
        ])
    }

    #[test]
    fn agents_who_talk_in_a_browser_are_not_reported() {
        assert!(examine(&Config::default(), &stored(vec![floor(HOME, &[], &["200"])])).is_empty());
    }

    #[test]
    fn phones_without_an_extension_or_a_switch_are_reported() {
        let phones = || vec![floor(HOME, &["200", "desk", "201"], &["200"])];
        let text = report(&examine(&with_switch(), &stored(phones()))).to_string();
        let expected = format!("no switch can ring 201 of the organization {HOME}: there is no extension");
        assert!(text.contains(&expected) && text.lines().count() == 2, "{text}");
        let text = report(&examine(&Config::default(), &stored(phones()))).to_string();
        let expected =
            format!("no switch can ring 200 of the organization {HOME}: the organization has none");
        assert!(text.contains(&expected), "{text}");
        assert!(!text.contains("Ada"), "{text}");
    }

    #[test]
    fn an_ungranted_switch_rings_only_the_phones_of_its_owner() {
        let both = || vec![floor(HOME, &["200"], &["200"]), floor(OTHER, &["300"], &["300"])];
        let rows = stored(both());
        let text = report(&examine(&with_switch(), &rows)).to_string();
        assert!(text.contains(&format!("300 of the organization {OTHER}")), "{text}");
        assert!(!text.contains(&HOME.to_string()), "{text}");
        let mut granted = stored(both());
        let grants = &mut granted.dialling.get_mut(&OTHER).unwrap().grants;
        grants.contexts.insert("internal".to_owned());
        let text = report(&examine(&with_switch(), &granted)).to_string();
        assert!(text.contains("the organization has none that rings"), "{text}");
        let grants = &mut granted.dialling.get_mut(&OTHER).unwrap().grants;
        grants.switches.insert("pbx1".to_owned());
        let text = report(&examine(&with_switch(), &granted)).to_string();
        assert!(text.contains("a switch can ring all 2"), "{text}");
    }

    #[test]
    fn five_of_many_phones_are_named_and_others_are_counted() {
        let names: Vec<String> = (200..220).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text =
            report(&examine(&Config::default(), &stored(vec![floor(HOME, &names, &names)]))).to_string();
        assert!(text.contains("204 of the organization") && text.contains(" and 15 more: "), "{text}");
        assert!(!text.contains("205"), "{text}");
    }
}
