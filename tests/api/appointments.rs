//! Appointments: never two at one time, and readable by calendar programs.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{Answer, Setup};

const PATH: &str = "/api/v1/appointments";

/// An appointment of an hour at this hour of a Monday, years ahead: past times are not offered.
fn at(hour: u32) -> Value {
    json!({ "service": "Inspection", "starts_at": format!("2032-03-01T{hour:02}:00:00Z"), "ends_at": format!("2032-03-01T{:02}:00:00Z", hour + 1) })
}

fn book(setup: &Setup, body: &Value) -> (String, Value) {
    let answer = setup.send("POST", PATH, body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    (answer.header("location").unwrap().to_owned(), answer.json())
}

#[test]
fn sixteen_simultaneous_bookings_of_one_slot_leave_one() {
    let setup = Setup::open();
    let booked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for number in 0..16 {
            let (setup, booked) = (&setup, &booked);
            scope.spawn(move || {
                // Not the same time, but each overlaps every other.
                let body = json!({
                    "service": "Inspection", "name": format!("caller {number}"),
                    "starts_at": format!("2032-03-01T10:{number:02}:00Z"), "ends_at": "2032-03-01T11:00:00Z",
                });
                let answer = setup.send("POST", PATH, &body);
                match answer.status {
                    201 => drop(booked.fetch_add(1, Ordering::SeqCst)),
                    _ => assert_eq!(answer.problem_code(409), "slot_taken"),
                }
            });
        }
    });
    assert_eq!(booked.into_inner(), 1);
    assert_eq!(setup.json(PATH)["items"].as_array().unwrap().len(), 1, "a refused booking was stored");
}

#[test]
fn a_moved_or_cancelled_appointment_frees_its_time() {
    let setup = Setup::open();
    let (nine, first) = book(&setup, &at(9));
    let (ten, _) = book(&setup, &at(10));
    assert_eq!(
        (&first["status"], &first["zone"], &first["sequence"]),
        (&json!("confirmed"), &json!("UTC"), &json!(0))
    );
    let into_ten = json!({ "starts_at": "2032-03-01T10:30:00Z" });
    assert_eq!(setup.send("PATCH", &nine, &into_ten).problem_code(409), "slot_taken");
    assert_eq!(setup.json(&nine), first, "a refused move changed something");

    let moved = setup.send("PATCH", &nine, &json!({ "starts_at": "2032-03-01T11:00:00Z" })).json();
    assert_eq!((&moved["status"], &moved["ends_at"]), (&json!("moved"), &json!("2032-03-01T12:00:00.000Z")));
    assert_eq!(moved["sequence"], 1);
    book(&setup, &at(9));
    assert_eq!(setup.send("PATCH", &ten, &json!({ "status": "cancelled" })).json()["status"], "cancelled");
    assert_eq!(setup.send("PATCH", &ten, &json!({ "status": "confirmed" })).problem_code(409), "cancelled");
    book(&setup, &at(10));
    // To a time that overlaps its own.
    let nudged = setup.send("PATCH", &nine, &json!({ "starts_at": "2032-03-01T11:15:00Z" }));
    assert_eq!(nudged.status, 200, "{nudged:?}");
    assert_eq!(begins(&setup, PATH), ["09:00", "10:00", "10:00", "11:15"]);
    assert_eq!(
        begins(&setup, &format!("{PATH}?from=2032-03-01T10:00:00Z&to=2032-03-01T11:00:00Z&status=confirmed")),
        ["10:00"]
    );
    let far = "from=-9999-01-01T00:00:00Z&to=%2B12345-01-01T00:00:00Z";
    assert_eq!(begins(&setup, &format!("{PATH}?{far}")).len(), 4);
    let page = setup.json(&format!("{PATH}?limit=2"));
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(begins(&setup, &format!("{PATH}?cursor={cursor}")), ["10:00", "11:15"]);
    let other = json!({ "service": "Inspection", "starts_at": "2032-03-01T09:00:00Z", "resource": "van 2" });
    assert_eq!(book(&setup, &other).1["ends_at"], "2032-03-01T10:00:00.000Z");
}

