//! `cordboard simulate campaign`: simulates the campaign of the command line.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use cordboard_actors::world;
use cordboard_campaigns::best_hour::Learned;
use cordboard_campaigns::countries::COUNTRIES;
use cordboard_campaigns::rules::{Mode, PER_MINUTE_MAX, Rules};
use cordboard_campaigns::simulation::sample::{is_known, people};
use cordboard_campaigns::simulation::{Agents, Chance, Plan, Report, World, simulate};
use cordboard_schema::time::UnixMs;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::campaign_table::{Prices, best_hour_table, table};
use crate::command::terminal::print;
use crate::error::CommandError;

/// Maximum size of a file of rules, or of a world.
const FILE_BYTES_MAX: u64 = 1_000_000;
const DAY_MS: u64 = 86_400_000;

#[derive(Debug, Args)]
pub(super) struct CampaignArguments {
    /// Number of contacts on the list
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    contacts: u32,

    /// Seed of the random numbers; another seed gives another campaign
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Maximum calls at once, one for each assistant that talks; it overrides RULES [default: 20]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    at_once: Option<u32>,

    /// Maximum calls that begin within a minute; it overrides RULES [default: 60]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=6_000))]
    per_minute: Option<u32>,

    /// People who talk instead of assistants: the campaign is predictive, with at most 10 lines for each of them
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    agents: Option<u32>,

    /// Wrap-up of each agent after a talk, in s
    #[arg(long, default_value_t = 15, requires = "agents", value_parser = clap::value_parser!(u32).range(0..=3_600))]
    wrap_up: u32,

    /// Retry at the hour of the day at which people answer, and compare that with pauses alone
    #[arg(long)]
    best_hour: bool,

    /// A country of the people (ISO 3166, such as DE); can be repeated [default: US]
    #[arg(long, value_name = "COUNTRY", value_parser = country)]
    country: Vec<String>,

    /// When the campaign starts (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    start: Option<DateTime<Utc>>,

    /// Days to simulate, if the campaign is not done earlier
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,

    /// File with the campaign's rules, as the API takes them (JSON)
    #[arg(long, value_name = "RULES")]
    rules: Option<PathBuf>,

    /// File with the behaviour of people (JSON)
    #[arg(long, value_name = "WORLD")]
    world: Option<PathBuf>,

    /// Cost of the assistant per minute of talk
    #[arg(long, default_value_t = 0.06, value_parser = price)]
    assistant_cost: f64,

    /// Cost of the line per minute of talk
    #[arg(long, default_value_t = 0.01, value_parser = price)]
    line_cost: f64,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,

    /// Print the default rules and world as JSON, and simulate nothing
    #[arg(long, conflicts_with = "json")]
    print_defaults: bool,
}

fn country(text: &str) -> Result<String, String> {
    let country = text.to_ascii_uppercase();
    if is_known(&country) {
        return Ok(country);
    }
    let known: Vec<&str> = COUNTRIES.iter().map(|rule| rule.country).collect();
    Err(format!("it is not in the table of countries; these are: {}", known.join(", ")))
}

fn price(text: &str) -> Result<f64, String> {
    let price: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    if (0.0..=1_000.0).contains(&price) { Ok(price) } else { Err("it must be 0 to 1000".to_owned()) }
}

