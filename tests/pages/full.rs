//! A server whose lists are full: 10,000 customers, leads, to-dos and appointments. The rows are written to its database directly, because no
//! test has time to create them one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cordboard_test_support::server::Server;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::{Value, json};

use crate::panic_text;

/// The rows. `n` is 0 to 9,999; ids follow it, so that the highest are the newest. Of the appointments, 9,399 fill the days from today on with 40
/// each, 600 are on the 280th day, and the last one is alone on the 700th.
const ROWS: &str = "
PRAGMA busy_timeout = 10000;
BEGIN IMMEDIATE;
CREATE TEMP TABLE numbers AS
    WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 9999)
    SELECT n, (SELECT min(id) FROM organizations) AS organization_id FROM counted;
INSERT INTO customers (id, organization_id, phone, name, email, address, notes, language, tags, verified, sms_opted_out, search,
        created_at, updated_at)
    SELECT printf('01a20fa1-95e0-7000-8000-%012d', n), organization_id, printf('+4930%07d', n), printf('Customer %05d', n),
        printf('c%05d@example.com', n), '', '', '', '[]', 0, 0, printf('customer %05d +4930%07d c%05d@example.com', n, n, n),
        datetime('now'), datetime('now')
    FROM numbers;
INSERT INTO leads (id, organization_id, name, phone, need, urgency, budget, address, status, value_minor, currency, notes, created_at,
        updated_at)
    SELECT printf('01a20fa1-95e0-7000-8001-%012d', n), organization_id, printf('Lead %05d', n), NULL, 'a new roof', '', '', '',
        CASE n % 5 WHEN 0 THEN 'new' WHEN 1 THEN 'contacted' WHEN 2 THEN 'qualified' WHEN 3 THEN 'won' ELSE 'lost' END,
        100 * n, 'EUR', CASE n WHEN 7 THEN 'asks for a Überdachung' ELSE '' END, datetime('now'), datetime('now')
    FROM numbers;
INSERT INTO activities (id, organization_id, activity_type, action, title, at, notes, updated_at)
    SELECT printf('01a20fa1-95e0-7000-8002-%012d', n), organization_id, 'todo', 'created', printf('To-do %05d', n), datetime('now'), '',
        datetime('now')
    FROM numbers;
INSERT INTO messages (id, organization_id, direction, from_number, to_number, body, status, created_at, updated_at)
    SELECT '01a20fa1-95e0-7000-8003-000000000000', organization_id, 'inbound', '+493055501', '+493055500', 'The only text', 'received',
        datetime('now'), datetime('now')
    FROM numbers WHERE n = 0;
CREATE TEMP TABLE meetings AS
    SELECT n, organization_id, CASE
        WHEN n < 9399 THEN datetime('now', 'start of day', '+8 hours', printf('+%d days', n / 40), printf('+%d minutes', n % 40 * 15))
        WHEN n < 9999 THEN datetime('now', 'start of day', '+8 hours', '+280 days', printf('+%d minutes', n - 9399))
        ELSE datetime('now', 'start of day', '+9 hours', '+700 days') END AS starts_at
    FROM numbers;
INSERT INTO appointments (id, organization_id, resource, service, starts_at, ends_at, zone, status, name, address, notes, sequence,
        created_at, updated_at)
    SELECT printf('01a20fa1-95e0-7000-8004-%012d', n), organization_id, printf('van %d', n), 'Inspection', starts_at,
        datetime(starts_at, '+30 minutes'), 'UTC', 'confirmed', printf('Guest %05d', n), '', '', 0, datetime('now'), datetime('now')
    FROM meetings;
DROP TABLE temp.meetings;
DROP TABLE temp.numbers;
COMMIT;
";

/// A running server with full lists.
pub(crate) struct Full {
    server: Server,
}

impl Full {
    fn open() -> Self {
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &[]).unwrap();
        let file = server.data_folder().join("cordboard.db");
        let mut database = SqliteConnection::establish(&file.display().to_string()).unwrap();
        database.batch_execute(ROWS).unwrap();
        Self { server }
    }

    /// Answers a script's request; the first one starts the server. A panic here fails this test and not the tests after it.
    pub(crate) fn answer(opened: &mut Option<Self>, question: &Value) -> Result<Value, String> {
        catch_unwind(AssertUnwindSafe(|| match question["ask"].as_str().unwrap_or_default() {
            "open" => {
                let full = opened.get_or_insert_with(Self::open);
                Ok(json!(format!("http://{}", full.server.addresses().http)))
            }
            other => Err(format!("the server with full lists has no request {other:?}")),
        }))
        .map_err(|panic| panic_text(panic.as_ref()))?
    }
}
