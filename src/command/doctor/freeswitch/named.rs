//! Checks for names in our configuration that a FreeSWITCH must have: the users of extensions, music on hold, and the trunk.

use super::super::esl::{EslClient, EslFault};
use super::super::{Check, Named};
use crate::config::{FreeswitchSection, FreeswitchServer};

const EXTENSIONS: &str = "extensions";
const MUSIC: &str = "hold music";
const TRUNK: &str = "trunk";

/// Prefix of a stream of the module `mod_local_stream`.
const LOCAL_STREAM: &str = "local_stream://";
/// The stream that is played if the named one does not exist.
const DEFAULT_STREAM: &str = "default";
/// Prefix of a dial string over a gateway of `mod_sofia`.
const GATEWAY: &str = "sofia/gateway/";

/// Runs all these checks, until the connection breaks.
pub(super) fn examine(
    client: &mut EslClient,
    freeswitch: &FreeswitchSection,
    named: &Named,
    (name, server): (&str, &FreeswitchServer),
    checks: &mut Vec<Check>,
) -> Result<(), EslFault> {
    checks.extend(extensions(client, named, name)?);
    checks.extend(music(client, freeswitch, name)?);
    checks.extend(trunk(client, name, server)?);
    Ok(())
}

fn extensions(client: &mut EslClient, named: &Named, name: &str) -> Result<Option<Check>, EslFault> {
    let mut missing = Vec::new();
    for (extension, place) in &named.extensions {
        if client.has_user(place.extension(), place.context())? == Some(false) {
            missing.push(format!("{extension} ({place})"));
        }
    }
    Ok(match missing.is_empty() {
        false => Some(Check::bad(
            EXTENSIONS,
            format!("the directory of {name} has no user for {}: they can't be rung", missing.join(", ")),
            "add them to its directory, then `fs_cli -x reloadxml`; or set the extension to one that it has"
                .to_owned(),
        )),
        true if named.extensions.is_empty() => None,
        true => {
            Some(Check::good(EXTENSIONS, format!("{name} has the users of all {}", named.extensions.len())))
        }
    })
}

fn music(
    client: &mut EslClient,
    freeswitch: &FreeswitchSection,
    name: &str,
) -> Result<Option<Check>, EslFault> {
    let music = freeswitch.hold_music.as_str();
    let Some(stream) = music.strip_prefix(LOCAL_STREAM) else { return Ok(None) };
    let fix = "`fs_cli -x 'load mod_local_stream'`, and name a folder of sounds for it in local_stream.conf.xml; or set \
               freeswitch.hold_music to what it has";
    let streams = match client.has_module("mod_local_stream")? {
        true => client.streams()?,
        false => Some(Vec::new()),
    };
    let Some(streams) = streams else {
        return Ok(Some(Check::good(MUSIC, format!("{name} can't tell whether it has {music}"))));
    };
    // A stream for each rate comes before one for all. If there is neither, the one named `default` is played.
    let has = |stream: &str| {
        streams
            .iter()
            .any(|known| known == stream || known.rsplit_once('/').is_some_and(|(of, _)| of == stream))
    };
    Ok(Some(match (has(stream), has(DEFAULT_STREAM)) {
        (true, _) => Check::good(MUSIC, format!("{name} has {music}")),
        (false, true) => Check::bad(
            MUSIC,
            format!("{name} has no {music}: callers on hold hear its stream `{DEFAULT_STREAM}` instead"),
            fix.to_owned(),
        ),
        (false, false) => {
            Check::bad(MUSIC, format!("{name} has no {music}: callers on hold hear silence"), fix.to_owned())
        }
    }))
}

fn trunk(client: &mut EslClient, name: &str, server: &FreeswitchServer) -> Result<Option<Check>, EslFault> {
    let Some(trunk) = server.trunk.as_ref().map(ToString::to_string) else { return Ok(None) };
    let gateway = trunk.strip_prefix(GATEWAY).and_then(|rest| rest.split('/').next());
    let Some(gateway) = gateway.filter(|gateway| !gateway.contains('{')) else {
        return Ok(Some(Check::good(TRUNK, format!("{name} can't tell whether it has {trunk}"))));
    };
    let said = client.gateway(gateway)?;
    Ok(Some(match said.contains("Invalid Gateway") || said.trim_start().starts_with("-ERR") {
        false => Check::good(TRUNK, format!("{name} has the gateway {gateway}")),
        true => Check::bad(
            TRUNK,
            format!("{name} has no gateway {gateway}: no number can be called"),
            format!(
                "set freeswitch.servers.{name}.trunk to a gateway that `fs_cli -x 'sofia status'` lists, or add it and \
                 `fs_cli -x 'sofia profile external rescan'`"
            ),
        ),
    }))
}
