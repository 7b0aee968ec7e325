//! Turns the words of the command line into a command.

use cordboard_schema::wire::control::Command;
use serde_json::{Map, Value, json};

/// Arguments whose values are numbers.
const NUMBERS: [&str; 5] = ["after", "answer_timeout_s", "lead_id", "limit", "list_id"];

/// Returns the command with this name and these arguments. Some are positional, the others are `name=value`.
///
/// # Errors
/// A description of the fault.
pub(super) fn command(name: &str, arguments: &[String]) -> Result<Command, String> {
    if !Command::NAMES.contains(&name) {
        let near = Command::NAMES.iter().max_by(|one, other| {
            strsim::jaro_winkler(name, one).total_cmp(&strsim::jaro_winkler(name, other))
        });
        let near = near.copied().unwrap_or_default();
        return Err(format!("there is no command {name}; did you mean {near}? --help lists them"));
    }
    let mut command = match name {
        "subscribe" => subscription(arguments)?,
        "originate" => {
            let mut call = members(&["key", "to"], arguments)?;
            let key = call.remove("key").unwrap_or_default();
            Map::from_iter([("key".to_owned(), key), ("call".to_owned(), Value::Object(call))])
        }
        "setAgentProfile" => {
            let mut set = members(&["profile_id", "profile"], arguments)?;
            let text = set.remove("profile").unwrap_or_default();
            let profile: Value = serde_json::from_str(text.as_str().unwrap_or_default())
                .map_err(|error| format!("the profile is not JSON: {error}"))?;
            set.insert("profile".to_owned(), profile);
            set
        }
        "transfer" | "bridge" => members(&["call_id", "target"], arguments)?,
        "say" => members(&["call_id", "text"], arguments)?,
        "sendDtmf" => members(&["call_id", "digits"], arguments)?,
        "hangup" | "hold" | "unhold" | "park" | "getCall" => members(&["call_id"], arguments)?,
        "setVariables" => call_and_variables(arguments)?,
        "enableAgentByCampaignId" | "disableAgentByCampaignId" => members(&["campaign_id"], arguments)?,
        "enableAgentByUserId" | "disableAgentByUserId" => members(&["user_id"], arguments)?,
        "assignAgents" => assignments(arguments)?,
        _ => members(&[], arguments)?,
    };
    command.insert("command".to_owned(), name.into());
    serde_json::from_value(Value::Object(command)).map_err(|error| format!("{name}: {error}; see --help"))
}

/// Returns the arguments by name. The first ones are positional.
fn members(by_place: &[&str], arguments: &[String]) -> Result<Map<String, Value>, String> {
    if arguments.len() < by_place.len() {
        return Err(format!("it takes {}; see --help", by_place.join(" and ")));
    }
    let (first, others) = arguments.split_at(by_place.len());
    let first = by_place.iter().zip(first).map(|(name, value)| Ok(((*name).to_owned(), json!(value))));
    first.chain(others.iter().map(|argument| named(argument))).collect()
}

fn named(argument: &str) -> Result<(String, Value), String> {
    let (name, value) = argument
        .split_once('=')
        .ok_or_else(|| format!("unexpected {argument:?}: write further arguments as name=value"))?;
    let value = match value.parse::<u64>() {
        Ok(number) if NUMBERS.contains(&name) => number.into(),
        _ => value.into(),
    };
    Ok((name.to_owned(), value))
}

/// A call, and values by name. The values are always texts, even if they look like numbers.
fn call_and_variables(arguments: &[String]) -> Result<Map<String, Value>, String> {
    let Some((call_id, values)) = arguments.split_first().filter(|(_, values)| !values.is_empty()) else {
        return Err("it takes call_id and name=value, one or more; see --help".to_owned());
    };
    let pair = |argument: &String| match argument.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), json!(value))),
        None => Err(format!("{argument:?} is not a variable: write it as name=value")),
    };
    let variables = values.iter().map(pair).collect::<Result<Map<String, Value>, String>>()?;
    let of_call =
        [("call_id".to_owned(), json!(call_id)), ("variables".to_owned(), Value::Object(variables))];
    Ok(Map::from_iter(of_call))
}

/// Returns remote agents, each with its campaign.
fn assignments(arguments: &[String]) -> Result<Map<String, Value>, String> {
    if arguments.is_empty() {
        return Err("it takes user_id=campaign_id, one or more; see --help".to_owned());
    }
    let pair = |argument: &String| match argument.split_once('=') {
        Some((user, campaign)) => Ok(json!({ "user_id": user, "campaign_id": campaign })),
        None => Err(format!("{argument:?} is not an assignment: write it as user_id=campaign_id")),
    };
    let assignments = arguments.iter().map(pair).collect::<Result<Vec<Value>, String>>()?;
    Ok(Map::from_iter([("assignments".to_owned(), Value::Array(assignments))]))
}

