//! A server that is killed, and a caller who is taken up again on the same call.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;

use crate::kind::{Kind, for_every_kind};
use crate::stage::Stage;

for_every_kind!(the_caller_of_a_killed_server_goes_on_where_they_were);

fn the_caller_of_a_killed_server_goes_on_where_they_were(kind: Kind) {
    let mut stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_said(&call.id, "greeting");
    stage.server.restart().unwrap();
    let line = stage.comes_back(&call);
    stage.wait_said(&call.id, "welcome_back");
    assert_heard_out(&line.heard(), "welcome_back");
    line.hang_up();
    let row = stage.ended(&call.id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
    stage.close();
}