#[test]
fn the_number_of_an_appointment_tells_its_customer() {
    let setup = Setup::open();
    let (misheard, _) = book(&setup, &at(9));
    let customer =
        setup.send("POST", "/api/v1/customers", &json!({ "name": "Ada", "phone": "+49 30 8765432" })).json();
    let corrected = setup.send("PATCH", &misheard, &json!({ "phone": "+49 (0)30 8765432" })).json();
    assert_eq!(
        (&corrected["phone"], &corrected["customer_id"], &corrected["status"]),
        (&json!("+49308765432"), &customer["id"], &json!("confirmed"))
    );
    let mut theirs = at(10);
    theirs["phone"] = json!("+49 030 8765432");
    assert_eq!(book(&setup, &theirs).1["customer_id"], customer["id"]);
    let without = setup.send("PATCH", &misheard, &json!({ "phone": null })).json();
    assert_eq!((&without["phone"], &without["customer_id"]), (&Value::Null, &customer["id"]));
}

#[test]
fn a_held_slot_is_taken_and_can_be_confirmed() {
    let setup = Setup::open();
    let mut body = at(9);
    body["hold_minutes"] = json!(10);
    let (place, held) = book(&setup, &body);
    assert_eq!(held["status"], "held");
    assert!(held["hold_until"].is_string());
    assert_eq!(setup.send("POST", PATH, &at(9)).problem_code(409), "slot_taken");
    let agreed = setup.send("PATCH", &place, &json!({ "status": "confirmed" })).json();
    assert_eq!((&agreed["status"], &agreed["hold_until"]), (&json!("confirmed"), &json!(null)));
}

#[test]
fn impossible_appointments_are_refused() {
    let setup = Setup::open();
    let with = |field: &str, value: Value| {
        let mut body = at(9);
        body[field] = value;
        body
    };
    for (body, named) in [
        (with("service", json!("s".repeat(201))), "service"),
        (with("zone", json!("Mars/Olympus")), "zone"),
        (with("zone", json!("europe/berlin")), "Europe/Berlin"),
        (with("ends_at", json!("2032-03-01T09:00:00Z")), "ends_at"),
        (with("ends_at", json!("2032-03-01T21:01:00Z")), "ends_at"),
        (with("starts_at", json!("1969-03-01T21:01:00Z")), "starts_at"),
        (with("service", json!("")), "service"),
        (with("hold_minutes", json!(0)), "hold_minutes"),
        (with("customer_id", json!(Uuid::now_v7())), "customer_id"),
        (with("lead_id", json!(Uuid::now_v7())), "lead_id"),
        (with("phone", json!("=1+1")), "country code"),
    ] {
        let detail = setup.send("POST", PATH, &body).problem(422);
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(setup.json(PATH)["items"], json!([]));
    setup.get(&format!("{PATH}?cursor=12")).problem(400);
    setup
        .get(&format!("{PATH}/slots?service=x&from=2032-03-01T00:00:00Z&to=2032-05-01T00:00:00Z"))
        .problem(400);
    setup
        .get(&format!("{PATH}/slots?service=x&from=-262143-01-01T00:00:00Z&to=-262143-01-02T00:00:00Z"))
        .problem(400);
    let (place, _) = book(&setup, &at(9));
    setup.send("PATCH", &place, &json!({ "ends_at": "2032-03-01T08:00:00Z" })).problem(422);
    for other in ["held", "moved"] {
        setup.send("PATCH", &place, &json!({ "status": other })).problem(422);
    }
    let moved = json!({ "starts_at": "2032-03-01T15:00:00Z", "ends_at": "2032-03-01T16:00:00Z" });
    assert_eq!(setup.send("PATCH", &place, &moved).json()["status"], "moved");
    let kept = setup.send("PATCH", &place, &json!({ "status": "moved", "notes": "rings twice" })).json();
    assert_eq!((&kept["status"], &kept["notes"]), (&json!("moved"), &json!("rings twice")));
}

/// Describes a business in this zone that is open from 1 to 5 on Sundays and from 9 to 17 on other days.
fn describe(setup: &Setup, zone: &str) {
    let (day, night) =
        (json!([{ "from": "09:00", "to": "17:00" }]), json!([{ "from": "01:00", "to": "05:00" }]));
    let body = json!({
        "revision": 0, "time_zone": zone,
        "hours": {
            "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": day, "sunday": night,
        },
        "holidays": [{ "name": "Inventory", "from": "2032-03-02" }],
        "services": [{ "name": "Inspection", "duration_minutes": 60 }, { "name": "Renovation" }],
    });
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &body).status, 200);
}

