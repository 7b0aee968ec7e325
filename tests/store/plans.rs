//! The plan with which SQLite executes a statement. PostgreSQL chooses by statistics, so an empty one shows nothing.

use std::sync::{Arc, Mutex};

use cordboard::store::Connection;
use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// How a statement is executed.
pub(crate) struct Plan {
    pub(crate) statement: String,
    pub(crate) steps: Vec<String>,
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Returns the plans of the statements with values that `ask` sends to the database in this file, in their order.
pub(crate) fn plans(file: &str, ask: impl FnOnce(&mut Connection)) -> Vec<Plan> {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut sqlite = SqliteConnection::establish(file).unwrap();
    sqlite.set_instrumentation({
        let sent = sent.clone();
        move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                sent.lock().unwrap().push(query.to_string());
            }
        }
    });
    ask(&mut Connection::Sqlite(sqlite));
    let sent = std::mem::take(&mut *sent.lock().unwrap());
    let mut asked = SqliteConnection::establish(file).unwrap();
    let statements = sent.iter().filter_map(|sent| Some(sent.split_once(" -- binds: ")?.0));
    statements
        .map(|statement| {
            let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps: Vec<Step> = explain.load(&mut asked).unwrap();
            Plan {
                statement: statement.to_owned(),
                steps: steps.into_iter().map(|step| step.detail).collect(),
            }
        })
        .collect()
}
