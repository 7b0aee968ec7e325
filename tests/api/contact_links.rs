//! Contact links: services that can't send a token add people to a campaign with any JSON or form, and no one else does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cordboard_schema::limits::{
    CONTACT_LINKS_MAX, CONTACT_POST_BYTES_MAX, CONTACT_POSTS_PER_MINUTE_MAX, OUTBOUND_VARIABLES_MAX,
};
use cordboard_schema::permission::Role;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::answer::Answer;
use crate::isolation::{another_organization, somebody};
use crate::people::{bearer, holds};
use crate::setup::Setup;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const ADA: &str = "+493012345678";

fn campaign(setup: &Setup) -> String {
    let made = setup.send("POST", "/api/v1/campaigns", &json!({ "name": "Renewals" }));
    assert_eq!(made.status, 201, "{made:?}");
    format!("/api/v1/campaigns/{}", made.json()["id"].as_str().unwrap())
}

/// Creates a link of a campaign, with these further values.
fn link(setup: &Setup, campaign: &str, more: &Value) -> Value {
    let mut body = json!({ "name": "Form" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = setup.send("POST", &format!("{campaign}/contact-links"), &body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

fn at(campaign: &str, link: &Value) -> String {
    format!("{campaign}/contact-links/{}", link["id"].as_str().unwrap())
}

/// Returns the path to which a service sends its bodies.
fn hook(link: &Value) -> String {
    let url = link["url"].as_str().unwrap();
    url[url.find("/hooks/").unwrap()..].to_owned()
}

/// Has a service send a body, without a token.
fn post_with(setup: &Setup, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    let answer = Answer::parse(&setup.raw_bytes(&[head.as_bytes(), body].concat()));
    answer.check("POST", path, body);
    answer
}

fn post(setup: &Setup, link: &Value, kind: &str, body: impl AsRef<[u8]>) -> Answer {
    post_with(setup, &hook(link), &[("Content-Type", kind)], body.as_ref())
}

/// Returns the numbers of the list, with the variables of each.
fn contacts(setup: &Setup, campaign: &str) -> Vec<(String, Value)> {
    let list = setup.json(&format!("{campaign}/contacts"));
    let of = |contact: &Value| (contact["number"].as_str().unwrap().to_owned(), contact["variables"].clone());
    list["items"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_link_is_managed_and_shows_its_secret_once() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let made = setup.send("POST", &format!("{campaign}/contact-links"), &json!({ "name": " Form " }));
    assert_eq!(made.status, 201, "{made:?}");
    let mut link = made.json();
    assert_eq!(made.header("location"), Some(&*at(&campaign, &link)));
    let (address, secret) = {
        let url = link.as_object_mut().unwrap().remove("url").unwrap();
        let url = url.as_str().unwrap().to_owned();
        let secret = url.rsplit('/').next().unwrap().to_owned();
        (json!({ "url": url }), secret)
    };
    assert_eq!((secret.len(), hook(&address)), (40, format!("/hooks/contacts/{secret}")));
    assert_eq!(setup.json(&at(&campaign, &link)), link);
    assert_eq!(setup.json(&format!("{campaign}/contact-links"))["items"], json!([link]));
    assert_eq!(
        (&link["name"], &link["enabled"], &link["signature_header"]),
        (&json!("Form"), &json!(true), &json!("x-signature"))
    );
    assert!(!holds(&setup, &secret), "the secret itself is stored");

    let body = json!({
        "name": "CRM", "enabled": false, "expires_at": "2100-01-01T00:00:00.000Z", "signature_header": "X-Hub-Signature-256",
        "mapping": { "number": "contact.phone", "country_code": "49", "variables": { "order": "order.id" } },
    });
    let changed = setup.send("PUT", &at(&campaign, &link), &body);
    assert_eq!(changed.status, 200, "{changed:?}");
    let changed = changed.json();
    assert_eq!(
        (&changed["name"], &changed["enabled"], &changed["expires_at"], &changed["signature_header"]),
        (&json!("CRM"), &json!(false), &json!("2100-01-01T00:00:00.000Z"), &json!("x-hub-signature-256"))
    );
    assert_eq!(changed["mapping"]["variables"], json!({ "order": "order.id" }));
    // A member that is not named stays: a change without `enabled` does not switch the link on.
    let named = setup.send("PATCH", &at(&campaign, &link), &json!({ "name": "Our CRM" })).json();
    let mut expected = changed;
    expected["name"] = json!("Our CRM");
    expected["revision"] = named["revision"].clone();
    assert_eq!(named, expected);
    assert!(
        setup.send("PUT", &at(&campaign, &link), &json!({ "name": "CRM" })).problem(422).contains("enabled")
    );
    assert_eq!(setup.json(&at(&campaign, &link)), expected);
    let for_ever = setup.send("PATCH", &at(&campaign, &link), &json!({ "expires_at": null })).json();
    assert_eq!((&for_ever["expires_at"], &for_ever["enabled"]), (&Value::Null, &json!(false)));
    assert_eq!(post(&setup, &address, JSON, "{}").problem_code(404), "not_found", "it is switched off");

    // With the person's name there are more variables than a call may have.
    let many: Value = (0..OUTBOUND_VARIABLES_MAX).map(|nth| (format!("v{nth}"), json!("a"))).collect();
    for (bad, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x", "signature_header": "x y" }), "signature_header"),
        (json!({ "name": "x", "expires_at": "1969-01-01T00:00:00Z" }), "expires_at"),
        (json!({ "name": "x", "mapping": { "country_code": "049" } }), "mapping.country_code"),
        (json!({ "name": "x", "mapping": { "number": "x".repeat(201) } }), "mapping.number"),
        (json!({ "name": "x", "mapping": { "variables": { "a b": "c" } } }), "mapping.variables"),
        (json!({ "name": "x", "mapping": { "name": "who", "variables": many } }), "mapping.variables"),
    ] {
        let answer = setup.send("POST", &format!("{campaign}/contact-links"), &bad);
        assert_eq!(answer.problem_code(422), "invalid");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{bad}");
    }
    assert_eq!(setup.send("DELETE", &at(&campaign, &link), &Value::Null).status, 204);
    assert_eq!(setup.send("DELETE", &at(&campaign, &link), &Value::Null).status, 404);
    for _ in 0..CONTACT_LINKS_MAX {
        self::link(&setup, &campaign, &json!({}));
    }
    let answer = setup.send("POST", &format!("{campaign}/contact-links"), &json!({ "name": "x" }));
    assert_eq!(answer.problem_code(409), "too_many");
    let log = setup.json("/api/v1/audit-log?limit=200");
    let actions: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    for action in ["contact_link.made", "contact_link.changed", "contact_link.removed"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    assert!(!log.to_string().contains(&secret), "the audit log has the secret");
    // A deleted campaign takes its links with it.
    assert_eq!(setup.send("DELETE", &campaign, &Value::Null).status, 204);
}

#[test]
fn contacts_that_a_service_sends_are_added_once() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let form = link(
        &setup,
        &campaign,
        &json!({ "mapping": { "country_code": "49", "evidence": "form of the shop" } }),
    );
    let sent = post(&setup, &form, FORM, "phone=030+12345678&name=Ada+Berg&consent=on&note=%C3%A4");
    assert_eq!(
        sent.json(),
        json!({ "added": 1, "known": 0, "left_out": 0, "refused": 0, "errors": [] }),
        "{sent:?}"
    );
    let again = post(&setup, &form, FORM, "phone=%2B49+30+12345678&name=Somebody+else");
    assert_eq!(
        again.json(),
        json!({ "added": 0, "known": 1, "left_out": 0, "refused": 0, "errors": [] }),
        "{again:?}"
    );
    let ada = (ADA.to_owned(), json!({ "name": "Ada Berg", "note": "ä" }));
    assert_eq!(contacts(&setup, &campaign), [ada]);
    let first = setup.json(&format!("{campaign}/contacts"))["items"][0].clone();
    assert_eq!(first["consent"], "form of the shop");

    let mapping = json!({
        "contacts": "data", "number": "who.0.tel", "name": "who.1", "zone": "tz", "consent": "said", "variables": { "order": "order.id" },
    });
    let crm = link(&setup, &campaign, &json!({ "mapping": mapping }));
    let one = |tel: &str| json!({ "who": [{ "tel": tel }, "Bo"], "tz": "Europe/Berlin", "said": "call 9", "order": { "id": 17 }, "left": "out" });
    let body = json!({ "data": [one("+493012345679"), one("12"), one(ADA), {}] }).to_string();
    let sent = post(&setup, &crm, "application/vnd.crm+json; charset=utf-8", &body).json();
    assert_eq!(
        (&sent["added"], &sent["known"], &sent["refused"]),
        (&json!(1), &json!(1), &json!(2)),
        "{sent}"
    );
    let errors: Vec<(&str, &str)> = sent["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["field"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(errors, [("contacts[1].number", "phone_number"), ("contacts[3].number", "required")]);
    let bo = &setup.json(&format!("{campaign}/contacts?number=%2B493012345679"))["items"][0];
    assert_eq!((&bo["zone"], &bo["consent"]), (&json!("Europe/Berlin"), &json!("call 9")));
    assert_eq!(bo["variables"], json!({ "name": "Bo", "order": "17" }));

    let shown = setup.json(&at(&campaign, &crm));
    assert_eq!(
        (&shown["added"], &shown["known"], &shown["refused"]),
        (&json!(1), &json!(1), &json!(2)),
        "{shown}"
    );
    assert!(shown["last_used_at"].is_string());
    let refusals: Vec<_> = shown["refusals"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(refusals, ["phone_number", "required"]);
    let line = &crate::audit::lines(&setup, "campaign.contacts_added", 2)[0];
    assert_eq!(
        (&line["actor"]["kind"], &line["detail"]),
        (&json!("system"), &json!("1 contacts, over the contact link Form"))
    );

    // A number on the do-not-call list may be added to a list, as by the API, but is never called.
    assert_eq!(setup.send("POST", &format!("{campaign}/stop"), &Value::Null).status, 200);
    let stopped = post(&setup, &crm, JSON, &body);
    assert_eq!(stopped.problem_code(409), "campaign_state");
    assert_eq!(setup.json(&at(&campaign, &crm))["refusals"][0]["code"], "campaign_state");
}

#[test]
fn contacts_from_a_link_are_judged_by_the_filter() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let condition = json!({ "variable": "city", "is": "equals", "value": "berlin" });
    let body = json!({ "name": "Renewals", "settings": { "filter": { "conditions": [condition] } } });
    assert_eq!(setup.send("PUT", &campaign, &body).status, 200);
    let link = link(&setup, &campaign, &json!({}));
    let people = json!([{ "phone": ADA, "city": "Berlin" }, { "phone": "+493012345679", "city": "Ulm" }]);
    let tried =
        setup.send("POST", &format!("{campaign}/contact-trial"), &json!({ "body": people.to_string() }));
    assert_eq!(tried.json()["left_out"], 1, "{tried:?}");
    let sent = post(&setup, &link, JSON, people.to_string()).json();
    assert_eq!((&sent["added"], &sent["left_out"]), (&json!(2), &json!(1)), "{sent}");
    let progress = setup.json(&format!("{campaign}/progress"));
    assert_eq!((&progress["waiting"], &progress["left_out"]), (&json!(1), &json!(1)), "{progress}");
    let left_out = setup.json(&format!("{campaign}/contacts?state=left_out"));
    assert_eq!(left_out["items"][0]["number"], "+493012345679");
}

#[test]
fn strangers_without_the_secret_learn_nothing_and_add_nobody() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let [live, off, revoked] = [(); 3].map(|()| link(&setup, &campaign, &json!({})));
    let expired = link(&setup, &campaign, &json!({ "expires_at": "2020-01-01T00:00:00Z" }));
    assert_eq!(
        setup.send("PUT", &at(&campaign, &off), &json!({ "name": "Form", "enabled": false })).status,
        200
    );
    assert_eq!(setup.send("DELETE", &at(&campaign, &revoked), &Value::Null).status, 204);
    let body = json!({ "phone": ADA }).to_string();
    let wrong = json!({ "url": format!("http://x/hooks/contacts/{}", "a".repeat(40)) });
    let by_id = json!({ "url": format!("http://x/hooks/contacts/{}", live["id"].as_str().unwrap()) });
    let told = post(&setup, &wrong, JSON, &body);
    assert_eq!(told.problem_code(404), "not_found");
    for other in [&off, &revoked, &expired, &by_id] {
        let same = post(&setup, other, JSON, &body);
        assert_eq!((same.status, same.text()), (404, told.text()));
    }
    // A guessed secret: the body is not read.
    assert_eq!(post(&setup, &wrong, "text/plain", "x").status, 404);
    assert_eq!(contacts(&setup, &campaign), []);

    // No other organization sees or changes the link, and the secret only adds to its own list.
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    assert_eq!(bearer(&setup, "GET", &at(&campaign, &live), &eve, &Value::Null).status, 404);
    assert_eq!(bearer(&setup, "DELETE", &at(&campaign, &live), &eve, &Value::Null).status, 404);
    let hers = bearer(&setup, "POST", "/api/v1/campaigns", &eve, &json!({ "name": "hers" })).json();
    let hers = format!("/api/v1/campaigns/{}", hers["id"].as_str().unwrap());
    let in_hers = format!("{hers}/contact-links/{}", live["id"].as_str().unwrap());
    let mine = json!({ "name": "mine", "enabled": true });
    assert_eq!(bearer(&setup, "PUT", &in_hers, &eve, &mine).status, 404);
    assert_eq!(post(&setup, &live, JSON, &body).status, 200);
    assert_eq!(
        bearer(&setup, "GET", &format!("{hers}/contacts"), &eve, &Value::Null).json()["items"],
        json!([])
    );
    assert_eq!(contacts(&setup, &campaign).len(), 1);
}

#[test]
fn a_signed_link_takes_only_what_its_secret_signed() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let link = link(&setup, &campaign, &json!({ "signature_header": "x-hub-signature-256" }));
    let path = format!("{}/signing-secret", at(&campaign, &link));
    let made = setup.send("POST", &path, &Value::Null).json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(made["signing_secret_made_at"].is_string() && secret.len() == 40, "{made}");
    assert!(!holds(&setup, &secret), "the secret is in the database in clear");
    let body = json!({ "phone": ADA }).to_string();
    let code = |secret: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let code = mac.chain_update(&body).finalize().into_bytes();
        code.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let send = |signature: Option<&str>| {
        let mut headers = vec![("Content-Type", JSON)];
        headers.extend(signature.map(|signature| ("X-Hub-Signature-256", signature)));
        post_with(&setup, &hook(&link), &headers, body.as_bytes())
    };
    for bad in
        [None, Some(""), Some("sha256=00"), Some(&*code("another")), Some(&*format!("{}00", code(&secret)))]
    {
        let answer = send(bad);
        assert_eq!(answer.problem_code(403), "bad_signature", "{bad:?}");
        assert!(!answer.text().contains(&code(&secret)), "the answer shows the right signature");
    }
    assert_eq!(setup.json(&at(&campaign, &link))["refused"], 5);
    assert_eq!(send(Some(&format!("sha256={}", code(&secret)))).status, 200);
    // The service's own secret, as the service shows it.
    let theirs = "whsec_0123456789abcdef";
    assert_eq!(setup.send("POST", &path, &json!({ "secret": theirs })).json()["secret"], theirs);
    assert_eq!(send(Some(&code(&secret))).status, 403, "the first secret no longer works");
    assert_eq!(send(Some(&code(theirs))).json()["known"], 1);
    let short = setup.send("POST", &path, &json!({ "secret": "short" }));
    assert_eq!(
        (short.problem_code(422), &short.json()["errors"][0]["field"]),
        ("invalid".to_owned(), &json!("secret"))
    );
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(send(None).status, 200);
}

#[test]
fn hostile_bodies_are_quickly_refused_with_reasons_that_quote_nothing() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let link = link(&setup, &campaign, &json!({}));
    let forty = "4".repeat(40);
    let began = Instant::now();
    for (kind, body, status, code) in [
        (JSON, "[".repeat(150_000).into_bytes(), 422, "shape"),
        (JSON, format!("{}1{}", "{\"a\":".repeat(30_000), "}".repeat(30_000)).into_bytes(), 422, "shape"),
        (JSON, format!("[{}1]", "1,".repeat(90_000)).into_bytes(), 422, "too_many"),
        (JSON, b"{\"phone\": \"\xff\xfe\"}".to_vec(), 422, "shape"),
        (JSON, Vec::new(), 422, "shape"),
        (JSON, b"null".to_vec(), 422, "shape"),
        (JSON, b"[]".to_vec(), 422, "empty"),
        (JSON, format!("{{\"phone\": {forty}}}").into_bytes(), 422, "phone_number"),
        (JSON, format!("{{\"phone\": \"+{forty}\"}}").into_bytes(), 422, "phone_number"),
        (JSON, json!({ "phone": ADA, "consent": "x".repeat(501) }).to_string().into_bytes(), 422, "too_long"),
        (
            JSON,
            json!({ "phone": ADA, "consent": "a\u{0}b" }).to_string().into_bytes(),
            422,
            "control_characters",
        ),
        (FORM, b"phone=%ff".to_vec(), 422, "shape"),
        (FORM, "a=1&".repeat(501).into_bytes(), 422, "shape"),
        ("multipart/form-data; boundary=x", b"--x--".to_vec(), 415, "not_json"),
        ("text/xml", b"<a/>".to_vec(), 415, "not_json"),
    ] {
        let answer = post(&setup, &link, kind, &body);
        let head: String = String::from_utf8_lossy(&body).chars().take(40).collect();
        assert_eq!(answer.status, status, "{head}: {answer:?}");
        let told = answer.json();
        let said = if status == 422 { &told["errors"][0]["code"] } else { &told["code"] };
        assert_eq!(said, code, "{head}: {told}");
        let newest = setup.json(&at(&campaign, &link))["refusals"][0].clone();
        assert_eq!(newest["code"], code, "{head}");
        // The reason has a sample number, which is Ada's.
        let kept = format!("{}{}", newest["field"], newest["params"]);
        assert!(!newest.to_string().contains(&forty) && !kept.contains(ADA), "{newest}");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());

    // A body of 10 MB and one of unknown length: no more is read than is accepted.
    let long = post_head(&setup, &link, "Content-Length: 10000000\r\n", &[]);
    assert_eq!(long.problem_code(413), "body_too_long");
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    let chunks = chunk.repeat(CONTACT_POST_BYTES_MAX / 65_536 + 1);
    let long = post_head(&setup, &link, "Transfer-Encoding: chunked\r\n", chunks.as_bytes());
    assert_eq!(long.problem_code(413), "body_too_long");
    assert_eq!(contacts(&setup, &campaign), []);
    // Fields that can't be variables are left out, and the person is added.
    let odd = json!({ "phone": ADA, "a b": "one\ntwo", "long": "x".repeat(256), "nested": { "deep": "x" }, "\u{202e}": "x" });
    assert_eq!(post(&setup, &link, JSON, odd.to_string()).status, 200);
    assert_eq!(contacts(&setup, &campaign)[0].1, json!({ "a_b": "one two" }));
    assert_eq!(
        setup.json(&at(&campaign, &link))["refusals"].as_array().unwrap().len(),
        10,
        "no more refusals are kept"
    );
}

/// Returns the answer to a request of which only this is sent.
fn post_head(setup: &Setup, link: &Value, header: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(setup.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {JSON}\r\n{header}\r\n",
        hook(link)
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server stops reading after it has answered.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    while !is_whole(&answer) {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => answer.extend_from_slice(&piece[..read]),
            _ => break,
        }
    }
    Answer::parse(&answer)
}

/// Whether an answer is as long as its head says.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.parse::<usize>().unwrap())
}

#[test]
fn a_flooded_link_is_limited_and_others_still_work() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let [flooded, other] = [(); 2].map(|()| link(&setup, &campaign, &json!({})));
    // A body that is refused by its head is the cheapest to send.
    let sent = (0..=CONTACT_POSTS_PER_MINUTE_MAX).map(|_| post(&setup, &flooded, "text/plain", ""));
    let refused: Vec<Answer> = sent.skip_while(|answer| answer.status == 415).collect();
    let [last] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(last.problem_code(429), "too_many_requests");
    assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() <= 60);
    assert_eq!(post(&setup, &other, JSON, json!({ "phone": ADA }).to_string()).status, 200);
}

