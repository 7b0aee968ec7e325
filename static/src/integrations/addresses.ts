// The addresses at which a switch reaches this server, and what is pasted into its configuration.
import type { Setting } from "../api/model";
import { t } from "./words";

/** The parts of the configuration that the other side needs to know. */
export interface Addresses {
  /** The address of HTTP, for machines. */
  api: string;
  /** Host and port for AudioSocket. */
  audiosocket: string;
  /** Host and port for FreeSWITCH's event socket. */
  esl: string;
  /** The address to which mod_audio_stream connects. */
  stream: string;
  mode: string;
  unicast: boolean;
  resumeSeconds: number;
  longestSeconds: number;
  /** The place of the dialplan token, as text. */
  token: string;
  /** Whether the networks that may connect are configured. */
  takesAsterisk: boolean;
  takesFreeswitch: boolean;
  /** Whether the configuration could not be read. */
  isGuessed: boolean;
  /** Whether a port is different at each start. */
  hasFreePort: boolean;
}

const DEFAULT = { "audiosocket.listen": ":9092", "freeswitch.esl_listen": ":8022", "freeswitch.audio_listen": ":8085" };
const ANY_HOST = ["", "0.0.0.0", "[::]"];

/** Reads them from the configuration; without it, from the defaults and this page's own address. */
export function addressesOf(settings: Setting[] | null): Addresses {
  const of = (name: string) => settings?.find((setting) => setting.name === name)?.value ?? null;
  let hasFreePort = false;
  /** A listening host and port, in the form in which others reach it. */
  const reached = (name: keyof typeof DEFAULT) => {
    const listen = of(name) ?? DEFAULT[name];
    const cut = listen.lastIndexOf(":");
    const host = listen.slice(0, cut);
    const port = listen.slice(cut + 1);
    hasFreePort ||= port === "0";
    return `${ANY_HOST.includes(host) ? location.hostname : host}:${port === "0" ? "PORT" : port}`;
  };
  const dataDir = of("data_dir");
  const isOwnToken = of("dialplan_token") === "set";
  const rate = Number(of("freeswitch.audio_rate") ?? 8000) / 1000;
  const audiosocket = reached("audiosocket.listen");
  const esl = of("freeswitch.esl_advertise") ?? reached("freeswitch.esl_listen");
  const stream = of("freeswitch.audio_url") ?? `ws://${reached("freeswitch.audio_listen")}`;
  return {
    api: of("http.public_base_url") ?? location.origin,
    audiosocket,
    esl,
    stream: `${stream.replace(/\/$/, "")}/\${uuid} mono ${rate}k`,
    mode: of("freeswitch.mode") ?? "dual",
    unicast: of("freeswitch.audio") === "unicast",
    resumeSeconds: Number(of("calls.resume_window_s") ?? 30),
    longestSeconds: Number(of("calls.max_duration_s") ?? 3600),
    token: isOwnToken || dataDir === null ? t.tokenOfConfiguration : t.asteriskToken(`${dataDir}/dialplan_token`),
    takesAsterisk: of("audiosocket.allow") !== null,
    takesFreeswitch: of("freeswitch.allow") !== null,
    isGuessed: settings === null,
    hasFreePort,
  };
}

/** Asterisk's dialplan, as in deploy/asterisk/README.md. */
export function asteriskDialplan(at: Addresses): string {
  return `[globals]
#include "cordboard/globals.conf"
CORDBOARD_AUDIOSOCKET = ${at.audiosocket}
CORDBOARD_API = ${at.api}
CORDBOARD_TOKEN = ; ${at.token}
CORDBOARD_RESUME_WINDOW = ${at.resumeSeconds}

#include "cordboard/extensions.conf"

[from-trunk]
exten => 5551000,1,Goto(cordboard,\${EXTEN},1)`;
}

export const ASTERISK_RELOAD = "asterisk -rx 'dialplan reload'";

export function asteriskManager(): string {
  return `[general]
enabled = yes
bindaddr = 127.0.0.1

[cordboard]
secret = ; ${t.secretHere}
deny = 0.0.0.0/0.0.0.0
deny = ::/0
permit = 127.0.0.1/255.255.255.255
read = system,call,user,agent,dtmf
write = system,call,originate,user`;
}

export function asteriskEnvironment(): string {
  return `CORDBOARD_ASTERISK__SERVERS__PBX1__HOST=127.0.0.1
CORDBOARD_ASTERISK__SERVERS__PBX1__USER=cordboard
CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET=...`;
}

export function freeswitchEnvironment(): string {
  return `CORDBOARD_FREESWITCH__SERVERS__PBX1__HOST=127.0.0.1
CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD=...`;
}

/** How often the shipped dialplan retries. */
const TRIES = 15;

/** Talks with people and waits for them, which don't count towards the longest call, as in deploy/freeswitch/audio.xml. */
const UNCOUNTED_SECONDS = 54_000;

/** FreeSWITCH's dialplan for the configured mode, as in deploy/freeswitch, without its comments. */
export function freeswitchDialplan(at: Addresses): string {
  const action = (application: string, data?: string) =>
    `    <action application="${application}"${data === undefined ? "" : ` data="${data}"`}/>`;
  const frames = action("set", "STREAM_BUFFER_SIZE=20");
  const silence = action("set", `send_silence_when_idle=${at.unicast ? 0 : 400}`);
  const lines =
    at.mode === "audio"
      ? [
          silence,
          frames,
          action("answer"),
          action("set", `cordboard_stream=\${uuid_audio_stream(\${uuid} start ${at.stream})}`),
          action("set", `park_timeout=${at.longestSeconds + UNCOUNTED_SECONDS}:NORMAL_CLEARING`),
          action("park"),
        ]
      : [
          silence,
          action("set", "ringback=%(1000,4000,425)"),
          action("set", "continue_on_fail=true"),
          action("set", "hangup_after_bridge=false"),
          action("ring_ready"),
          ...(at.mode === "dual" ? [frames] : []),
          action("socket", `${at.esl} async full`),
          ...Array.from({ length: TRIES }, () => [
            action("sleep", String(Math.ceil((at.resumeSeconds * 1000) / TRIES))),
            action("socket", `${at.esl} async full`),
          ]).flat(),
          action("set", "park_after_bridge=false"),
          action("set", "hangup_after_bridge=true"),
          action("transfer", "1000 XML default"),
        ];
  return `<include>
<extension name="cordboard">
  <condition field="destination_number" expression="^5000$">
${lines.join("\n")}
  </condition>
</extension>
</include>`;
}

/** The address for Twilio's requests: for a call, for its status changes, and for a text message. */
export function twilioAddress(at: Addresses, what: "voice" | "status" | "message"): string {
  return `${at.api}/twilio/${what}`;
}

/** The address for ElevenLabs' reports on an organization's finished conversations. */
export function elevenlabsAddress(at: Addresses, organization: string): string {
  return `${at.api}/elevenlabs/post-call/${organization}`;
}
