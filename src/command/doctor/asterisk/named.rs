//! Checks for names in our configuration that an Asterisk must have: the token of its dialplan, the places of extensions, music on hold, and the
//! trunk.

use cordboard_schema::wire::ami::{Action, AmiValue, Answer, Message};

use super::super::ami::AmiFault;
use super::super::{Check, Named};
use super::Patient;

const TOKEN: &str = "dialplan token";
const EXTENSIONS: &str = "extensions";
const MUSIC: &str = "hold music";
const TRUNK: &str = "trunk";
const DIALLER: &str = "dialler's dialplan";

/// The contexts in which OSdial, and VICIdial, dial the extensions of remote agents.
const DIALLER_CONTEXTS: [&str; 2] = ["osdial", "default"];
/// Every context of ours in which a channel may end.
const OUR_CONTEXTS: [&str; 10] = [
    "cordboard-osdial",
    "cordboard",
    "cordboard-wideband",
    "cordboard-application",
    "cordboard-call",
    "cordboard-announce",
    "cordboard-ask",
    "cordboard-outbound",
    "cordboard-hold",
    "cordboard-person",
];

/// The music class for callers on hold. The dialplan that we ship names none.
const MUSIC_CLASS: &str = "default";
/// Asterisk's file of music classes.
const MUSIC_FILE: &str = "musiconhold.conf";

