//! The switches that calls know. Each kind adds its own; code that looks for a switch names no kind.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::caller_line::LineKind;
use cordboard_schema::grant::Granted;
use cordboard_schema::switch::{Servers, SwitchKind};
use cordboard_schema::wire::twilio::AccountSid;

use crate::call::neighbours::Dialler;
use crate::line::SwitchLine;
use crate::messages::NoSwitch;
use crate::meters::SwitchMeter;

/// A switch that we are connected to, or try to connect to.
#[derive(Clone, Debug)]
pub struct KnownSwitch {
    /// Its name in the configuration; for an account, the word of its kind.
    pub name: String,
    /// Its kind.
    pub kind: SwitchKind,
    /// The line to its actor.
    pub line: SwitchLine,
    /// Its figures.
    pub meter: SwitchMeter,
    /// Whether it can make calls for us.
    pub makes_calls: bool,
    /// The setting that would give it a line to the outside, if it has none.
    pub missing_trunk_setting: Option<String>,
    /// Rate of the audio of calls that it makes.
    pub rate: SampleRate,
    /// The organization's own account; none for a switch of the configuration.
    pub account: Option<AccountSid>,
}

impl KnownSwitch {
    /// Returns the switch as one that makes calls, for an organization with these grants.
    fn dialler(&self, granted: &Granted) -> Dialler {
        Dialler {
            name: self.name.clone(),
            kind: self.kind,
            line: self.line.clone(),
            is_connected: self.meter.figures().is_connected,
            missing_trunk_setting: self.missing_trunk_setting.clone(),
            is_trunk_granted: self.account.is_some() || granted.trunk(&self.name),
            rate: self.rate,
            account: self.account.clone(),
        }
    }
}

/// The switches that may have a caller's channel.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// All of them. Each is asked to watch the caller's channel.
    pub may_hold: Vec<SwitchLine>,
    /// The one that is known to hold the caller; none if the switch has to report that itself.
    pub holds: Option<SwitchLine>,
}

impl Holders {
    /// Returns this switch as the only one.
    pub fn one(line: SwitchLine) -> Self {
        Self { may_hold: vec![line.clone()], holds: Some(line) }
    }
}

/// The switches that calls of an organization can use.
#[derive(Clone, Debug, Default)]
pub struct KnownSwitches(pub Vec<KnownSwitch>);

impl KnownSwitches {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &KnownSwitch> {
        self.0.iter()
    }

    /// Returns the switches of one kind.
    pub fn of_kind(&self, kind: SwitchKind) -> impl Iterator<Item = &KnownSwitch> {
        self.iter().filter(move |switch| switch.kind == kind)
    }

    /// Returns the line to the switch of this name in the configuration.
    pub fn named(&self, name: &str) -> Option<SwitchLine> {
        self.configured().find(|switch| switch.name == name).map(|switch| switch.line.clone())
    }

    /// Returns the lines to all switches that have a name in the configuration; accounts have none.
    pub fn lines(&self) -> Vec<SwitchLine> {
        self.configured().map(|switch| switch.line.clone()).collect()
    }

    fn configured(&self) -> impl Iterator<Item = &KnownSwitch> {
        self.iter().filter(|switch| switch.kind.servers() == Servers::Named)
    }

    /// Returns the switches that may have the channel of a caller whose name is of this kind. With a `server`, it is the switch of
    /// that name in the configuration; without, the only one of its kind. If several come into question, or the caller is on a leg
    /// of ours, it may be any switch of the kind, and the switch that has the caller says so.
    pub fn holders(&self, kind: SwitchKind, server: Option<&str>) -> Holders {
        let all = || self.of_kind(kind).map(|switch| switch.line.clone()).collect::<Vec<_>>();
        match (kind.line(), server) {
            (LineKind::ControlledLeg, _) => Holders { may_hold: all(), holds: None },
            (_, Some(server)) => self.named(server).map(Holders::one).unwrap_or_default(),
            (line, None) => match all() {
                only if only.len() == 1 => Holders { holds: only.first().cloned(), may_hold: only },
                several if line == LineKind::Channel => Holders { may_hold: several, holds: None },
                _ => Holders::default(),
            },
        }
    }

    /// Returns the switch of this name that makes calls for an organization with these grants. If none is named, it is the one that
    /// `as_a_rule` names, or else the only one.
    ///
    /// # Errors
    /// There is none, or it is not clear which one is meant.
    pub fn dialler(
        &self,
        granted: &Granted,
        name: Option<&str>,
        as_a_rule: Option<&str>,
    ) -> Result<Dialler, NoSwitch> {
        let makes_calls = || self.iter().filter(|switch| switch.makes_calls);
        let is_granted = |switch: &&KnownSwitch| switch.account.is_some() || granted.switch(&switch.name);
        let all: Vec<&KnownSwitch> = makes_calls().filter(is_granted).collect();
        if name.is_none() && all.is_empty() && makes_calls().next().is_some() {
            return Err(NoSwitch::NotGranted);
        }
        let find = |name: &str| all.iter().find(|switch| switch.name == name);
        let named = match name {
            Some(name) => Some(find(name).ok_or(NoSwitch::Unknown)?),
            None => as_a_rule.and_then(find),
        };
        match (named, &all[..]) {
            (Some(switch), _) | (None, [switch]) => Ok(switch.dialler(granted)),
            (None, []) => Err(NoSwitch::None),
            (None, _) => Err(NoSwitch::Which(all.iter().map(|switch| switch.name.clone()).collect())),
        }
    }
}

