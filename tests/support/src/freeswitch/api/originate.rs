//! `originate`: the switch calls a party, and then runs something on the leg.

use std::sync::Arc;

use super::super::calling::{self, Origin};
use super::super::dialplan::{Action, Route};
use super::super::switch::Switch;

const USAGE: &str = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] \
                     [<cid_num>] [<timeout_sec>]\n";

/// `{vars}DIAL EXTENSION|&APP(ARGUMENT) [DIALPLAN] [CONTEXT]`.
pub(super) async fn run(switch: &Arc<Switch>, arguments: &str) -> String {
    let Some((dial, place)) = split(arguments) else { return USAGE.to_owned() };
    match calling::originate(switch, dial, Origin::Originate { place }).await {
        Ok(leg) => {
            leg.go(route(place));
            format!("+OK {}\n", leg.uuid)
        }
        Err(failure) => format!("-ERR {}\n", failure.cause),
    }
}

/// The route of the leg once it is answered.
pub(in crate::freeswitch) fn route(place: &str) -> Route {
    match place.strip_prefix('&') {
        Some(app) => {
            let (app, argument) = app.split_once('(').unwrap_or((app, ""));
            Route::Actions(vec![Action::app(app, argument.trim_end_matches(')'))])
        }
        None => Route::Number(place.split(' ').next().unwrap_or_default().to_owned()),
    }
}

/// The dial string, in which braces may have spaces, and what follows it, which may be in quotes.
fn split(arguments: &str) -> Option<(&str, &str)> {
    let braces = if arguments.starts_with('{') { arguments.find('}')? } else { 0 };
    let space = arguments[braces..].find(' ')? + braces;
    let place = arguments[space..].trim().trim_matches('\'');
    (!place.is_empty()).then_some((&arguments[..space], place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_arguments() {
        assert_eq!(split("{a=b c,d=e}user/1002@h &park()"), Some(("{a=b c,d=e}user/1002@h", "&park()")));
        assert_eq!(split("user/1 '&socket(h:1 async full)'"), Some(("user/1", "&socket(h:1 async full)")));
        assert_eq!(split("user/1004 "), None);
    }
}