pub(super) fn run(arguments: &CampaignArguments) -> Result<(), CommandError> {
    if arguments.print_defaults {
        return print(format!("{:#}\n", json!({ "rules": usual_rules(), "world": World::default() })));
    }
    let plan = plan(arguments)?;
    let report = simulate(&plan, |_, _| ());
    if !report.balances() {
        return Err(CommandError::Failed(
            "calls and contacts do not add up: this is a bug, report it".to_owned(),
        ));
    }
    let without = without_best_hour(&plan);
    // With agents no assistant talks, and the cost of people is not known here.
    let assistant = if plan.agents.is_some() { 0.0 } else { arguments.assistant_cost };
    let prices = Prices { assistant, line: arguments.line_cost };
    if arguments.json {
        let mut figures =
            serde_json::to_value(&report).map_err(|error| CommandError::Failed(error.to_string()))?;
        figures["calling_hours"] = report.calling_hours().into();
        figures["abandoned_percent"] = report.abandoned_percent().into();
        figures["cost"] = prices.of(report.talked_ms).into();
        if let Some(without) = &without {
            figures["without_best_hour"] =
                serde_json::to_value(without).map_err(|error| CommandError::Failed(error.to_string()))?;
        }
        return print(format!("{figures}\n"));
    }
    let compared = without.map(|without| format!("\n{}", best_hour_table(&report, &without)));
    print(table(&plan, &report, &prices) + &compared.unwrap_or_default())
}

/// Simulates the same campaign with retries as soon as their pauses are over; none if the plan does that already.
fn without_best_hour(plan: &Plan) -> Option<Report> {
    if !plan.rules.retries.best_hour {
        return None;
    }
    let mut without = plan.clone();
    without.rules.retries.best_hour = false;
    Some(simulate(&without, |_, _| ()))
}

/// Default of calls at once. A single assistant would take months for a usual list.
const AT_ONCE: u32 = 20;
/// Default of calls that begin within a minute.
const PER_MINUTE: u32 = 60;
/// Default of lines for each person.
const LINES_OF_AGENT: u32 = 10;

/// The default rules, also printed as a template.
fn usual_rules() -> Rules {
    Rules { at_once_max: AT_ONCE, per_minute_max: PER_MINUTE, ..Rules::default() }
}