fn slots_of(service: &str, from: &str, to: &str) -> String {
    format!("{PATH}/slots?service={service}&from={from}T00:00:00Z&to={to}T00:00:00Z")
}

/// Returns the times at which the appointments or slots of a list begin.
fn begins(setup: &Setup, path: &str) -> Vec<String> {
    let page = setup.json(path);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["starts_at"].as_str().unwrap()[11..16].to_owned()).collect()
}

#[test]
fn a_service_with_the_longest_name_can_be_booked() {
    let setup = Setup::open();
    let name = "s".repeat(200);
    let all_day = json!([{ "from": "00:00", "to": "24:00" }]);
    let body = json!({
        "revision": 0, "time_zone": "UTC", "hours": { "monday": all_day },
        "services": [{ "name": name, "duration_minutes": 60 }],
    });
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &body).status, 200);
    let free = setup.json(&slots_of(&name, "2032-03-01", "2032-03-02"));
    let starts_at = free["items"][0]["starts_at"].clone();
    assert!(starts_at.is_string(), "{free}");
    let (place, _) = book(&setup, &json!({ "service": name, "starts_at": starts_at }));
    assert_eq!(setup.send("PATCH", &place, &json!({ "service": name })).status, 200);
}

#[test]
fn slots_follow_business_hours_even_when_clocks_change() {
    let setup = Setup::open();
    describe(&setup, "Europe/Berlin");
    let local = |from: &str, to: &str| -> Vec<String> {
        let page = setup.json(&slots_of("inspection", from, to));
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|slot| slot["local"].as_str().unwrap().to_owned())
            .collect()
    };
    let spring = local("2032-03-28", "2032-03-29");
    let hours = |begins: &[&str]| begins.iter().map(|begin| (*begin).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        spring,
        hours(&[
            "2032-03-28T01:00:00+01:00",
            "2032-03-28T01:30:00+01:00",
            "2032-03-28T03:00:00+02:00",
            "2032-03-28T03:30:00+02:00",
            "2032-03-28T04:00:00+02:00",
        ]),
        "the hour from two to three does not exist"
    );
    let autumn = local("2032-10-30", "2032-11-01");
    let twice = autumn.iter().filter(|begin| begin.starts_with("2032-10-31T02:")).count();
    assert_eq!(twice, 4, "the hour from two to three occurs twice: {autumn:?}");
    assert_eq!(local("2032-03-02", "2032-03-03"), hours(&[]), "a holiday");
}

#[test]
fn services_without_slots_say_why_but_are_bookable_by_hand() {
    let setup = Setup::open();
    let refused = |service: &str| {
        let answer = setup.get(&slots_of(service, "2032-03-01", "2032-03-02"));
        (answer.problem_code(409), answer.problem(409))
    };
    assert_eq!(refused("Inspection").0, "no_hours", "the business has no opening hours");
    let by_hand = |service: &str| {
        let answer = setup.send(
            "POST",
            PATH,
            &json!({ "service": service, "starts_at": "2032-03-01T23:00:00Z", "resource": service }),
        );
        let made = answer.json();
        (made["ends_at"].clone(), made["zone"].clone())
    };
    assert_eq!(by_hand("Anything"), (json!("2032-03-02T00:00:00.000Z"), json!("UTC")));
    describe(&setup, "Europe/Berlin");
    let (code, detail) = refused("Massage");
    assert_eq!(code, "unknown_service");
    assert!(detail.contains("Inspection") && !detail.contains("Renovation"), "{detail}");
    assert_eq!(refused("Renovation").0, "no_duration");
    assert_eq!(by_hand("Massage"), (json!("2032-03-02T00:00:00.000Z"), json!("Europe/Berlin")));
    let mut business = setup.json("/api/v1/business-profile");
    business["hours"] = Value::Null;
    business["services"] = json!([{ "name": "Consultation", "duration_minutes": 30 }]);
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    assert_eq!(refused("Consultation").0, "no_hours");
    assert_eq!(by_hand("Consultation").0, json!("2032-03-01T23:30:00.000Z"), "as long as it takes");
}