impl Patient<'_> {
    /// Runs the checks that a user with these permissions can make.
    pub(super) fn examine_named(
        &mut self,
        named: &Named,
        permitted: &Message,
        checks: &mut Vec<Check>,
    ) -> Result<(), AmiFault> {
        let may = |action: &str| permitted.get(action).is_some();
        if may("Getvar") {
            self.examine_token(named, checks)?;
            self.examine_places(named, checks)?;
            self.examine_dialler(named, checks)?;
        }
        if may("GetConfig") {
            self.examine_music(checks)?;
        }
        if may("PJSIPShowEndpoint") {
            self.examine_trunk(checks)?;
        }
        Ok(())
    }

    fn examine_token(&mut self, named: &Named, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        // A token that is created at the first start does not exist yet.
        let Some(ours) = &named.dialplan_token else { return Ok(()) };
        let name = self.name;
        let theirs = self.client.value_of("CORDBOARD_TOKEN")?;
        let fix = || {
            "write `CORDBOARD_TOKEN = ` and the dialplan token (`dialplan_token`, otherwise the file of that name in the data folder) into \
             its [globals], after globals.conf, then `asterisk -rx 'dialplan reload'`"
                .to_owned()
        };
        checks.push(match theirs.as_deref() {
            Some(theirs) if ours.matches(theirs) => {
                Check::good(TOKEN, format!("the dialplan of {name} has ours"))
            }
            Some(_) => Check::bad(
                TOKEN,
                format!(
                    "the dialplan of {name} has another one: its calls are not announced, and Cordboard refuses its questions with 401"
                ),
                fix(),
            ),
            None => Check::bad(TOKEN, format!("the dialplan of {name} has no CORDBOARD_TOKEN"), fix()),
        });
        Ok(())
    }

    fn examine_places(&mut self, named: &Named, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let name = self.name;
        let mut missing = Vec::new();
        for (extension, place) in &named.extensions {
            match self.client.value_of(&format!("DIALPLAN_EXISTS({place})"))?.as_deref() {
                Some("1") => {}
                Some(_) => missing.push(format!("{extension} ({place})")),
                // The missing DIALPLAN_EXISTS is reported in its own line.
                None => return Ok(()),
            }
        }
        if !missing.is_empty() {
            let found = format!(
                "the dialplan of {name} has no place for {}: callers who are transferred there are lost",
                missing.join(", ")
            );
            let fix = "add these to its dialplan, then `asterisk -rx 'dialplan reload'`; or set the extension to a place that it has";
            checks.push(Check::bad(EXTENSIONS, found, fix.to_owned()));
        } else if !named.extensions.is_empty() {
            let count = named.extensions.len();
            checks.push(Check::good(EXTENSIONS, format!("{name} has the places of all {count}")));
        }
        Ok(())
    }

    /// Checks whether the extensions of a dialler's remote agents lead to us, and whether the dialler gets reports of calls that end in our contexts.
    fn examine_dialler(&mut self, named: &Named, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        if named.agent_extensions.is_empty() {
            return Ok(());
        }
        let name = self.name;
        let mut without_h = Vec::new();
        for extension in &named.agent_extensions {
            let mut is_there = false;
            for context in DIALLER_CONTEXTS {
                is_there |= self.has_place(&format!("{context},{extension},1"))?;
            }
            if !is_there {
                without_h.push(extension.as_str());
            }
        }
        let leads_here = self.has_place("cordboard-osdial,8801,1")?;
        checks.push(match (leads_here, without_h.is_empty()) {
            (true, true) => Check::good(DIALLER, format!("{name} has the extensions of all remote agents")),
            (true, false) => Check::bad(
                DIALLER,
                format!(
                    "{name} has no {} in the contexts {}: calls of these remote agents are lost",
                    without_h.join(", no "),
                    DIALLER_CONTEXTS.join(" and ")
                ),
                "add `exten => EXTENSION,1,Goto(cordboard-osdial,${EXTEN},1)` to the dialler's context, then `asterisk -rx 'dialplan reload'`"
                    .to_owned(),
            ),
            (false, _) => Check::bad(
                DIALLER,
                format!("{name} has no context cordboard-osdial: calls of a dialler reach no assistant there"),
                "take deploy/osdial/extensions.conf into its dialplan, after deploy/asterisk/extensions.conf; where it is no dialler's, \
                 nothing is to be done"
                    .to_owned(),
            ),
        });
        if !leads_here {
            return Ok(());
        }
        let mut silent = Vec::new();
        for context in OUR_CONTEXTS {
            if !self.has_place(&format!("{context},h,1"))? {
                silent.push(context);
            }
        }
        checks.push(match silent.is_empty() {
            true => Check::good(DIALLER, format!("every context of ours on {name} reports ends of calls to it")),
            false => Check::bad(
                DIALLER,
                format!(
                    "{name} has no `h` extension in {}: calls that end there stay in the dialler's tables",
                    silent.join(", ")
                ),
                "take deploy/osdial/extensions.conf of this version into its dialplan: it adds the dialler's own".to_owned(),
            ),
        });
        Ok(())
    }

    /// Returns whether the dialplan has a place. If it can't be asked, the answer is yes: that has a line of its own.
    fn has_place(&mut self, place: &str) -> Result<bool, AmiFault> {
        Ok(self.client.value_of(&format!("DIALPLAN_EXISTS({place})"))?.is_none_or(|said| said == "1"))
    }

    fn examine_music(&mut self, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let name = self.name;
        let answer = self.client.ask(&Action::GetConfig { file: MUSIC_FILE })?;
        let has_class = answer.headers().any(|(header, value)| {
            header.starts_with("Category-") && value.trim().eq_ignore_ascii_case(MUSIC_CLASS)
        });
        checks.push(match has_class {
            true => Check::good(MUSIC, format!("{name} has the music class {MUSIC_CLASS}")),
            false => Check::bad(
                MUSIC,
                format!("{name} has no class {MUSIC_CLASS} in {MUSIC_FILE}: callers on hold hear silence"),
                format!(
                    "write `[{MUSIC_CLASS}]` with `mode = files` and a `directory` of sounds into {MUSIC_FILE}, then \
                     `asterisk -rx 'moh reload'`"
                ),
            ),
        });
        Ok(())
    }

    fn examine_trunk(&mut self, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let Some(trunk) = &self.server.trunk else { return Ok(()) };
        let trunk = trunk.to_string();
        let name = self.name;
        let Some(endpoint) = pjsip_endpoint(&trunk) else {
            checks.push(Check::good(TRUNK, format!("{name}: AMI can't tell whether it has {trunk}")));
            return Ok(());
        };
        let answer = self.client.ask(&Action::PjsipShowEndpoint { endpoint: AmiValue::new(endpoint)? })?;
        checks.push(match Answer::of(&answer).failure() {
            None => Check::good(TRUNK, format!("{name} has the endpoint {endpoint}")),
            Some(why) => Check::bad(
                TRUNK,
                format!("{name} has no endpoint {endpoint} ({why}): no number can be called"),
                format!(
                    "set asterisk.servers.{name}.trunk to an endpoint of its pjsip.conf (`asterisk -rx 'pjsip show endpoints'` lists them)"
                ),
            ),
        });
        Ok(())
    }
}

/// Returns the endpoint of a dial string such as `PJSIP/{number}@trunk` or `PJSIP/trunk/sip:{number}@host`; none for another technology.
fn pjsip_endpoint(trunk: &str) -> Option<&str> {
    let dialled = trunk.strip_prefix("PJSIP/")?;
    let endpoint = match dialled.split_once('/') {
        Some((first, _)) if !first.contains(['{', '@']) => first,
        _ => dialled.split_once('@')?.1.split('/').next()?,
    };
    (!endpoint.is_empty() && !endpoint.contains('{')).then_some(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_of_a_trunk_is_found_in_each_form() {
        for (trunk, endpoint) in [
            ("PJSIP/{number}@trunk", Some("trunk")),
            ("PJSIP/{number}@trunk/sip:pbx.example", Some("trunk")),
            ("PJSIP/carrier/sip:{number}@pbx.example", Some("carrier")),
            ("PJSIP/{number}", None),
            ("DAHDI/g1/{number}", None),
        ] {
            assert_eq!(pjsip_endpoint(trunk), endpoint, "{trunk}");
        }
    }
}
