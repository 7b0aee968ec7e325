//! The requests of pages before a sign-in, and the links that lead to them.

use cordboard::config::{Config, Loaded, Sources};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::floor::Person;
use crate::people::{PASSWORD, bearer, owner, post, register, setup_token};
use crate::setup::Setup;

fn configuration(variable: &str, value: &str) -> Loaded {
    let environment = vec![(variable.into(), value.into())];
    Config::load(&Sources { environment, ..Sources::default() }).unwrap()
}

fn with_registration(word: &str) -> Setup {
    Setup::open_with(configuration("CORDBOARD_REGISTRATION", word))
}

fn registration(setup: &Setup) -> Value {
    setup.request("GET", "/api/v1/auth/registration", &[]).json()
}

#[test]
fn visitors_learn_whether_an_owner_exists_and_registration_is_open() {
    let setup = Setup::open();
    let expected = |has_owner: bool, has_users: bool, registration: &str| {
        json!({
            "has_owner": has_owner, "has_users": has_users, "registration": registration, "password_chars_min": 10
        })
    };
    assert_eq!(registration(&setup), expected(false, false, "invite"));
    owner(&setup, "ada@example.com");
    assert_eq!(registration(&setup), expected(true, true, "invite"));
    let open = with_registration("open");
    assert_eq!(register(&open, "eve@example.com", Value::Null).status, 201);
    assert_eq!(registration(&open), expected(false, true, "open"), "an organization of her own");
}

#[test]
fn only_the_first_owner_or_admin_token_operates_the_server() {
    for (operator, status) in [("owner", 200), ("token", 403)] {
        let setup = Setup::open_with(configuration("CORDBOARD_OPERATOR", operator));
        let ada = Person::of(&setup, "Ada", Role::Owner);
        let asked = |path: &str| ada.send(&setup, "GET", path, &Value::Null).status;
        for path in ["/api/v1/admin/config", "/api/v1/admin/actors", "/api/v1/switches"] {
            assert_eq!(asked(path), status, "{path} for the {operator}");
        }
        assert_eq!(asked("/api/v1/users"), 200, "the owner's own organization");
    }
}

#[cfg(feature = "pages")]
#[test]
fn every_page_leads_to_setup_until_an_account_exists() {
    let setup = Setup::open();
    let to = |setup: &Setup, path: &str| {
        let answer = setup.request("GET", path, &[("Accept", "text/html")]);
        match answer.status {
            302 => answer.header("location").unwrap().to_owned(),
            status => status.to_string(),
        }
    };
    for path in ["/", "/login", "/calls", "/system", "/nothing/here"] {
        assert_eq!(to(&setup, path), "/setup", "{path}");
    }
    for path in ["/setup", "/register", "/invitation", "/reset", "/email", "/report-mail"] {
        assert_eq!(to(&setup, path), "200", "{path}");
    }
    assert_eq!(setup.request("GET", "/healthz", &[]).status, 200);
    owner(&setup, "ada@example.com");
    assert_eq!(to(&setup, "/setup"), "/login", "the setup is done");
    assert_eq!((to(&setup, "/"), to(&setup, "/login")), ("/login".to_owned(), "200".to_owned()));
    assert_eq!(to(&setup, "/calls?from=1"), "/login?next=%2Fcalls%3Ffrom%3D1");
    let closed = with_registration("closed");
    assert_eq!((to(&closed, "/setup"), to(&closed, "/login")), ("/login".to_owned(), "200".to_owned()));
    // Users of other organizations can sign in whether or not the first organization has an owner.
    let open = with_registration("open");
    register(&open, "eve@example.com", Value::Null);
    assert_eq!((to(&open, "/setup"), to(&open, "/login")), ("200".to_owned(), "200".to_owned()));
}

#[test]
fn looking_at_an_invitation_by_its_link_keeps_it_valid() {
    let public = "https://calls.example.com/";
    let setup = Setup::open_with(configuration("CORDBOARD_HTTP__PUBLIC_BASE_URL", public));
    let ada = owner(&setup, "ada@example.com");
    let asked = json!({ "email": "Grace@Example.com", "role": "supervisor" });
    let made = bearer(&setup, "POST", "/api/v1/invitations", &ada, &asked).json();
    let url = made["url"].as_str().unwrap();
    let token = url.strip_prefix("https://calls.example.com/invitation#token=").unwrap();
    let look = || post(&setup, "/api/v1/auth/invitations/look", json!({ "token": token }));
    for _ in 0..8 {
        let offer = look().json();
        assert_eq!(offer["expires_at"], made["expires_at"]);
        assert_eq!(
            (&offer["organization"], &offer["email"], &offer["role"]),
            (&json!("Lovelace Plumbing"), &json!("grace@example.com"), &json!("supervisor"))
        );
    }
    let accept = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    assert_eq!(post(&setup, "/api/v1/auth/invitations/accept", accept).status, 201);
    look().problem(404);
    let guess = |_| post(&setup, "/api/v1/auth/invitations/look", json!({ "token": "guessed" })).status;
    assert_eq!(
        (0..6).map(guess).collect::<Vec<u16>>(),
        [404, 404, 404, 404, 429, 429],
        "guesses are counted"
    );
}

#[test]
fn a_used_setup_token_is_refused_with_advice() {
    let setup = with_registration("open");
    let token = setup_token(&setup);
    assert_eq!(register(&setup, "ada@example.com", json!(token)).status, 201);
    let told = register(&setup, "eve@example.com", json!(token)).problem(403);
    for part in ["has been used", "anybody can register here without it", "`/register`"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(
        register(&setup, "eve@example.com", Value::Null).status,
        201,
        "registering without the token works"
    );
}

#[test]
fn with_registration_closed_only_invited_people_can_join() {
    let setup = with_registration("closed");
    for token in [json!(setup_token(&setup)), Value::Null] {
        assert_eq!(register(&setup, "eve@example.com", token).problem_code(403), "not_allowed");
    }
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let asked = json!({ "email": "grace@example.com", "role": "agent" });
    let made = ada.send(&setup, "POST", "/api/v1/invitations", &asked).json();
    let token = made["url"].as_str().unwrap().split_once("#token=").unwrap().1;
    let accept = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    assert_eq!(post(&setup, "/api/v1/auth/invitations/accept", accept).status, 201);
}

#[test]
fn a_setup_token_is_not_an_invitation() {
    let setup = Setup::open();
    let token = setup_token(&setup);
    post(&setup, "/api/v1/auth/invitations/look", json!({ "token": token })).problem(404);
    let accept = json!({ "token": token, "name": "Eve", "password": PASSWORD });
    post(&setup, "/api/v1/auth/invitations/accept", accept).problem(404);
    assert_eq!(register(&setup, "ada@example.com", json!(token)).status, 201, "the token is still valid");
}

#[test]
fn links_lead_to_the_public_address_or_the_bound_port() {
    let at = |bound: &str, public: Option<&str>| {
        let variable = "CORDBOARD_HTTP__PUBLIC_BASE_URL";
        let loaded = public.map_or_else(Loaded::default, |public| configuration(variable, public));
        loaded.config.base_url(bound.parse().unwrap())
    };
    assert_eq!(at("127.0.0.1:4711", Some("https://calls.example.com/")), "https://calls.example.com");
    assert_eq!(at("192.0.2.7:4711", None), "http://192.0.2.7:4711");
    assert_eq!(at("0.0.0.0:4711", None), "http://127.0.0.1:4711", "no one can connect to 0.0.0.0");
    assert_eq!(at("[::]:4711", None), "http://[::1]:4711");
}
