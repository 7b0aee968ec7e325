// The choice of the assistant's voice, with a sample of the draft's first words in each.
import { useEffect, useId, useState } from "preact/hooks";
import { fetched, messageOf, Problem } from "../api/client";
import type { Voices } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { bandOf } from "./bands";
import { saysWhich, useMember, useStudio } from "./context";
import { Fader, Fault, Panel, wasOf } from "./parts";
import { Tempo } from "./pictures";
import { hear, hearing, quiet } from "./voice-sound";
import { w } from "./words";

/** The texts for a sample's problem codes. */
const FAULTS = new Map<string, string>([
  ["no_first_words", w.voice.noFirst],
  ["no_preview", w.voice.says.nothing],
  ["unauthorized", w.voice.unauthorized],
  ["refused", w.voice.refused],
  ["not_found", w.voice.refused],
  ["share_used_up", w.voice.tooMany],
  ["unavailable", w.voice.away],
]);

/** A sentence for people. */
function textOf(fault: unknown): string {
  return (fault instanceof Problem && FAULTS.get(fault.code)) || messageOf(fault);
}

export function Voice() {
  const { id: profile, slot, keeper, canWrite } = useStudio();
  const { value, isChanged, fault, set, off } = useMember("voice");
  const style = useMember("style").value;
  const first = useMember("greeting").value;
  const speed = useMember("speed_percent");
  const id = useId();
  const listed = useLoaded<Voices>(`/api/v1/agent-profiles/${profile}/voices`);
  const [isOther, setOther] = useState(false);
  const [unheard, setUnheard] = useState("");
  useEffect(() => quiet, [profile]);
  const voices = listed.value?.voices ?? [];
  const says = listed.value?.says ?? "nothing";
  const isListed = value === null || voices.some((voice) => voice.id === value);
  const writes = isOther || (!isListed && (listed.value !== null || listed.fault !== ""));
  const over = bandOf("pace", style).speed;
  const hasWords = says === "recording" || (says === "first_words" && (first ?? "").trim() !== "");

  const listen = async (voice: string, body: { voice?: string }) => {
    setUnheard("");
    if (hearing.peek()?.voice === voice) return quiet();
    try {
      await hear(voice, async () => {
        // The sample uses the latest changes.
        if (keeper.isAhead() && !(await keeper.flush())) throw new Error(w.hear.notSaved);
        return fetched("POST", `/api/v1/agent-profiles/${profile}/voice-preview`, { ...body, ...saysWhich(slot) });
      });
    } catch (problem) {
      setUnheard(textOf(problem));
    }
  };
  const play = (voice: string, name: string, body: { voice?: string }) => {
    if (!canWrite || !hasWords) return null;
    const heard = hearing.value?.voice === voice ? hearing.value : null;
    return (
      <button
        type="button"
        class="plain"
        aria-label={heard ? w.voice.stop(name) : w.voice.hear(name)}
        aria-busy={heard?.at === "asked"}
        title={heard ? w.voice.stop(name) : w.voice.hear(name)}
        onClick={() => void listen(voice, body)}
      >
        <Icon name={heard ? "stop" : "play"} size="small" />
      </button>
    );
  };

  const usual = listed.value?.usual ?? null;
  const usualName = says === "recording" ? w.voice.builtin : w.voice.usual;
  return (
    <Panel title={w.voice.name} isChanged={isChanged} first>
      <fieldset class="voices" aria-describedby={`${id}-hint`}>
        <legend class="hidden">{w.voice.name}</legend>
        <div class="voice-row whole">
          <label class="voice">
            <input
              type="radio"
              name={id}
              checked={!writes && value === null}
              disabled={off}
              onChange={() => {
                setOther(false);
                set(null);
              }}
            />
            <span>{usualName}</span>
          </label>
          {(says === "recording" || usual !== null) && play("", usualName, usual === null ? {} : { voice: usual })}
        </div>
        {voices.map((voice) => (
          <div key={voice.id} class="voice-row">
            <label class="voice">
              <input
                type="radio"
                name={id}
                checked={!writes && value === voice.id}
                disabled={off}
                onChange={() => {
                  setOther(false);
                  set(voice.id);
                }}
              />
              <bdi>{voice.name}</bdi>
              {voice.language !== null && <span class="meta">{voice.language}</span>}
            </label>
            {play(voice.id, voice.name, { voice: voice.id })}
          </div>
        ))}
        <div class="voice-row whole">
          <label class="voice">
            <input type="radio" name={id} checked={writes} disabled={off} onChange={() => setOther(true)} />
            <span>{w.voice.other}</span>
          </label>
          {writes && value !== null && play(value, value, { voice: value })}
        </div>
      </fieldset>
      {listed.value === null && listed.fault === "" && <Skeleton rows={3} />}
      {listed.fault !== "" && <Failed message={listed.fault} onRetry={() => void listed.again()} />}
      {writes && (
        <div class="field">
          <input
            aria-label={w.voice.otherName}
            aria-invalid={fault !== ""}
            aria-describedby={`${id}-fault`}
            autocomplete="off"
            maxLength={79}
            disabled={off}
            value={value ?? ""}
            onInput={(event) => set(event.currentTarget.value.trim() || null)}
          />
        </div>
      )}
      <Fault id={`${id}-fault`}>{fault}</Fault>
      <Fault>{unheard}</Fault>
      <p id={`${id}-hint`} class="meta">
        {listed.value === null ? "" : says === "first_words" && !hasWords ? w.voice.noFirst : w.voice.says[says]}
      </p>
      <div class="faders">
        <Fader
          label={w.voice.speed}
          unit={w.units.percent}
          value={speed.value}
          min={25}
          max={150}
          step={5}
          ends={w.voice.speedEnds}
          spoken={w.percent(number(speed.value))}
          off={speed.off}
          {...wasOf(speed.isChanged, speed.was, (was) => w.percent(number(was)))}
          picture={<Tempo percent={over ?? speed.value} />}
          onChange={(to) => speed.set(to ?? 100)}
        >
          {over === undefined ? w.voice.speedEffect(w.percent(number(speed.value))) : w.voice.speedOver(w.manner.pace.name, w.percent(number(over)))}
        </Fader>
      </div>
    </Panel>
  );
}