#[test]
fn booked_times_are_no_longer_offered() {
    let setup = Setup::open();
    describe(&setup, "UTC");
    let free = || begins(&setup, &slots_of("Inspection", "2032-03-01", "2032-03-02"));
    let all = free();
    assert_eq!((all.first().unwrap().as_str(), all.last().unwrap().as_str()), ("09:00", "16:00"));
    book(&setup, &at(10));
    let left = free();
    let gone: Vec<_> = all.iter().filter(|begin| !left.contains(begin)).collect();
    assert_eq!(gone, ["09:30", "10:00", "10:30"]);
}

#[test]
fn time_kept_free_is_neither_offered_nor_booked_by_accident() {
    let setup = Setup::open();
    describe(&setup, "UTC");
    let mut business = setup.json("/api/v1/business-profile");
    let mut set = |members: Value| {
        business.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let answer = setup.send("PUT", "/api/v1/business-profile", &business);
        assert_eq!(answer.status, 200, "{answer:?}");
        business = answer.json();
        business.clone()
    };
    let visit = json!({ "name": "Visit", "duration_minutes": 60, "buffer_before_minutes": 30, "buffer_after_minutes": 15 });
    let shown = set(json!({ "services": [visit, { "name": "Call", "duration_minutes": 30 }] }));
    let services = &shown["services"];
    assert_eq!((&services[0]["buffer_before_minutes"], services[1].get("capacity")), (&json!(30), None));
    assert_eq!(shown.get("bookings"), None, "nothing was set");
    let body = |service: &str, time: &str| json!({ "service": service, "starts_at": format!("2032-03-01T{time}:00Z") });
    let (_, visit) = book(&setup, &body("Visit", "10:00"));
    assert_eq!(
        (&visit["starts_at"], &visit["ends_at"]),
        (&json!("2032-03-01T10:00:00.000Z"), &json!("2032-03-01T11:00:00.000Z"))
    );
    let free = || begins(&setup, &slots_of("Call", "2032-03-01", "2032-03-02"));
    assert_eq!(free()[..3], ["09:00", "11:30", "12:00"]);
    let mut call = body("Call", "11:00");
    assert_eq!(setup.send("POST", PATH, &call).problem_code(409), "kept_free");
    assert_eq!(setup.send("POST", PATH, &body("Call", "10:45")).problem_code(409), "slot_taken");
    call["ignore_buffers"] = json!(true);
    let (call, _) = book(&setup, &call);
    assert_eq!(setup.send("PATCH", &call, &json!({ "notes": "x" })).status, 200, "its time stays");
    let mut earlier = json!({ "starts_at": "2032-03-01T09:30:00Z" });
    assert_eq!(setup.send("PATCH", &call, &earlier).problem_code(409), "kept_free");
    earlier["ignore_buffers"] = json!(true);
    assert_eq!(setup.send("PATCH", &call, &earlier).json()["status"], "moved");
    // That is further ahead than callers may book.
    let rules = json!({ "notice_hours": 0, "horizon_days": 1 });
    assert_eq!(set(json!({ "bookings": rules }))["bookings"], rules);
    assert!(free().is_empty());
}

#[test]
fn places_are_taken_until_there_are_as_many_as_allowed() {
    let setup = Setup::open();
    describe(&setup, "UTC");
    let mut business = setup.json("/api/v1/business-profile");
    business["services"] = json!([{ "name": "Inspection", "duration_minutes": 60, "capacity": 2 }]);
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    let (first, _) = book(&setup, &at(9));
    book(&setup, &at(9));
    assert_eq!(setup.send("POST", PATH, &at(9)).problem_code(409), "slot_taken");
    // Of each quarter of an hour another place may be the free one.
    let half = json!({ "starts_at": "2032-03-01T09:30:00Z" });
    assert_eq!(setup.send("PATCH", &first, &half).status, 200);
    assert_eq!(setup.send("POST", PATH, &at(9)).problem_code(409), "slot_taken");
    book(&setup, &at(10));
    assert_eq!(setup.send("POST", PATH, &at(10)).problem_code(409), "slot_taken");
    // With fewer places, the appointments stay where they are.
    let mut business = setup.json("/api/v1/business-profile");
    business["services"][0]["capacity"] = json!(1);
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    assert_eq!(setup.send("PATCH", &first, &json!({ "notes": "x" })).status, 200);
    let nudge = json!({ "starts_at": "2032-03-01T09:45:00Z" });
    assert_eq!(setup.send("PATCH", &first, &nudge).problem_code(409), "slot_taken");
}

