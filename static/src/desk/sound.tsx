// The agent's sound in a call: how loud, and what is wrong with it.
import { useEffect, useId, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import type { AgentCall } from "../api/model";
import { microphones } from "../audio/microphone";
import { Icon } from "../app/icons";
import { isMuted } from "./acts";
import { voices } from "./audio";
import { mine } from "./store";
import type { Voice } from "./voice";

/** Louder than this the agent is heard. */
const HEARD = 0.02;

/** What stands between the agent and the call; the levels where nothing does. */
export function SoundBanner({ call }: { call: AgentCall }) {
  if (call.audio === "phone") {
    const phone = `your phone at ${mine.value?.extension ?? ""}`;
    return (
      <p class="banner" role="status">
        <Icon name="ring" />
        {call.state === "connecting" ? `Pick up ${phone} to talk: it rings.` : `You talk on ${phone}.`}
      </p>
    );
  }
  const voice = voices.value.get(call.call_id);
  return voice ? <OfVoice voice={voice} call={call} /> : null;
}

function OfVoice({ voice, call }: { voice: Voice; call: AgentCall }) {
  const stand = voice.stand.value;
  switch (stand.at) {
    case "waiting":
      return null;
    case "asking":
      return <p class="banner">Allow the microphone, so that the caller hears you.</p>;
    case "connecting":
      return <p class="banner">Connecting your sound…</p>;
    case "reconnecting":
      return (
        <p class="banner" role="status">
          <Icon name="wait" />
          Your sound is reconnecting. The caller waits.
        </p>
      );
    case "suspended":
      return (
        <p class="banner bad" role="alert">
          Your browser plays no sound until you click on this page, or press a key.
        </p>
      );
    case "elsewhere":
      return (
        <div class="banner" role="status">
          <p>The sound of this call is in another window.</p>
          <button type="button" onClick={() => voice.retry()}>
            Talk here
          </button>
        </div>
      );
    case "blocked":
    case "failed":
      return (
        <div class="banner bad" role="alert">
          <p>{stand.words}</p>
          <button type="button" onClick={() => voice.retry()}>
            Retry
          </button>
        </div>
      );
    case "live":
      return voice.isUnplugged.value ? <Unplugged voice={voice} /> : <Levels voice={voice} call={call} />;
  }
}

function Levels({ voice, call }: { voice: Voice; call: AgentCall }) {
  if (call.state !== "talking" && !call.consult?.is_there) return null;
  const isColleague = call.consult !== null || call.colleague !== null;
  const other = isColleague ? "Colleague" : call.others.length + call.outsiders.length > 0 ? "Others" : "Caller";
  const own = voice.ownLevel.value;
  const ear = voice.earLevel.value;
  const ownWords = isMuted(call.call_id, call.is_muted) ? "Muted" : own > HEARD ? "You are heard" : "Silent";
  return (
    <dl class="levels">
      <Level name="You" level={own} words={ownWords} />
      <Level name={other} level={ear} words={ear > HEARD ? "Speaking" : "Silent"} />
    </dl>
  );
}

function Level({ name, level, words }: { name: string; level: number; words: string }) {
  return (
    <div>
      <dt class="meta">{name}</dt>
      <dd>
        <meter aria-label={`${name}: level`} min={0} max={1} value={Math.min(1, level)} />
        <span class="meta">{words}</span>
      </dd>
    </div>
  );
}

/** The microphone is gone: another one is chosen, and the call stays. */
function Unplugged({ voice }: { voice: Voice }) {
  const id = useId();
  const [devices, setDevices] = useState<{ id: string; name: string }[]>([]);
  const [chosen, setChosen] = useState("");
  const [error, setError] = useState("");
  useEffect(() => {
    const look = () => {
      void microphones().then((found) => {
        setDevices(found);
        setChosen((now) => (found.some((one) => one.id === now) ? now : (found[0]?.id ?? "")));
      });
    };
    look();
    navigator.mediaDevices.addEventListener("devicechange", look);
    return () => navigator.mediaDevices.removeEventListener("devicechange", look);
  }, []);
  const use = async () => {
    try {
      await voice.useMicrophone(chosen);
    } catch (fault) {
      setError(messageOf(fault));
    }
  };
  return (
    <div class="banner bad">
      <p role="alert">Your microphone is gone: the caller hears nothing from you. Plug it in again, or choose another one.</p>
      <div class="field">
        <label for={id}>Microphone</label>
        <select id={id} value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {devices.map((device) => (
            <option key={device.id} value={device.id}>
              {device.name}
            </option>
          ))}
        </select>
      </div>
      <button type="button" disabled={devices.length === 0} onClick={() => void use()}>
        Use this microphone
      </button>
      <p class="error" role="alert">
        {error}
      </p>
    </div>
  );
}
