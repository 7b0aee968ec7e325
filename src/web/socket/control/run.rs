//! Execution of a command: the same as the corresponding request of the HTTP API.

use cordboard_actors::messages::Command as CallCommand;
use cordboard_schema::outbound::BadKey;
use cordboard_schema::permission::Permission;
use cordboard_schema::wire::control::{
    Bridge, Command, Originate, Say, SendDtmf, SetAgentProfile, SetVariables, Transfer,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::osdial::Whom;
use crate::web::WebState;
use crate::web::api::osdial::{self, AgentState};
use crate::web::api::{calls, commands, extensions, osdial_lists, profiles};
use crate::web::caller::Caller;
use crate::web::placing;
use crate::web::problem::{ApiError, Fault};

/// Executes a command and returns its result.
pub(super) async fn run(state: &WebState, caller: &Caller, command: Command) -> Result<Value, ApiError> {
    caller.demand(needed(&command))?;
    match command {
        Command::Originate(order) => originate(state, caller, *order).await,
        Command::Hangup(on) => without_result(commands::end(state, caller, on.call_id).await),
        Command::Hold(on) => {
            without_result(commands::instruct(state, caller, on.call_id, CallCommand::Hold).await)
        }
        Command::Unhold(on) => {
            without_result(commands::instruct(state, caller, on.call_id, CallCommand::Unhold).await)
        }
        Command::Park(on) => {
            without_result(commands::instruct(state, caller, on.call_id, CallCommand::Park).await)
        }
        Command::SetVariables(SetVariables { call_id, variables }) => {
            without_result(commands::set_variables_on(state, caller, call_id, variables).await)
        }
        Command::Transfer(Transfer { call_id, target }) => {
            without_result(commands::transfer_on(state, caller, call_id, target).await)
        }
        Command::Bridge(Bridge { call_id, target }) => {
            without_result(commands::hand_off_on(state, caller, call_id, target).await)
        }
        Command::Say(Say { call_id, text }) => {
            without_result(commands::say_on(state, caller, call_id, &text).await)
        }
        Command::SendDtmf(SendDtmf { call_id, digits }) => {
            without_result(commands::play_on(state, caller, call_id, &digits).await)
        }
        Command::ListCalls(asked) => shown(calls::listed(state, caller, *asked).await?),
        Command::GetCall(on) => shown(calls::shown(state, caller, on.call_id).await?),
        Command::ListAgentProfiles(_) => shown(profiles::listed(state, caller).await?),
        Command::SetAgentProfile(set) => {
            let SetAgentProfile { profile_id, profile } = *set;
            shown(profiles::change(state, caller, profile_id, profile).await?)
        }
        Command::ListExtensions(_) => shown(extensions::listed(state, caller).await?),
        Command::EnableAgentByCampaignId(of) => {
            shown(osdial::switch(state, caller, AgentState::Enabled, Whom::Campaign(of.campaign_id)).await?)
        }
        Command::DisableAgentByCampaignId(of) => {
            shown(osdial::switch(state, caller, AgentState::Disabled, Whom::Campaign(of.campaign_id)).await?)
        }
        Command::EnableAgentByUserId(of) => {
            shown(osdial::switch(state, caller, AgentState::Enabled, Whom::User(of.user_id)).await?)
        }
        Command::DisableAgentByUserId(of) => {
            shown(osdial::switch(state, caller, AgentState::Disabled, Whom::User(of.user_id)).await?)
        }
        Command::AssignAgents(wanted) => shown(osdial::assign_all(state, caller, wanted).await?),
        Command::ListOsdialAgents(asked) => shown(osdial_lists::agents_listed(state, caller, asked).await?),
        Command::ListOsdialLiveAgents(asked) => {
            shown(osdial_lists::live_agents_listed(state, caller, asked).await?)
        }
        Command::ListOsdialCampaigns(_) => shown(osdial_lists::campaigns_listed(state, caller).await?),
        Command::ListOsdialLists(asked) => shown(osdial_lists::lists_listed(state, caller, asked).await?),
        Command::ListOsdialLeads(asked) => shown(osdial_lists::leads_listed(state, caller, asked).await?),
        Command::ListOsdialStatuses(asked) => {
            shown(osdial_lists::statuses_listed(state, caller, asked).await?)
        }
        Command::Subscribe(_) | Command::Unsubscribe(_) => {
            Err(ApiError::Unavailable("subscriptions are handled by the socket".to_owned()))
        }
    }
}

/// Permission of a command, the same as for its request of the HTTP API.
const fn needed(command: &Command) -> Permission {
    match command {
        Command::ListCalls(_) | Command::GetCall(_) => Permission::CallsRead,
        Command::ListAgentProfiles(_) => Permission::ProfilesRead,
        Command::SetAgentProfile(_) => Permission::ProfilesWrite,
        Command::ListExtensions(_) => Permission::DiallingRead,
        Command::ListOsdialAgents(_)
        | Command::ListOsdialLiveAgents(_)
        | Command::ListOsdialCampaigns(_)
        | Command::ListOsdialLists(_)
        | Command::ListOsdialStatuses(_) => Permission::FloorRead,
        Command::ListOsdialLeads(_) => Permission::LeadsRead,
        Command::Originate(_)
        | Command::Hangup(_)
        | Command::Hold(_)
        | Command::Unhold(_)
        | Command::Park(_)
        | Command::SetVariables(_)
        | Command::Transfer(_)
        | Command::Bridge(_)
        | Command::Say(_)
        | Command::SendDtmf(_)
        | Command::EnableAgentByCampaignId(_)
        | Command::DisableAgentByCampaignId(_)
        | Command::EnableAgentByUserId(_)
        | Command::DisableAgentByUserId(_)
        | Command::AssignAgents(_)
        // A subscription's permissions depend on its topics; they are checked when it is made.
        | Command::Subscribe(_)
        | Command::Unsubscribe(_) => Permission::CallsControl,
    }
}

/// Makes a call.
async fn originate(
    state: &WebState,
    caller: &Caller,
    Originate { key, call }: Originate,
) -> Result<Value, ApiError> {
    let key =
        key.parse().map_err(|fault: BadKey| ApiError::Invalid(vec![Fault::of("key", fault.to_string())]))?;
    let (_, call) = placing::place(state, caller, call, Some(key)).await?;
    shown(placing::shown(state, call).await?)
}

/// The call has received the command; its events show the result.
fn without_result(outcome: Result<(), ApiError>) -> Result<Value, ApiError> {
    outcome.map(|()| json!({}))
}

fn shown(result: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(result)
        .map_err(|error| ApiError::Unavailable(format!("the answer can't be written: {error}")))
}