#[test]
fn an_appointment_takes_the_resource_of_its_new_service() {
    let setup = Setup::open();
    describe(&setup, "UTC");
    let mut business = setup.json("/api/v1/business-profile");
    business["services"] = json!([
        { "name": "Inspection", "duration_minutes": 60 },
        { "name": "Massage", "duration_minutes": 60, "resource": "Anna" },
        { "name": "Facial", "duration_minutes": 60, "resource": "anna" },
    ]);
    let set = setup.send("PUT", "/api/v1/business-profile", &business);
    assert_eq!(set.json()["services"][2]["resource"], "Anna", "she has one calendar");
    let massage = |hour: u32| {
        let mut body = at(hour);
        body["service"] = json!("Massage");
        body
    };
    let (place, made) = book(&setup, &at(9));
    assert_eq!(made["resource"], "main");
    let (annas, _) = book(&setup, &massage(9));
    let becomes = |place: &str, service: &str| setup.send("PATCH", place, &json!({ "service": service }));
    assert_eq!(becomes(&place, "Massage").problem_code(409), "slot_taken");
    assert_eq!(setup.send("PATCH", &annas, &json!({ "status": "cancelled" })).status, 200);
    assert_eq!(becomes(&place, "massage").json()["resource"], "Anna");
    assert_eq!(setup.send("POST", PATH, &massage(9)).problem_code(409), "slot_taken");
    book(&setup, &at(9));
    // Nobody has said who does this.
    assert_eq!(becomes(&place, "Something else").json()["resource"], "Anna");
    // A program has said what it takes.
    let mut in_room = at(11);
    in_room["resource"] = json!("Room");
    let (in_room, _) = book(&setup, &in_room);
    assert_eq!(becomes(&in_room, "Massage").json()["resource"], "Room");
}

#[test]
fn offered_times_do_not_depend_on_the_starting_minute() {
    let setup = Setup::open();
    describe(&setup, "UTC");
    let first_from = |time: &str| {
        let page = setup.json(&format!(
            "{PATH}/slots?service=Inspection&from=2032-03-01T{time}:00Z&to=2032-03-02T00:00:00Z"
        ));
        page["items"][0]["starts_at"].as_str().unwrap()[11..16].to_owned()
    };
    assert_eq!(["09:00", "09:07", "09:16", "09:30"].map(first_from), ["09:00", "09:30", "09:30", "09:30"]);
}