fn plan(arguments: &CampaignArguments) -> Result<Plan, CommandError> {
    let mut rules: Rules = match &arguments.rules {
        Some(path) => read(path)?,
        None => usual_rules(),
    };
    rules.at_once_max = arguments.at_once.unwrap_or(rules.at_once_max);
    rules.per_minute_max = arguments.per_minute.unwrap_or(rules.per_minute_max);
    rules.retries.best_hour |= arguments.best_hour;
    let agents = arguments.agents.map(|count| Agents { count, wrap_up_s: arguments.wrap_up });
    match (agents, rules.mode) {
        (None, Mode::Predictive) => {
            return Err(CommandError::Failed("rules.mode predictive needs --agents".to_owned()));
        }
        (_, Mode::Preview) => {
            let why = "rules.mode preview can't be simulated: agents decide when a contact is called";
            return Err(CommandError::Failed(why.to_owned()));
        }
        (None, Mode::Assistants) => {}
        (Some(agents), mode) => {
            rules.mode = Mode::Predictive;
            // The limits for assistants don't apply if none are set.
            if arguments.at_once.is_none() && mode == Mode::Assistants {
                rules.at_once_max = LINES_OF_AGENT * agents.count;
            }
            if arguments.per_minute.is_none() && mode == Mode::Assistants {
                rules.per_minute_max = PER_MINUTE_MAX;
            }
        }
    }
    if let Some(fault) = rules.faults().first() {
        return Err(CommandError::Failed(format!("{} {fault}", fault.field())));
    }
    let world: World = arguments.world.as_deref().map(read).transpose()?.unwrap_or_default();
    if let Some(fault) = world.fault() {
        return Err(CommandError::Failed(format!("the world's {fault}")));
    }
    let countries: Vec<&str> = match arguments.country.as_slice() {
        [] => vec!["US"],
        named => named.iter().map(String::as_str).collect(),
    };
    // The list has its own random numbers, so that other rules meet the same people.
    let mut chance = Chance::new(arguments.seed ^ 0x11_57);
    let contacts = usize::try_from(arguments.contacts).unwrap_or(usize::MAX);
    let starts_at = UnixMs::from(arguments.start.unwrap_or_else(world::now));
    Ok(Plan {
        rules,
        people: people(contacts, &countries, &mut chance),
        world,
        // The list is new, so nothing has been learned about it.
        learned: Learned::default(),
        agents,
        starts_at,
        ends_at: starts_at + u64::from(arguments.days) * DAY_MS,
        pauses: Vec::new(),
        seed: arguments.seed,
    })
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CommandError> {
    let failed = |why: String| CommandError::Failed(format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(error.to_string()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(failed(format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: CampaignArguments,
    }

    fn line(words: &[&str]) -> CampaignArguments {
        Line::try_parse_from([&["campaign"], words].concat()).unwrap().arguments
    }

    #[test]
    fn ten_thousand_contacts_are_played_and_add_up() {
        let plan = plan(&line(&["--start", "2026-11-30T08:00:00Z"])).unwrap();
        assert_eq!(plan.people.len(), 10_000);
        let report = simulate(&plan, |_, _| ());
        assert!(report.balances());
        assert_eq!(report.left, 0, "sixty days are enough for twenty assistants");
        let text = table(&plan, &report, &Prices { assistant: 0.06, line: 0.01 });
        for part in
            ["10,000 contacts", "abandoned  ", "0.0 %", "lines", "hours with calls", "talked", "given_up"]
        {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }

    #[test]
    fn the_best_hour_is_compared_with_pauses_alone() {
        let with =
            plan(&line(&["--start", "2026-11-30T08:00:00Z", "--contacts", "2000", "--best-hour"])).unwrap();
        let (report, without) = (simulate(&with, |_, _| ()), without_best_hour(&with).unwrap());
        let usual = plan(&line(&["--start", "2026-11-30T08:00:00Z", "--contacts", "2000"])).unwrap();
        assert_eq!(without.calls, simulate(&usual, |_, _| ()).calls);
        assert!(without_best_hour(&usual).is_none());
        let text = best_hour_table(&report, &without);
        for part in ["BEST HOUR", "WITHOUT", "reached", "calls"] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }

    #[test]
    fn agents_are_busy_and_few_callees_are_abandoned() {
        let plan = plan(&line(&["--start", "2026-11-30T08:00:00Z", "--agents", "10", "--contacts", "3000"]))
            .unwrap();
        let report = simulate(&plan, |_, _| ());
        assert!(report.balances());
        let people = report.people.unwrap();
        assert!(people.abandoned > 0 && people.abandoned_permille_max <= 30, "{people:?}");
        let text = table(&plan, &report, &Prices { assistant: 0.06, line: 0.01 });
        for part in ["agents", "taken by agents", "worst 24 h", "agents busy", "callees waited"] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        let alone = Line::try_parse_from(["campaign", "--wrap-up", "5"]).unwrap_err().to_string();
        assert!(alone.contains("--agents"), "{alone}");
    }

    #[test]
    fn printed_rules_give_the_same_campaign_as_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.json");
        std::fs::write(&file, json!(usual_rules()).to_string()).unwrap();
        let printed = plan(&line(&["--rules", file.to_str().unwrap()])).unwrap();
        assert_eq!(printed.rules, plan(&line(&[])).unwrap().rules);
    }

    #[test]
    fn invalid_arguments_and_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.json");
        for (text, word) in [
            (r#"{"answered_percent": [1]}"#, "answered_percent"),
            (r#"{"machine_percent": 101}"#, "machine_percent"),
            (r#"{"busy_percentage": 1}"#, "busy_percentage"),
            (r#"{"talk_s": 100000}"#, "talk_s"),
        ] {
            std::fs::write(&file, text).unwrap();
            let refused = plan(&line(&["--world", file.to_str().unwrap()])).unwrap_err().to_string();
            assert!(refused.contains(word), "{refused}");
        }
        std::fs::write(&file, r#"{"at_once_max": 0}"#).unwrap();
        let refused = plan(&line(&["--rules", file.to_str().unwrap()])).unwrap_err().to_string();
        assert!(refused.starts_with("rules.at_once_max must be"), "{refused}");
        let unknown = Line::try_parse_from(["campaign", "--country", "ZZ"]).unwrap_err().to_string();
        assert!(unknown.contains("not in the table"), "{unknown}");
    }
}
