// The chain of voices: who speaks first, and who goes on where that one can't.
import { useId, useRef } from "preact/hooks";
import type { Profile } from "../api/model";
import { Icon } from "../app/icons";
import { useMember } from "./context";
import { Fault, Folded } from "./parts";
import { w } from "./words";

type Link = Profile["voices"][number];
type Provider = Link["provider"];

const PROVIDERS: Provider[] = ["openai", "openai-live", "gemini", "deepgram", "elevenlabs", "cascade"];
const VOICES_MAX = 4;

/** What a link is without its place. */
const fresh = (provider: Provider): Link => ({ provider, voice: null, agent_id: null, overrides: false, when: null });

export function Chain() {
  const { value, isChanged, fault, set, off } = useMember("voices");
  const region = useMember("must_stay_in");
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const free = PROVIDERS.filter((provider) => !value.some((link) => link.provider === provider));
  const change = (at: number, to: Partial<Link>) => set(value.map((link, place) => (place === at ? { ...link, ...to } : link)));
  const move = (at: number, by: -1 | 1) => {
    const [moved, other] = [value[at], value[at + by]];
    if (!moved || !other) return;
    set(value.map((link, place) => (place === at ? other : place === at + by ? moved : link)));
    // The same button of the row that has moved: pressed again, it moves on.
    requestAnimationFrame(() => {
      const row = list.current?.children[at + by];
      const buttons = row?.querySelectorAll<HTMLButtonElement>("button[data-move]:not([disabled])");
      [...(buttons ?? [])].sort((one) => (one.dataset.move === String(by) ? -1 : 1))[0]?.focus();
    });
  };
  const sum = value.length === 0 ? w.chain.none : value.map(({ provider }) => w.chain.names[provider]).join(" → ");
  return (
    <Folded title={w.chain.title} isChanged={isChanged || region.isChanged} sum={sum}>
      <p class="meta">{w.chain.hint}</p>
      <ol class="chain-rows" ref={list}>
        {value.map((link, at) => {
          const name = w.chain.names[link.provider];
          return (
            <li key={link.provider}>
              <strong>{name}</strong>
              <span class="acts">
                {!off && (
                  <>
                    <button
                      type="button"
                      class="btn quiet square small"
                      data-move="-1"
                      disabled={at === 0}
                      aria-label={w.chain.up(name)}
                      title={w.chain.up(name)}
                      onClick={() => move(at, -1)}
                    >
                      <Icon name="up" />
                    </button>
                    <button
                      type="button"
                      class="btn quiet square small"
                      data-move="1"
                      disabled={at === value.length - 1}
                      aria-label={w.chain.down(name)}
                      title={w.chain.down(name)}
                      onClick={() => move(at, 1)}
                    >
                      <Icon name="down" />
                    </button>
                    <button
                      type="button"
                      class="btn quiet square small"
                      aria-label={w.chain.remove(name)}
                      title={w.chain.remove(name)}
                      onClick={() => set(value.filter((_, place) => place !== at))}
                    >
                      <Icon name="cross" />
                    </button>
                  </>
                )}
              </span>
              <input
                class="more"
                aria-label={w.chain.voiceOf(name)}
                aria-describedby={`${id}-fault`}
                placeholder={w.chain.voiceUsual}
                maxLength={79}
                autocomplete="off"
                disabled={off}
                value={link.voice ?? ""}
                onInput={({ currentTarget }) => change(at, { voice: currentTarget.value.trim() || null })}
              />
              {link.provider === "elevenlabs" && (
                <input
                  class="more"
                  aria-label={w.chain.agentOf(name)}
                  aria-describedby={`${id}-fault`}
                  placeholder={w.chain.agent}
                  maxLength={128}
                  autocomplete="off"
                  disabled={off}
                  value={link.agent_id ?? ""}
                  onInput={({ currentTarget }) => change(at, { agent_id: currentTarget.value.trim() || null })}
                />
              )}
            </li>
          );
        })}
        {value.length > 0 && (
          <li class="last meta">
            {w.chain.last}
          </li>
        )}
      </ol>
      <Fault id={`${id}-fault`}>{fault}</Fault>
      {!off && value.length < VOICES_MAX && (
        <select
          aria-label={w.chain.add}
          value=""
          onChange={({ currentTarget }) => {
            const chosen = free.find((provider) => provider === currentTarget.value);
            currentTarget.value = "";
            if (chosen) set([...value, fresh(chosen)]);
          }}
        >
          <option value="">{w.chain.add}</option>
          {free.map((provider) => (
            <option key={provider} value={provider}>
              {w.chain.names[provider]}
            </option>
          ))}
        </select>
      )}
      <label class="field">
        <span>{w.chain.region}</span>
        <select
          disabled={region.off}
          value={region.value ?? ""}
          onChange={({ currentTarget }) => region.set(currentTarget.value === "eu" || currentTarget.value === "us" ? currentTarget.value : null)}
        >
          <option value="">{w.chain.anywhere}</option>
          <option value="eu">{w.chain.regions.eu}</option>
          <option value="us">{w.chain.regions.us}</option>
        </select>
      </label>
      <p class="meta">{w.chain.regionHint}</p>
    </Folded>
  );
}
