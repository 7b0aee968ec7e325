//! The week's figures by mail: once, whatever happens to the server. `schema/src/report/mailing.rs` tests that weeks follow each other.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Timelike, Utc};
use cordboard_actors::world;
use cordboard_test_support::server::Token;
use cordboard_test_support::smtp::{MailServer, Taken};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::desk::setup::Setup;
use crate::suites::book::until;
use crate::world::{Setting, Stage, calendar_goes_on};

const HOUR: Duration = Duration::from_secs(3_600);
/// How often the server looks for reports that are due.
const LOOKS: Duration = Duration::from_secs(150);
/// Nothing listens there.
const NO_SERVER: &str = "9";
const PATH: &str = "/api/v1/metrics/report/mail";
/// The figure with the organizations that get no report because some of their data can't be read.
const HELD_UP: &str = "cordboard_organizations_held_up{work=\"report_mails\"} ";

/// The settings of a mail server at this port.
fn smtp(port: &str) -> [Setting<'_>; 4] {
    [
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", port),
        ("smtp.tls", "none"),
        ("smtp.from", "Cordboard <calls@example.com>"),
    ]
}

fn reports(mails: &MailServer) -> Vec<Taken> {
    let is_subject = |line: &String| line.contains("Your calls from") || line.contains("Ihre Anrufe vom");
    let is_report = |mail: &Taken| mail.lines.iter().any(is_subject);
    mails.taken().into_iter().filter(is_report).collect()
}

#[test]
fn a_weekly_report_is_sent_once_whatever_dies() {
    let mut lives = Stage::new();
    let owner = lives.run(async |folder| {
        // Nothing accepts mails: it waits.
        let mut setup = Setup::open_at(folder, &smtp(NO_SERVER)).await;
        let shown: Value = setup.send("GET", PATH, &Value::Null, 200).await;
        assert_eq!((&shown["wanted"], &shown["can_be_sent"]), (&Value::Null, &json!(true)));
        let soon = world::now() + chrono::TimeDelta::hours(1);
        let weekday = soon.weekday().number_from_monday();
        let wanted = json!({ "weekday": weekday, "hour": soon.hour(), "tz": "UTC" });
        let set: Value = setup.send("PUT", PATH, &wanted, 200).await;
        assert_eq!(set["wanted"], wanted);
        assert!(in_hours(&set) <= 1, "{set}");
        calendar_goes_on(HOUR + HOUR / 10).await;
        // It is under way, and the next one is due a week later.
        setup.sign_in().await;
        let next: Value = setup.send("GET", PATH, &Value::Null, 200).await;
        assert!((6 * 24..7 * 24).contains(&in_hours(&next)), "{next}");
        setup.left()
    });
    let owner = lives.run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::again(folder, owner, &smtp(&mails.port().to_string())).await;
        let mail = until("a report", async || reports(&mails).pop()).await;
        let text = mail.lines.join("\n");
        assert!(text.contains("Handled by the assistant") && text.contains("/report-mail#token"), "{text}");
        assert_eq!(mail.to, ["olga@example.com"]);
        calendar_goes_on(HOUR).await;
        assert_eq!(reports(&mails).len(), 1, "once, whatever died meanwhile");
        setup.left()
    });
    // A waiting report is not sent any more once reports are turned off.
    let owner = lives.run(async |folder| {
        let mut setup = Setup::again(folder, owner, &smtp(NO_SERVER)).await;
        setup.sign_in().await;
        let soon = world::now() + chrono::TimeDelta::hours(1);
        let weekday = soon.weekday().number_from_monday();
        setup.send("PUT", PATH, &json!({ "weekday": weekday, "hour": soon.hour(), "tz": "UTC" }), 200).await;
        calendar_goes_on(HOUR + HOUR / 10).await;
        setup.sign_in().await;
        setup.send("DELETE", PATH, &Value::Null, 204).await;
        setup.left()
    });
    lives.run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let mut setup = Setup::again(folder, owner, &smtp(&mails.port().to_string())).await;
        calendar_goes_on(HOUR).await;
        assert_eq!(reports(&mails), []);
        setup.sign_in().await;
        let shown: Value = setup.send("GET", PATH, &Value::Null, 200).await;
        assert_eq!((&shown["wanted"], &shown["next_at"]), (&Value::Null, &Value::Null));
    });
}

#[test]
fn a_clock_set_back_across_midnight_sends_no_report_twice() {
    Stage::new().run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let mut setup = Setup::open_at(folder, &smtp(&mails.port().to_string())).await;
        // From half an hour before a midnight on.
        let tomorrow = (world::now() + TimeDelta::days(1)).date_naive();
        let midnight = tomorrow.and_time(NaiveTime::MIN).and_utc();
        world::set_calendar(midnight - world::now() - TimeDelta::minutes(30));
        setup.sign_in().await;
        let wanted = json!({ "weekday": tomorrow.weekday().number_from_monday(), "hour": 0, "tz": "UTC" });
        setup.send("PUT", PATH, &wanted, 200).await;
        calendar_goes_on(HOUR * 3 / 4).await;
        let mail = until("a report", async || reports(&mails).pop()).await;
        let last_day =
            mail.lines.iter().any(|line| line.contains(&(tomorrow - TimeDelta::days(1)).to_string()));
        assert!(last_day, "of the week up to the day before: {:?}", mail.lines);
        world::set_calendar(TimeDelta::hours(-1));
        assert!(world::now() < midnight);
        calendar_goes_on(HOUR * 3 / 2).await;
        assert!(world::now() > midnight);
        assert_eq!(reports(&mails).len(), 1);
        setup.sign_in().await;
        let next: Value = setup.send("GET", PATH, &Value::Null, 200).await;
        assert!((6 * 24..7 * 24).contains(&in_hours(&next)), "{next}");
        setup.world.close().await;
    });
}

