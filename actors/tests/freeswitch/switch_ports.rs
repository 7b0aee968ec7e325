//! The ports that kinds of switches declare, and those that they take.

use cordboard_actors::freeswitch::{EslSettings, StreamSettings};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::listening::{HandshakeRoom, PortSettings as _};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::meters::Meters;
use cordboard_actors::switches::{SwitchPortPlace, SwitchSections};
use cordboard_schema::switch::SwitchKind;
use uuid::Uuid;

#[actix::test]
async fn a_kind_of_switch_takes_the_ports_that_it_declares() {
    let mut switches = SwitchSections::default();
    switches.freeswitch.esl_listen.set_port(0);
    switches.freeswitch.audio_listen.set_port(0);
    let room = HandshakeRoom { live: LiveCount::default(), max: 8 };
    let place = SwitchPortPlace { room, ledger: Ledger::default(), meters: Meters::default() };
    for section in switches.each() {
        let taken = section.take(&place).await.unwrap();
        let declared: Vec<&str> = section.ports().iter().map(|port| port.setting).collect();
        let settings: Vec<&str> = taken.ports.iter().map(|port| port.port().setting).collect();
        assert_eq!(settings, declared, "{:?}", section.kind());
        let expected = if section.kind() == SwitchKind::Freeswitch {
            vec![EslSettings::PORT.setting, StreamSettings::PORT.setting]
        } else {
            Vec::new()
        };
        assert_eq!(declared, expected, "{:?}", section.kind());
        for audio in &taken.channel_audio {
            // Audio that a call orders comes to the port that was taken.
            let ordered = format!("{:?}", audio.stream(Uuid::from_u128(7)));
            assert!(ordered.contains(&taken.ports[1].address().to_string()), "{ordered}");
        }
        assert_eq!(taken.channel_audio.len(), usize::from(section.kind() == SwitchKind::Freeswitch));
    }
}