fn feed(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/calendar; charset=utf-8")));
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn a_calendar_program_reads_appointments_by_a_renewable_link() {
    let setup = Setup::open();
    let soon = chrono::Utc::now() + chrono::TimeDelta::days(3);
    let mut body = json!({
        "service": "Inspection", "name": "محمد; Ada, \"🦊\"", "address": "x".repeat(200), "zone": "Europe/Berlin",
        "starts_at": soon.to_rfc3339(), "notes": "a\\b\r\nEND:VEVENT\rBEGIN:VEVENT",
    });
    let (place, shown) = book(&setup, &body);
    let link = |answer: Answer| {
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["path"].as_str().unwrap().to_owned()
    };
    let first = link(setup.send("POST", &format!("{PATH}/feed"), &Value::Null));
    let file = feed(&setup.request("GET", &first, &[]));
    assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"), "{file}");
    assert_eq!(file.matches("\r\nBEGIN:VEVENT\r\n").count(), 1, "{file}");
    assert!(file.lines().all(|line| line.len() <= 76), "{file}");
    assert!(!file.replace("\r\n", "").contains(['\r', '\n']), "{file}");
    let whole = file.replace("\r\n ", "");
    let start = soon.format("DTSTART:%Y%m%dT%H%M%SZ").to_string();
    for line in [
        start.as_str(),
        "SUMMARY:Inspection: محمد\\; Ada\\, \"🦊\"",
        "DESCRIPTION:a\\\\b\\nEND:VEVENT\\nBEGIN:VEVENT",
        "STATUS:CONFIRMED",
        &format!("UID:{}@cordboard", shown["id"].as_str().unwrap()),
    ] {
        assert!(whole.lines().any(|found| found == line), "{line}\n{whole}");
    }
    setup.send("PATCH", &place, &json!({ "status": "cancelled" }));
    let file = feed(&setup.get(&format!("{PATH}.ics")));
    assert!(file.contains("STATUS:CANCELLED\r\n") && file.contains("SEQUENCE:1\r\n"), "{file}");

    let second = link(setup.send("POST", &format!("{PATH}/feed"), &Value::Null));
    setup.request("GET", &first, &[]).problem(401);
    feed(&setup.request("GET", &second, &[]));
    // It opens nothing else.
    let token = second.split_once("token=").unwrap().1;
    setup.request("GET", &format!("{PATH}?token={token}"), &[]).problem(401);
    setup.request("GET", PATH, &[("Authorization", &format!("Bearer {token}"))]).problem(401);
    assert_eq!(setup.send("DELETE", &format!("{PATH}/feed"), &Value::Null).status, 204);
    setup.request("GET", &second, &[]).problem(401);
    setup.send("DELETE", &format!("{PATH}/feed"), &Value::Null).problem(404);
    body["starts_at"] = json!("2020-01-01T00:00:00Z");
    book(&setup, &body);
    assert_eq!(
        feed(&setup.get(&format!("{PATH}.ics"))).matches("\r\nBEGIN:VEVENT\r\n").count(),
        1,
        "a past appointment is shown"
    );
}

#[test]
fn an_expired_hold_is_cancelled_in_calendars() {
    let setup = Setup::open();
    let soon = chrono::Utc::now() + chrono::TimeDelta::days(3);
    let hold = json!({ "service": "Inspection", "starts_at": soon.to_rfc3339(), "hold_minutes": 15 });
    let (place, _) = book(&setup, &hold);
    // Calendars take an event only if its number is higher than before.
    let shows = |status: &str, sequence: u32| {
        let file = feed(&setup.get(&format!("{PATH}.ics")));
        let lines = [format!("\r\nSTATUS:{status}\r\n"), format!("\r\nSEQUENCE:{sequence}\r\n")];
        assert!(lines.iter().all(|line| file.contains(line)), "{file}");
    };
    shows("TENTATIVE", 0);
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        Ok(connection.batch_execute("UPDATE appointments SET hold_until = '2026-01-01 00:00:00'")?)
    });
    shows("CANCELLED", 1);
    assert_eq!(setup.send("PATCH", &place, &json!({ "status": "confirmed" })).json()["sequence"], 2);
    shows("CONFIRMED", 2);
}

#[test]
fn expired_holds_can_be_confirmed_until_their_time_is_taken() {
    let setup = Setup::open();
    let held = |hour| {
        let mut body = at(hour);
        body["hold_minutes"] = json!(15);
        book(&setup, &body).0
    };
    let (early, late) = (held(9), held(11));
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        Ok(connection.batch_execute("UPDATE appointments SET hold_until = '2026-01-01 00:00:00'")?)
    });
    book(&setup, &at(11));
    assert_eq!(setup.json(&early)["status"], "held", "others have booked another time");
    assert_eq!(setup.json(&late)["status"], "cancelled");
    assert_eq!(setup.send("PATCH", &early, &json!({ "status": "confirmed" })).json()["status"], "confirmed");
}

#[test]
fn a_calendar_program_reads_all_of_very_many_appointments() {
    let setup = Setup::open();
    let soon = chrono::Utc::now() + chrono::TimeDelta::days(3);
    book(&setup, &json!({ "service": "Inspection", "starts_at": soon.to_rfc3339() }));
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        // The same number for other resources, at the same times.
        Ok(connection.batch_execute(
            "INSERT INTO appointments (id, organization_id, resource, service, starts_at, ends_at, zone, status, name, address, notes, \
             sequence, created_at, updated_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
             SELECT substr(id, 1, 24) || printf('%012x', i), organization_id, resource || i, service, starts_at, ends_at, zone, \
             status, name, address, notes, sequence, created_at, updated_at FROM appointments, n",
        )?)
    });
    let file = feed(&setup.get(&format!("{PATH}.ics")));
    assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("\r\nEND:VCALENDAR\r\n"));
    assert_eq!((file.matches("BEGIN:VCALENDAR").count(), file.matches("END:VCALENDAR").count()), (1, 1));
    let ids: std::collections::BTreeSet<_> = file.lines().filter(|line| line.starts_with("UID:")).collect();
    assert_eq!((file.matches("\r\nBEGIN:VEVENT\r\n").count(), ids.len()), (2_001, 2_001));
}