#[test]
fn a_form_visitor_can_not_cause_calls_at_night() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let form = link(&setup, &campaign, &json!({ "mapping": { "country_code": "49" } }));
    // It is night in Berlin while it is day in that zone.
    let body = "phone=030+12345678&name=Ada&timezone=Pacific%2FAuckland";
    assert_eq!(post(&setup, &form, FORM, body).json()["added"], 1);
    let zone = |number: &str| {
        let list = setup.json(&format!("{campaign}/contacts?number={}", number.replace('+', "%2B")));
        list["items"][0]["zone"].clone()
    };
    assert_eq!(zone(ADA), Value::Null, "the number's zones are used");
    let told = setup.json(&at(&campaign, &form));
    let [why] = &told["refusals"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!(
        (&why["field"], &why["code"], &why["taken"]),
        (&json!("zone"), &json!("zone_of_number"), &json!(true))
    );
    assert!(!why.to_string().contains("Auckland"), "a part of the body is stored: {why}");
    let tried = json!({ "body": body, "kind": "form", "mapping": { "country_code": "49" } });
    let tried = setup.send("POST", &format!("{campaign}/contact-trial"), &tried).json();
    assert_eq!(tried["contacts"][0]["zone"], "", "{tried}");
    assert_eq!(tried["contacts"][0]["warnings"][0]["code"], "zone_of_number", "{tried}");
    // A zone in which the number may be is used, and so is the zone of a service whose owner has set where the zone is.
    let body = "phone=%2B79161234567&timezone=Asia%2FVladivostok";
    assert_eq!(post(&setup, &form, FORM, body).json()["added"], 1);
    assert_eq!(zone("+79161234567"), "Asia/Vladivostok");
    let told = setup.json(&at(&campaign, &form))["refusals"].clone();
    assert_eq!(told.as_array().map(Vec::len), Some(1), "a used zone is reported: {told}");
    let crm = link(&setup, &campaign, &json!({ "mapping": { "zone": "timezone" } }));
    let body = json!({ "phone": "+493012345679", "timezone": "Pacific/Auckland" }).to_string();
    assert_eq!(post(&setup, &crm, JSON, body).json()["added"], 1);
    assert_eq!(zone("+493012345679"), "Pacific/Auckland");
}