#[test]
fn a_report_postponed_by_a_clock_comes_within_a_week() {
    Stage::new().run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let mut setup = Setup::open_at(folder, &smtp(&mails.port().to_string())).await;
        setup.sign_in().await;
        setup.send("PUT", PATH, &json!({ "weekday": 1, "hour": 8, "tz": "UTC" }), 200).await;
        world::set_calendar(TimeDelta::days(60));
        sleep(LOOKS).await;
        until("a report", async || reports(&mails).pop()).await;
        world::set_calendar(TimeDelta::days(-60));
        sleep(LOOKS).await;
        setup.sign_in().await;
        let next: Value = setup.send("GET", PATH, &Value::Null, 200).await;
        assert!((0..=7 * 24).contains(&in_hours(&next)), "{next}");
        assert_eq!(reports(&mails).len(), 1);
        setup.world.close().await;
    });
}

#[test]
fn an_unwritable_report_holds_up_no_other_organization() {
    Stage::new().run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_at(folder, &smtp(&mails.port().to_string())).await;
        let stranger = setup.stranger().await;
        let soon = world::now() + chrono::TimeDelta::hours(1);
        let wanted =
            json!({ "weekday": soon.weekday().number_from_monday(), "hour": soon.hour(), "tz": "UTC" });
        setup.send("PUT", PATH, &wanted, 200).await;
        setup.as_person(&stranger, "PUT", PATH, &wanted, 200).await;
        setup.as_person(&stranger, "PATCH", "/api/v1/auth/me", &json!({ "language": "de" }), 200).await;
        // Theirs is due first.
        let early = (world::now() + chrono::TimeDelta::minutes(5)).format("%Y-%m-%d %H:%M:%S");
        let broken = format!(
            "UPDATE report_mails SET next_at = '{early}' \
             WHERE user_id = (SELECT id FROM users WHERE email = 'stran@example.com'); \
             UPDATE users SET role = 'nobody' WHERE email = 'stran@example.com'"
        );
        setup.world.sql(&broken).await;
        calendar_goes_on(HOUR + HOUR / 10).await;
        let mail = until("a report", async || reports(&mails).pop()).await;
        assert_eq!(mail.to, ["olga@example.com"]);
        let held_up = async || {
            let figures = setup.world.get("/metrics", Token::Admin).await.text();
            let line = figures.lines().find_map(|line| line.strip_prefix(HELD_UP).map(str::to_owned));
            line.unwrap()
        };
        assert_eq!(held_up().await, "1");
        setup.world.sql("UPDATE users SET role = 'owner' WHERE role = 'nobody'").await;
        let late = until("the other report", async || {
            reports(&mails).into_iter().find(|mail| mail.to == ["stran@example.com"])
        });
        let text = late.await.lines.join("\n");
        assert!(text.contains("Vom Assistenten erledigt"), "in the user's own language: {text}");
        sleep(HOUR / 10).await;
        assert_eq!(held_up().await, "0");
        setup.world.close().await;
    });
}

/// A report is due in a day, for a week with an hour that can't be counted.
async fn due_with_an_uncounted_hour(setup: &Setup) {
    let caller = setup.world.caller(Uuid::from_u128(1)).await;
    sleep(Duration::from_secs(10)).await;
    drop(caller);
    setup.world.balanced().await;
    // Everything about the call is written by then.
    sleep(Duration::from_secs(10)).await;
    // Callers of the audio port belong to the server's own organization.
    let uncounted = "UPDATE calls SET state = 'gone', \
            organization_id = (SELECT organization_id FROM users WHERE email = 'olga@example.com'); \
        INSERT INTO figure_marks (id, organization_id, at) SELECT id, organization_id, started_at FROM calls";
    setup.world.sql(uncounted).await;
    let due = world::now() + TimeDelta::hours(25);
    let wanted = json!({ "weekday": due.weekday().number_from_monday(), "hour": due.hour(), "tz": "UTC" });
    setup.send("PUT", PATH, &wanted, 200).await;
    world::set_calendar(TimeDelta::hours(25));
    sleep(LOOKS).await;
}

#[test]
fn a_report_waits_for_hours_that_are_not_counted() {
    Stage::new().run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_at(folder, &smtp(&mails.port().to_string())).await;
        due_with_an_uncounted_hour(&setup).await;
        assert_eq!(reports(&mails), []);
        setup.world.sql("UPDATE calls SET state = 'ended'").await;
        let mail = until("a report", async || reports(&mails).pop()).await;
        let text = mail.lines.join("\n");
        assert!(!text.contains("still being counted"), "{text}");
        setup.world.close().await;
    });
}

#[test]
fn a_report_says_that_hours_are_missing_after_six_hours() {
    Stage::new().run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_at(folder, &smtp(&mails.port().to_string())).await;
        due_with_an_uncounted_hour(&setup).await;
        world::set_calendar(TimeDelta::hours(4));
        sleep(LOOKS).await;
        assert_eq!(reports(&mails), []);
        world::set_calendar(TimeDelta::hours(3));
        sleep(LOOKS).await;
        let mail = until("a report", async || reports(&mails).pop()).await;
        let text = mail.lines.join("\n");
        assert!(text.contains("1 hour is still being counted"), "{text}");
        setup.world.close().await;
    });
}

/// In how many whole hours the next one is sent.
fn in_hours(mail: &Value) -> i64 {
    let next: DateTime<Utc> = mail["next_at"].as_str().unwrap().parse().unwrap();
    (next - world::now()).num_hours()
}
