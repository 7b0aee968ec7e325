// The agent's sound in a call: its level, and any problem.
import { useEffect, useId, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import type { AgentCall } from "../api/model";
import { microphones } from "../audio/microphone";
import { Icon } from "../app/icons";
import { isMuted } from "./acts";
import { voices } from "./audio";
import { mine } from "./store";
import type { Voice } from "./voice";
import { w } from "./words";

/** Above this level the agent can be heard. */
const HEARD = 0.02;

/** A problem between the agent and the call; the levels if there is none. */
export function SoundBanner({ call }: { call: AgentCall }) {
  if (call.audio === "phone") {
    const phone = mine.value?.extension ?? "";
    return (
      <p class="banner" role="status">
        <Icon name="ring" />
        {call.state === "connecting" ? w.sound.pickUp(phone) : w.sound.onPhone(phone)}
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
      return <p class="banner">{w.sound.asking}</p>;
    case "connecting":
      return <p class="banner">{w.sound.connecting}</p>;
    case "reconnecting":
      return (
        <p class="banner" role="status">
          <Icon name="wait" />
          {w.sound.reconnecting}
        </p>
      );
    case "suspended":
      return (
        <p class="banner bad" role="alert">
          {w.sound.suspended}
        </p>
      );
    case "elsewhere":
      return (
        <div class="banner" role="status">
          <p>{w.sound.elsewhere}</p>
          <button type="button" onClick={() => voice.retry()}>
            {w.sound.here}
          </button>
        </div>
      );
    case "blocked":
    case "failed":
      return (
        <div class="banner bad" role="alert">
          <p>{stand.words}</p>
          <button type="button" onClick={() => voice.retry()}>
            {w.sound.retry}
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
  const other = isColleague ? w.sound.colleague : call.others.length + call.outsiders.length > 0 ? w.sound.others : w.sound.caller;
  const own = voice.ownLevel.value;
  const ear = voice.earLevel.value;
  const ownWords = isMuted(call.call_id, call.is_muted) ? w.sound.muted : own > HEARD ? w.sound.heard : w.sound.silent;
  return (
    <dl class="levels">
      <Level name={w.sound.you} level={own} words={ownWords} />
      <Level name={other} level={ear} words={ear > HEARD ? w.sound.speaking : w.sound.silent} />
    </dl>
  );
}

function Level({ name, level, words }: { name: string; level: number; words: string }) {
  return (
    <div>
      <dt class="meta">{name}</dt>
      <dd>
        <meter class="meter" aria-label={w.sound.level(name)} min={0} max={1} value={Math.min(1, level)} />
        <span class="meta">{words}</span>
      </dd>
    </div>
  );
}

/** The microphone was disconnected: the agent chooses another one, and the call continues. */
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
      <p role="alert">{w.sound.unplugged}</p>
      <div class="field">
        <label for={id}>{w.sound.microphone}</label>
        <select id={id} value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {devices.map((device) => (
            <option key={device.id} value={device.id}>
              {device.name}
            </option>
          ))}
        </select>
      </div>
      <button type="button" disabled={devices.length === 0} onClick={() => void use()}>
        {w.sound.use}
      </button>
      <p class="error" role="alert">
        {error}
      </p>
    </div>
  );
}
