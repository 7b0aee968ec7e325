//! `cordboard simulate`: shows what would happen, in virtual time. It reads no configuration, sends no request and calls nobody.

mod campaign;
mod campaign_table;

use clap::{Args, Subcommand};

use crate::error::CommandError;

#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Simulate a whole campaign with invented people, and print the result
    #[command(after_help = "\
The decisions are those of a real campaign: hours in the callee's zone, holidays, counts and consent by country, tries and pauses by \
outcome, pace, circuit breaker. The people are invented: how many answer at which hour, how many mailboxes, busy lines and wrong numbers \
there are, how long they talk. The same seed gives the same campaign. Members that RULES or WORLD leave out have their defaults.

Examples:
  cordboard simulate campaign
  cordboard simulate campaign --contacts 2000 --at-once 5 --country DE --country FR
  cordboard simulate campaign --agents 10 --wrap-up 20
  cordboard simulate campaign --print-defaults | jq .rules > rules.json
  cordboard simulate campaign --print-defaults | jq .world > world.json
  cordboard simulate campaign --rules rules.json --world world.json --json | jq .calls")]
    Campaign(campaign::CampaignArguments),
}

pub(super) fn run(arguments: &SimulateArguments) -> Result<(), CommandError> {
    match &arguments.what {
        What::Campaign(arguments) => campaign::run(arguments),
    }
}