/// Returns topics, and the event to continue after.
fn subscription(arguments: &[String]) -> Result<Map<String, Value>, String> {
    let (topics, others): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| !argument.contains('='));
    if topics.is_empty() {
        return Err("subscribe takes topics: calls, transcripts, actors, metrics, osdial".to_owned());
    }
    let named = others.into_iter().map(|argument| named(argument));
    std::iter::once(Ok(("topics".to_owned(), json!(topics)))).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11";

    fn parsed(line: &[&str]) -> Result<Value, String> {
        let arguments: Vec<String> = line[1..].iter().map(|word| (*word).to_owned()).collect();
        command(line[0], &arguments).map(|command| serde_json::to_value(command).unwrap())
    }

    #[test]
    fn words_become_commands() {
        let say = parsed(&["say", CALL, "One moment."]).unwrap();
        assert_eq!(say, json!({ "command": "say", "call_id": CALL, "text": "One moment." }));
        let list = parsed(&["listCalls", "state=live", "limit=5", "from=+49"]).unwrap();
        assert_eq!(list, json!({ "command": "listCalls", "state": "live", "limit": 5, "from": "+49" }));
        let subscribe = parsed(&["subscribe", "transcripts", "after=17", "calls"]).unwrap();
        assert_eq!(
            subscribe,
            json!({ "command": "subscribe", "topics": ["calls", "transcripts"], "after": 17 })
        );
        let originate = parsed(&["originate", "k", "+4930", "profile=sales"]).unwrap();
        assert_eq!((&originate["key"], &originate["call"]["to"]), (&json!("k"), &json!("+4930")));
        assert_eq!(originate["call"]["profile"], "sales");
        let set = parsed(&["setAgentProfile", CALL, r#"{"greeting":null}"#]).unwrap();
        assert_eq!(set["profile"], json!({ "greeting": null }), "only named members are sent");
        let variables = parsed(&["setVariables", CALL, "limit=5", "note=a=b", "empty="]).unwrap();
        let values = json!({ "limit": "5", "note": "a=b", "empty": "" });
        assert_eq!(variables, json!({ "command": "setVariables", "call_id": CALL, "variables": values }));
        for name in ["hangup", "hold", "unhold", "park", "getCall"] {
            assert_eq!(parsed(&[name, CALL]).unwrap()["call_id"], CALL);
        }
        for name in ["listAgentProfiles", "listExtensions", "unsubscribe"] {
            assert_eq!(parsed(&[name]).unwrap(), json!({ "command": name }));
        }
    }

    #[test]
    fn every_command_has_words() {
        let samples = [
            &["originate", "k", "+4930"][..],
            &["hangup", CALL],
            &["hold", CALL],
            &["unhold", CALL],
            &["park", CALL],
            &["setVariables", CALL, "account=4711"],
            &["transfer", CALL, "sales"],
            &["bridge", CALL, "sales"],
            &["say", CALL, "One moment."],
            &["sendDtmf", CALL, "12#"],
            &["listCalls"],
            &["getCall", CALL],
            &["listAgentProfiles"],
            &["setAgentProfile", CALL, r#"{"greeting":"Hello."}"#],
            &["listExtensions"],
            &["enableAgentByCampaignId", "TEST1"],
            &["disableAgentByCampaignId", "TEST1"],
            &["enableAgentByUserId", "1001"],
            &["disableAgentByUserId", "1001"],
            &["assignAgents", "1001=TEST1", "1010=TEST2"],
            &["listOsdialAgents", "campaign_id=TEST1"],
            &["listOsdialLiveAgents", "limit=5"],
            &["listOsdialCampaigns"],
            &["listOsdialLists"],
            &["listOsdialLeads", "list_id=1001", "cursor=5"],
            &["listOsdialStatuses"],
            &["subscribe", "calls"],
            &["unsubscribe"],
        ];
        for name in Command::NAMES {
            let sample = samples.iter().find(|sample| sample[0] == *name);
            let line = sample.unwrap_or_else(|| panic!("{name} has no sample"));
            assert_eq!(parsed(line).unwrap()["command"], *name);
        }
    }

    #[test]
    fn invalid_commands_are_refused_before_a_connection_is_made() {
        for (line, why) in [
            (&["hangUp", CALL][..], "did you mean hangup?"),
            (&["say", CALL], "call_id and text"),
            (&["say", "17", "x"], "UUID"),
            (&["hangup", CALL, "now"], "name=value"),
            (&["listCalls", "colour=red"], "unknown field `colour`"),
            (&["subscribe"], "topics"),
            (&["subscribe", "weather"], "unknown variant `weather`"),
            (&["setAgentProfile", CALL, "{"], "is not JSON"),
            (&["setVariables", CALL], "name=value"),
            (&["setVariables", CALL, "account"], "is not a variable"),
            (&["park"], "call_id"),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(why), "{line:?}: {message}");
        }
    }
}
