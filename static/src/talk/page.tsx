// `/talk/TOKEN`: a visitor talks with the assistant. Nobody signs in.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, messageOf, Problem } from "../api/client";
import type { Talk } from "../api/model";
import { Icon } from "../app/icons";
import { Failed, Heading, Skeleton } from "../app/parts";
import "../app/theme";
import { KEYS, keyNames } from "../words/keys";
import {
  company,
  earLevel,
  hangUp,
  isMuted,
  isSpeaking,
  isUnplugged,
  lines,
  ownLevel,
  press,
  setMuted,
  type Stand,
  stand,
  talk,
} from "./call";
import { Transcript } from "./transcript";

/** Louder than this the visitor is heard. */
const HEARD = 0.02;

type Link = { state: "looking" | "off" } | { state: "failed"; message: string } | { state: "there"; talk: Talk };

/** The page. */
export function TalkPage({ token }: { token: string }) {
  const [link, setLink] = useState<Link>({ state: "looking" });
  const look = async () => {
    setLink({ state: "looking" });
    try {
      setLink({ state: "there", talk: await get<Talk>(`/api/v1/talk/${encodeURIComponent(token)}`) });
    } catch (fault) {
      const isOff = fault instanceof Problem && fault.status === 404;
      setLink(isOff ? { state: "off" } : { state: "failed", message: messageOf(fault) });
    }
  };
  useEffect(() => void look(), [token]);
  switch (link.state) {
    case "looking":
      return (
        <>
          <Heading title="Talk">Talk</Heading>
          <Skeleton rows={3} />
        </>
      );
    case "off":
      return (
        <>
          <Heading title="Link switched off">Nobody answers here</Heading>
          <p>This link is switched off, or never was one. Ask whoever gave it to you for another one.</p>
        </>
      );
    case "failed":
      return (
        <>
          <Heading title="Talk">Talk</Heading>
          <Failed message={link.message} onRetry={() => void look()} />
        </>
      );
    case "there":
      return <Line token={token} talk={link.talk} />;
  }
}

/** What the page's title says beside the name. */
const titles: Record<Stand["at"], string> = {
  idle: "Talk",
  asking: "Talk",
  connecting: "Connecting",
  talking: "In a call",
  reconnecting: "Reconnecting",
  over: "Call ended",
  failed: "Talk",
};

function Line({ token, talk: { business, name, is_recorded } }: { token: string; talk: Talk }) {
  const { value } = stand;
  const isLive = value.at === "talking" || value.at === "reconnecting";
  return (
    <div class="talk">
      <Heading title={`${titles[value.at]} · ${business}`}>{business}</Heading>
      <p class="muted">{name}</p>
      <p class="stand" role="status" aria-label="Call">
        {standWords(value)}
      </p>
      <p class="error" role="alert">
        {value.at === "failed" ? value.words : isLive && isUnplugged.value ? "Your microphone is gone. Plug it in and call again." : ""}
      </p>
      {is_recorded && (
        <p class="recorded">
          <Icon name="dot" />
          {isLive ? "This call is recorded." : "The call will be recorded."}
        </p>
      )}
      {isLive ? <Live /> : <Begin token={token} />}
      {(isLive || lines.value.length > 0) && <Transcript lines={lines.value} isWithPerson={isLive && company.value.stand === "person"} />}
    </div>
  );
}

function standWords(now: Stand): ComponentChildren {
  switch (now.at) {
    case "idle":
      return "An assistant answers. You can hang up at any time.";
    case "asking":
      return "Allow the microphone, so that you can be heard.";
    case "connecting":
      return "Connecting…";
    case "talking":
      return companyWords();
    case "reconnecting":
      return "Reconnecting…";
    case "over":
      return now.words;
    case "failed":
      return "No call.";
  }
}

/** With whom the visitor is, in words. */
function companyWords(): string {
  const { stand: now, position } = company.value;
  switch (now) {
    case "assistant":
      return isSpeaking.value ? "Assistant speaking" : "Listening";
    case "hold":
      return "On hold. Somebody will be back with you.";
    case "ringing":
      return "Ringing a person for you…";
    case "queue":
      return position === undefined ? "Waiting for a person" : `Waiting for a person. You are number ${position} in line.`;
    case "person":
      return "Talking with a person";
  }
}

/** Who, or what, is heard. */
const others: Record<typeof company.value.stand, { name: string; heard: string }> = {
  assistant: { name: "Assistant", heard: "Speaking" },
  hold: { name: "Hold music", heard: "Playing" },
  ringing: { name: "While it rings", heard: "Playing" },
  queue: { name: "While you wait", heard: "Playing" },
  person: { name: "Person", heard: "Speaking" },
};

function Begin({ token }: { token: string }) {
  const { value } = stand;
  const isBusy = value.at === "asking" || value.at === "connecting";
  if (value.at === "failed" && value.isLinkOff) return null;
  const verb = value.at === "failed" ? "Try again" : value.at === "over" ? "Talk again" : "Talk";
  return (
    <button type="button" class="primary begin" disabled={isBusy} onClick={() => void talk(token)}>
      <Icon name="voice" />
      {verb}
    </button>
  );
}

function Live() {
  const { name, heard } = others[company.value.stand];
  return (
    <>
      <dl class="levels">
        <Level name="You" level={ownLevel.value} words={ownWords()} />
        <Level name={name} level={earLevel.value} words={isSpeaking.value ? heard : "Silent"} />
      </dl>
      <div class="ways">
        <button type="button" aria-pressed={isMuted.value} onClick={() => setMuted(!isMuted.value)}>
          <Icon name="voice" />
          Mute
        </button>
        <button type="button" class="danger" onClick={hangUp}>
          <Icon name="end" />
          Hang up
        </button>
      </div>
      <fieldset class="keypad">
        <legend class="meta">Keypad</legend>
        {KEYS.map((key) => (
          <button key={key} type="button" aria-label={keyNames[key] ?? key} onClick={() => press(key)}>
            {key}
          </button>
        ))}
      </fieldset>
    </>
  );
}

function ownWords(): string {
  if (isMuted.value) return "Muted";
  return ownLevel.value > HEARD ? "You are heard" : "Silent";
}

function Level({ name, level, words }: { name: string; level: number; words: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <meter aria-label={`${name}: level`} min={0} max={1} value={Math.min(1, level)} />
        <span>{words}</span>
      </dd>
    </div>
  );
}
