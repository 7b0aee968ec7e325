//! Caller and callee, and the variables that a call has from the start, as in the captures.

/// The party that made the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::freeswitch) enum Direction {
    /// A phone called the switch.
    Inbound,
    /// The switch called a phone.
    Outbound,
}

impl Direction {
    pub(in crate::freeswitch) fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// The caller profile. Times in microseconds since 1970, 0 for never.
#[derive(Debug, Clone)]
pub(in crate::freeswitch) struct Profile {
    pub(in crate::freeswitch) direction: Direction,
    pub(in crate::freeswitch) caller_name: String,
    pub(in crate::freeswitch) caller_number: String,
    pub(in crate::freeswitch) destination: String,
    /// The number that the call reached: a called leg has it from the start, a caller from its first bridge.
    pub(in crate::freeswitch) callee: Option<String>,
    /// The dialplans that are asked for the destination, in order: names, some followed by a colon and text.
    pub(in crate::freeswitch) dialplans: String,
    /// The number before a transfer.
    pub(in crate::freeswitch) rdnis: Option<String>,
    pub(in crate::freeswitch) channel_name: String,
    pub(in crate::freeswitch) presence_id: Option<String>,
    pub(in crate::freeswitch) call_uuid: String,
    pub(in crate::freeswitch) created_us: u64,
    pub(in crate::freeswitch) answered_us: u64,
    pub(in crate::freeswitch) progress_us: u64,
    pub(in crate::freeswitch) progress_media_us: u64,
    pub(in crate::freeswitch) bridged_us: u64,
    pub(in crate::freeswitch) hangup_us: u64,
}

impl Profile {
    /// The profile of a call that begins at this time.
    pub(in crate::freeswitch) fn new(
        direction: Direction,
        (caller_number, caller_name): (&str, &str),
        destination: &str,
        channel_name: String,
        call_uuid: &str,
        created_us: u64,
    ) -> Self {
        Self {
            direction,
            caller_name: caller_name.to_owned(),
            caller_number: caller_number.to_owned(),
            destination: destination.to_owned(),
            callee: (direction == Direction::Outbound).then(|| destination.to_owned()),
            dialplans: "XML".to_owned(),
            rdnis: None,
            channel_name,
            presence_id: None,
            call_uuid: call_uuid.to_owned(),
            created_us,
            answered_us: 0,
            progress_us: 0,
            progress_media_us: 0,
            bridged_us: 0,
            hangup_us: 0,
        }
    }
}

fn owned(pairs: &[(&str, String)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn sdp(address: &str, port: u32) -> String {
    format!(
        "v=0\r\no=- 6295 6295 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
    )
}

/// The variables of a call that came from a phone.
pub(in crate::freeswitch) fn variables_of_caller(
    uuid: &str,
    profile: &Profile,
    domain: &str,
    session: u64,
) -> Vec<(String, String)> {
    let (from, to) = (&profile.caller_number, &profile.destination);
    let stamp = profile.created_us.to_string();
    owned(&[
        ("direction", "inbound".to_owned()),
        ("uuid", uuid.to_owned()),
        ("session_id", session.to_string()),
        ("sip_from_user", from.clone()),
        ("sip_from_uri", format!("{from}@{domain}")),
        ("sip_from_host", domain.to_owned()),
        ("video_media_flow", "disabled".to_owned()),
        ("audio_media_flow", "disabled".to_owned()),
        ("text_media_flow", "disabled".to_owned()),
        ("channel_name", profile.channel_name.clone()),
        ("sip_call_id", format!("{}@phone{from}", &uuid[..16.min(uuid.len())])),
        ("sip_local_network_addr", domain.to_owned()),
        ("sip_network_ip", domain.to_owned()),
        ("sip_network_port", "5081".to_owned()),
        ("sip_invite_stamp", stamp),
        ("sip_received_ip", domain.to_owned()),
        ("sip_received_port", "5081".to_owned()),
        ("sip_via_protocol", "udp".to_owned()),
        ("sip_from_user_stripped", from.clone()),
        ("sip_from_tag", "9185a71b".to_owned()),
        ("sofia_profile_name", "internal".to_owned()),
        ("sofia_profile_url", format!("sip:mod_sofia@{domain}:5060")),
        ("recovery_profile_name", "internal".to_owned()),
        ("sip_full_via", format!("SIP/2.0/UDP {domain}:5081;rport=5081;branch=z9hG4bK6dfa5f9e591f")),
        ("sip_from_display", profile.caller_name.clone()),
        ("sip_full_from", format!("\"{}\" <sip:{from}@{domain}>;tag=9185a71b", profile.caller_name)),
        ("sip_full_to", format!("<sip:{to}@{domain}>")),
        ("sip_req_user", to.clone()),
        ("sip_req_port", "5060".to_owned()),
        ("sip_req_uri", format!("{to}@{domain}:5060")),
        ("sip_req_host", domain.to_owned()),
        ("sip_to_user", to.clone()),
        ("sip_to_uri", format!("{to}@{domain}")),
        ("sip_to_host", domain.to_owned()),
        ("sip_contact_user", from.clone()),
        ("sip_contact_port", "5081".to_owned()),
        ("sip_contact_uri", format!("{from}@{domain}:5081")),
        ("sip_contact_host", domain.to_owned()),
        ("rtp_use_codec_string", "PCMU,PCMA".to_owned()),
        ("sip_user_agent", "minphone".to_owned()),
        ("sip_via_host", domain.to_owned()),
        ("sip_via_port", "5081".to_owned()),
        ("sip_via_rport", "5081".to_owned()),
        ("max_forwards", "70".to_owned()),
        ("switch_r_sdp", sdp(domain, 59_146)),
        ("ep_codec_string", "CORE_PCM_MODULE.PCMU@8000h@20i@64000b".to_owned()),
        ("endpoint_disposition", "DELAYED NEGOTIATION".to_owned()),
        ("call_uuid", uuid.to_owned()),
    ])
}

/// The variables of a leg that the switch made.
pub(in crate::freeswitch) fn variables_of_callee(
    uuid: &str,
    profile: &Profile,
    domain: &str,
    session: u64,
) -> Vec<(String, String)> {
    let to = &profile.destination;
    owned(&[
        ("direction", "outbound".to_owned()),
        ("is_outbound", "true".to_owned()),
        ("uuid", uuid.to_owned()),
        ("session_id", session.to_string()),
        ("sip_profile_name", "internal".to_owned()),
        ("text_media_flow", "disabled".to_owned()),
        ("channel_name", profile.channel_name.clone()),
        (
            "sip_destination_url",
            format!("sip:{}", profile.channel_name.trim_start_matches("sofia/internal/")),
        ),
        ("max_forwards", "69".to_owned()),
        ("dialed_user", to.clone()),
        ("dialed_domain", domain.to_owned()),
        ("sip_invite_domain", domain.to_owned()),
        ("presence_id", format!("{to}@{domain}")),
        ("originate_early_media", "true".to_owned()),
        ("originate_endpoint", "user".to_owned()),
        ("sip_call_id", format!("{}-1240", &uuid[..18.min(uuid.len())])),
        ("switch_r_sdp", sdp(domain, 38_254)),
    ])
}
