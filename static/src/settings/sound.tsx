// The microphone and the loudspeaker of this browser: which one is used, and whether it works.
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import { Icon } from "../app/icons";
import { AudioEngine } from "../audio/engine";
import { chooseMicrophone, chosenMicrophone, microphones, openMicrophone } from "../audio/microphone";
import { Ruled } from "../house/parts";
import { t } from "./words";

/** Above this level a voice is heard. */
const HEARD = 0.02;
/** How long after the last sound the text still says so, so that it can be read. */
const HEARD_MS = 1_500;
/** The test tone: a soft A, in Hz and seconds. */
const TONE_HZ = 440;
const TONE_S = 1;
const TONE_GAIN = 0.12;

/** The section of the page. */
export function Sound() {
  const [devices, setDevices] = useState<{ id: string; name: string }[]>([]);
  const [chosen, setChosen] = useState(chosenMicrophone());
  const [stand, setStand] = useState<"off" | "asking" | "on">("off");
  const [level, setLevel] = useState(0);
  const [fault, setFault] = useState("");
  const [played, setPlayed] = useState(false);
  const heardAt = useRef(0);
  const engine = useRef<AudioEngine | null>(null);
  const isGone = useRef(false);
  const look = () => {
    void microphones()
      .then((found) => setDevices(found.filter(({ id }) => id !== "")))
      // The browser's own choice stays; why no microphone can be used is shown once one is used.
      .catch(() => null);
  };
  const stop = () => {
    engine.current?.close(0);
    engine.current = null;
    setLevel(0);
    setStand("off");
  };
  useEffect(() => {
    look();
    navigator.mediaDevices?.addEventListener("devicechange", look);
    return () => {
      isGone.current = true;
      engine.current?.close(0);
      navigator.mediaDevices?.removeEventListener("devicechange", look);
    };
  }, []);
  const start = async () => {
    setFault("");
    setStand("asking");
    try {
      const microphone = await openMicrophone();
      const opened = await AudioEngine.open(microphone, {
        onSound: () => undefined,
        onOwnLevel: (now) => {
          if (now > HEARD) heardAt.current = performance.now();
          setLevel(now);
        },
        onEarLevel: () => undefined,
        onMark: () => undefined,
        onUnplugged: () => {
          stop();
          setFault(t.unplugged);
        },
        onSuspended: () => undefined,
        onResumed: () => undefined,
      });
      if (isGone.current) return opened.close(0);
      engine.current = opened;
      setStand("on");
      // Browsers show names only once a microphone is allowed.
      look();
    } catch (error) {
      setStand("off");
      setFault(messageOf(error));
    }
  };
  const choose = async (id: string) => {
    chooseMicrophone(id);
    setChosen(id);
    if (!engine.current) return;
    try {
      engine.current.replaceMicrophone(await openMicrophone());
    } catch (error) {
      stop();
      setFault(messageOf(error));
    }
  };
  return (
    <Ruled title={t.sound} text={t.soundText}>
      <div class="field">
        <label for="settings-microphone">{t.microphone}</label>
        <select id="settings-microphone" value={chosen} onChange={(event) => void choose(event.currentTarget.value)}>
          <option value="">{t.browserChooses}</option>
          {devices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="acts">
        <button type="button" aria-disabled={stand === "asking"} onClick={() => (stand === "off" ? void start() : stand === "on" && stop())}>
          <Icon name={stand === "on" ? "stop" : "voice"} />
          {stand === "on" ? t.stop : t.listen}
        </button>
        <button
          type="button"
          onClick={() => {
            try {
              playTone();
              setPlayed(true);
            } catch (error) {
              setFault(messageOf(error));
            }
          }}
        >
          <Icon name="sound" />
          {t.tone}
        </button>
      </div>
      {stand === "on" && (
        <div class="level wide">
          <meter class="meter" aria-label={t.level} min={0} max={1} value={Math.min(1, Math.sqrt(level))} />
          <span class="meta">{performance.now() - heardAt.current < HEARD_MS ? t.heard : t.silent}</span>
        </div>
      )}
      <p class="hint" role="status">
        {stand === "asking" ? t.allow : played ? t.tonePlays : ""}
      </p>
      {fault !== "" && (
        <p class="error" role="alert">
          {fault}
        </p>
      )}
    </Ruled>
  );
}

/** A second of a tone that fades in and out. */
function playTone(): void {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  const gain = new GainNode(context, { gain: 0 });
  const now = context.currentTime;
  gain.gain.setValueAtTime(0, now);
  gain.gain.linearRampToValueAtTime(TONE_GAIN, now + 0.05);
  gain.gain.setValueAtTime(TONE_GAIN, now + TONE_S - 0.1);
  gain.gain.linearRampToValueAtTime(0, now + TONE_S);
  tone.connect(gain).connect(context.destination);
  tone.onended = () => void context.close();
  tone.start(now);
  tone.stop(now + TONE_S);
}