#[test]
fn a_visitors_invalid_zone_is_ignored_and_reported() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let form = link(&setup, &campaign, &json!({}));
    let body = json!({ "phone": ADA, "timezone": "GMT+1 (Berlin)" });
    let answer = post(&setup, &form, JSON, body.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((&answer.json()["added"], &answer.json()["refused"]), (&json!(1), &json!(0)));
    let list = setup.json(&format!("{campaign}/contacts"));
    assert_eq!((&list["items"][0]["number"], &list["items"][0]["zone"]), (&json!(ADA), &Value::Null));
    let told = setup.json(&at(&campaign, &form));
    assert_eq!((&told["added"], &told["refused"]), (&json!(1), &json!(0)));
    let [why] = &told["refusals"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!(
        (&why["field"], &why["code"], &why["taken"]),
        (&json!("zone"), &json!("time_zone"), &json!(true))
    );
    assert!(!why.to_string().contains("GMT+1"), "a part of the body is stored: {why}");
    let trial = |mapping: Value| {
        let asked = json!({ "body": body.to_string(), "mapping": mapping });
        setup.send("POST", &format!("{campaign}/contact-trial"), &asked).json()["contacts"][0].clone()
    };
    let tried = trial(json!({}));
    assert_eq!((&tried["zone"], &tried["errors"]), (&json!(""), &json!([])));
    assert_eq!(tried["warnings"][0]["code"], "time_zone");

    // If the owner has mapped a field to the zone, the zone must be valid.
    let tried = trial(json!({ "zone": "timezone" }));
    assert_eq!((&tried["errors"][0]["code"], &tried["warnings"]), (&json!("time_zone"), &json!([])));
    let crm = link(&setup, &campaign, &json!({ "mapping": { "zone": "timezone" } }));
    let refused = post(&setup, &crm, JSON, body.to_string());
    assert_eq!((refused.status, &refused.json()["errors"][0]["code"]), (422, &json!("time_zone")));
    let newest = setup.json(&at(&campaign, &crm))["refusals"][0].clone();
    assert_eq!((&newest["code"], &newest["taken"]), (&json!("time_zone"), &json!(false)));
}

#[test]
fn a_tried_body_shows_whom_it_would_add() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let path = format!("{campaign}/contact-trial");
    let body = json!({ "lead": { "telefon": "030 12345678", "name": "Ada" }, "agree": "yes" }).to_string();
    let tried = setup.send("POST", &path, &json!({ "body": body })).json();
    let [one] = &tried["contacts"].as_array().unwrap()[..] else { panic!("{tried}") };
    assert_eq!((&one["number"], &one["errors"][0]["code"]), (&json!("030 12345678"), &json!("phone_number")));
    let mapping = json!({ "country_code": "49", "consent": "agree", "evidence": "form 7" });
    let tried = setup.send("POST", &path, &json!({ "body": body, "mapping": mapping })).json();
    let wanted = json!({ "contacts": [{
        "number": ADA, "zone": "", "consent": "form 7", "variables": { "name": "Ada" }, "errors": [], "warnings": [],
    }], "left_out": 0 });
    assert_eq!(tried, wanted);
    let form = json!({ "body": format!("tel={}", ADA.replace('+', "%2B")), "kind": "form" });
    assert_eq!(setup.send("POST", &path, &form).json()["contacts"][0]["number"], ADA);
    let long = json!({ "lead": { "phone": ADA }, "note": "\"".repeat(16_000) }).to_string();
    let tried = setup.send("POST", &path, &json!({ "body": long })).json();
    assert_eq!(tried["contacts"][0]["number"], ADA, "escaped text is twice as long");
    for (bad, field) in [
        (json!({ "body": "{" }), "body"),
        (json!({ "body": "{}", "mapping": { "zone": "x".repeat(300) } }), "mapping.zone"),
    ] {
        assert_eq!(setup.send("POST", &path, &bad).json()["errors"][0]["field"], field);
    }
    assert_eq!(contacts(&setup, &campaign), []);
}
