//! Requests of the party on a call not to be called again.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::{OptOut, OptOutChannel};
use cordboard_campaigns::campaign::{Suppression, SuppressionSource};
use cordboard_schema::written::Written;

use super::{ForCall, Outcome};
use crate::store::{Connection, StoreError, campaigns, dialler_calls};

/// Adds the number of the party on the call to the do-not-call list. If it is there, the first evidence stays. A dialler that gave us the call also
/// adds its lead's number to its own list, independent of the number that we know. Neither waits for the other: a number that we know is on our list
/// whatever the state of the dialler's record.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    request: OptOut,
) -> Result<Outcome, StoreError> {
    let reported = match dialler_calls::opt_out(connection, call.organization_id, call.call_id, call.at()) {
        Err(StoreError::BadRow(bad)) => Err(bad),
        outcome => Ok(outcome?),
    };
    let of_dialler = "the dialler that made this call puts their number on its do-not-call list";
    let Some(number) = call.phone() else {
        return match reported {
            Ok(true) => Ok(Ok(WriteDone { note: of_dialler.to_owned(), written: None })),
            Ok(false) => {
                Ok(Err("their number is not known, so it can't be put on the do-not-call list".to_owned()))
            }
            Err(bad) => Err(bad.into()),
        };
    };
    let OptOut { way, said } = request;
    let (source, evidence) = match way {
        OptOutChannel::Assistant => (SuppressionSource::Assistant, said),
        OptOutChannel::Key => (SuppressionSource::Key, said),
        OptOutChannel::Words => (SuppressionSource::Words, said),
    };
    let suppression = Suppression {
        organization_id: call.organization_id,
        number,
        source,
        evidence,
        call_id: Some(call.call_id),
        created_at: call.at(),
    };
    campaigns::add_suppression_of_call(connection, &suppression)?;
    let own = "their number is on the do-not-call list: no campaign calls it";
    let note = match reported {
        Ok(true) => format!("{own}; {of_dialler}"),
        Ok(false) => own.to_owned(),
        Err(bad) => {
            let call_id = call.call_id;
            tracing::error!(%call_id, %bad, "a dialler can't be told that its lead wants no more calls: add their number to its list");
            format!("{own}; the dialler that made this call can't be told: a person has to enter it there")
        }
    };
    Ok(Ok(WriteDone { note, written: Some(Written::NumberSuppressed) }))
}