impl FromIterator<KnownSwitch> for KnownSwitches {
    fn from_iter<I: IntoIterator<Item = KnownSwitch>>(switches: I) -> Self {
        Self(switches.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::grant::Grants;

    use super::*;

    fn switch(name: &str, kind: SwitchKind) -> KnownSwitch {
        let (line, _) = SwitchLine::open();
        KnownSwitch {
            name: name.to_owned(),
            kind,
            line,
            meter: SwitchMeter::default(),
            makes_calls: true,
            missing_trunk_setting: None,
            rate: SampleRate::HZ_8000,
            account: None,
        }
    }

    /// Two PBXs of one kind, one of another, and an account.
    fn switches() -> KnownSwitches {
        let kinds = [
            ("berlin", SwitchKind::Freeswitch),
            ("bonn", SwitchKind::Freeswitch),
            ("pbx", SwitchKind::Asterisk),
            ("twilio", SwitchKind::Twilio),
        ];
        kinds.into_iter().map(|(name, kind)| switch(name, kind)).collect()
    }

    /// Returns the name of the switch that makes a call, or why none does.
    fn dialler(
        switches: &KnownSwitches,
        granted: &[&str],
        name: Option<&str>,
        as_a_rule: Option<&str>,
    ) -> Result<String, NoSwitch> {
        let named = granted.iter().map(|&name| name.to_owned()).collect();
        let granted = Granted::Named(Grants { switches: named, ..Grants::default() });
        switches.dialler(&granted, name, as_a_rule).map(|dialler| dialler.name)
    }

    #[test]
    fn the_named_usual_or_only_switch_makes_the_call() {
        let all = ["berlin", "bonn", "pbx", "twilio"];
        let which = |names: &[&str]| NoSwitch::Which(names.iter().map(|&name| name.to_owned()).collect());
        type Row<'a> = (&'a [&'a str], Option<&'a str>, Option<&'a str>, Result<&'a str, NoSwitch>);
        let rows: [Row<'_>; 8] = [
            (&all, Some("pbx"), Some("bonn"), Ok("pbx")),
            (&all, None, Some("bonn"), Ok("bonn")),
            (&["pbx"], None, None, Ok("pbx")),
            // The usual switch was not granted, and another one is the only one that was.
            (&["pbx"], None, Some("bonn"), Ok("pbx")),
            (&["pbx", "bonn"], None, Some("berlin"), Err(which(&["bonn", "pbx"]))),
            (&all, None, None, Err(which(&all))),
            // A switch that was not granted counts as missing.
            (&["pbx"], Some("bonn"), None, Err(NoSwitch::Unknown)),
            (&[], None, None, Err(NoSwitch::NotGranted)),
        ];
        for (granted, name, as_a_rule, expected) in rows {
            let made_by = dialler(&switches(), granted, name, as_a_rule);
            assert_eq!(made_by, expected.map(str::to_owned), "{granted:?} {name:?} {as_a_rule:?}");
        }
        assert_eq!(dialler(&KnownSwitches::default(), &all, None, None), Err(NoSwitch::None));
        let mut silent = switch("pbx", SwitchKind::Asterisk);
        silent.makes_calls = false;
        assert_eq!(dialler(&KnownSwitches(vec![silent]), &all, None, None), Err(NoSwitch::None));
    }

    #[test]
    fn a_callers_switch_is_found_by_name_and_kind() {
        let known = switches();
        let rows = [
            // Callers on legs of ours may come from any switch of the kind.
            (SwitchKind::Asterisk, None, 1, false),
            (SwitchKind::Asterisk, Some("berlin"), 1, false),
            (SwitchKind::Freeswitch, Some("bonn"), 1, true),
            (SwitchKind::Freeswitch, Some("cologne"), 0, false),
            // The switch that has the channel says so.
            (SwitchKind::Freeswitch, None, 2, false),
            (SwitchKind::Twilio, None, 1, true),
            // An account has no name in the configuration.
            (SwitchKind::Twilio, Some("twilio"), 0, false),
        ];
        for (kind, server, may_hold, is_known) in rows {
            let holders = known.holders(kind, server);
            let found = (holders.may_hold.len(), holders.holds.is_some());
            assert_eq!(found, (may_hold, is_known), "{kind:?} {server:?}");
        }
        assert_eq!(known.lines().len(), 3, "accounts have no name in the configuration");
    }
}
