//! `doctor` with a real Asterisk and the shipped dialplan.

use std::net::SocketAddr;

use cordboard_test_support::asterisk::{AmiUser, Asterisk, AsteriskSetup};

use super::{FREE_PORTS, cordboard, stdout};

/// The exit code and the table of a doctor that signs in as this user.
fn examine(asterisk: &Asterisk, user: &str, secret: &str) -> (Option<i32>, String) {
    examine_for(asterisk, user, secret, &[])
}

/// The same with more settings.
fn examine_for(
    asterisk: &Asterisk,
    user: &str,
    secret: &str,
    more: &[(&str, &str)],
) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let port = asterisk.ami_address().port().to_string();
    let settings = [
        ("CORDBOARD_CALLS__MAX", "1"),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__HOST", "127.0.0.1"),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__PORT", port.as_str()),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__USER", user),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET", secret),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__TRUNK", "PJSIP/{number}@trunk"),
    ];
    let output = cordboard(folder.path(), &["doctor"], &[&FREE_PORTS[..], &settings, more].concat());
    let said = stdout(&output);
    assert!(!said.contains(AmiUser::SERVER.secret), "{said}");
    (output.status.code(), said)
}

#[track_caller]
fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}

#[test]
fn the_doctor_recognizes_a_healthy_asterisk_and_an_underprivileged_user() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let setup = AsteriskSetup { phones: Some(nowhere), ..AsteriskSetup::new(nowhere, nowhere, "token") };
    let asterisk = Asterisk::start(&setup).unwrap();

    let (code, said) = examine(&asterisk, AmiUser::SERVER.name, AmiUser::SERVER.secret);
    assert_eq!(code, Some(0), "{said}");
    assert_says(
        &said,
        &[
            "Asterisk 22",
            "cordboard may do all that calls need",
            "pbx1 has chan_audiosocket",
            "app_amd",
            "pbx1 has the places for holds",
            "the dialplan of pbx1 connects to 127.0.0.1:9",
            "pbx1 has the music class default",
            "pbx1 has the endpoint trunk",
            "\n[cordboard]\n",
            "\n;secret =\n",
        ],
    );

    let user = (AmiUser::SERVER.name, AmiUser::SERVER.secret);
    let well =
        [("CORDBOARD_DIALPLAN_TOKEN", "token"), ("CORDBOARD_EXTENSIONS__HOLD", "cordboard-hold,caller,1")];
    let (code, said) = examine_for(&asterisk, user.0, user.1, &well);
    assert_eq!(code, Some(0), "{said}");
    assert_says(&said, &["the dialplan of pbx1 has ours", "pbx1 has the places of all 1"]);
    let ill = [
        ("CORDBOARD_DIALPLAN_TOKEN", "another"),
        ("CORDBOARD_EXTENSIONS__DESK", "nowhere,1,1"),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__TRUNK", "PJSIP/{number}@carrier"),
    ];
    let (code, said) = examine_for(&asterisk, user.0, user.1, &ill);
    assert_eq!(code, Some(1), "{said}");
    assert_says(
        &said,
        &[
            "the dialplan of pbx1 has another one",
            "the dialplan of pbx1 has no place for desk (nowhere,1,1)",
            "pbx1 has no endpoint carrier (Unable to retrieve endpoint carrier)",
        ],
    );

    let (code, said) = examine(&asterisk, AmiUser::POOR.name, AmiUser::POOR.secret);
    assert_eq!(code, Some(1), "{said}");
    assert_says(
        &said,
        &[
            "the user poor lacks `write = system`",
            "the user poor lacks `write = call`",
            "the user poor lacks `write = originate`",
            "give [poor] of its manager.conf `read = system,call,user,agent,dtmf` and `write = system,call,originate,user`",
        ],
    );

    let (code, said) = examine(&asterisk, AmiUser::DEAF.name, AmiUser::DEAF.secret);
    assert_eq!(code, Some(1), "{said}");
    assert_says(&said, &["the user deaf lacks `read = system`", "the user deaf lacks `read = user`"]);

    let (code, said) = examine(&asterisk, AmiUser::SERVER.name, "another");
    assert_eq!(code, Some(1), "{said}");
    assert_says(&said, &["it refuses to sign us in: Authentication failed", "pbx1.user and .secret"]);
}
