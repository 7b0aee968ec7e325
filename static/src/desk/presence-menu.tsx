// The menu in the bar: whether the agent takes calls, now and after this one.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Intent } from "../api/model";
import { Icon } from "../app/icons";
import { length, lengthInWords } from "../words/time";
import { choices, doing, intentIcon, intentWords, isSame, want, wantNext } from "./presence";
import { isLive, mine, sinceMs } from "./store";
import { w } from "./words";

/** The button with its menu; empty until the server has reported the state. */
export function PresenceMenu() {
  const agent = mine.value;
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useId();
  if (!agent) return null;
  const close = (focus: "back" | "elsewhere") => {
    setOpen(false);
    if (focus === "back") button.current?.focus();
  };
  const ms = sinceMs(agent.presence_since);
  const next = agent.next_presence;
  return (
    <div
      ref={root}
      class="presence"
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && !root.current?.contains(event.relatedTarget)) close("elsewhere");
      }}
    >
      <button
        ref={button}
        type="button"
        class={`intent ${agent.presence.intent}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? menu : undefined}
        title={w.presence.since(lengthInWords(ms))}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Icon name={intentIcon(agent.presence)} />
        <span class="hidden">{w.presence.label}</span>
        <span class="word">{intentWords(agent.presence)}</span>
        <span class="figure" aria-hidden="true">
          {length(ms)}
        </span>
        {next && <span class="next meta">{w.presence.then(intentWords(next))}</span>}
      </button>
      {isOpen && <Menu id={menu} close={close} root={root} />}
    </div>
  );
}

function Menu(props: {
  id: string;
  close: (focus: "back" | "elsewhere") => void;
  root: { current: HTMLDivElement | null };
}) {
  const { close, root } = props;
  const list = useRef<HTMLDivElement>(null);
  const agent = mine.value;
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
  // At once: the next key is for the menu.
  useLayoutEffect(() => {
    const checked = list.current?.querySelector<HTMLElement>('[aria-checked="true"]');
    (checked ?? items()[0])?.focus();
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close("elsewhere");
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  if (!agent) return null;
  const pressed = (event: KeyboardEvent) => {
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") close("back");
    else if (event.key === "Tab") close("elsewhere");
    else if (to !== undefined) all[to % all.length]?.focus();
    else if (event.key.length === 1 && event.key !== " ") {
      const wanted = event.key.toLowerCase();
      const following = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      following.find((item) => item.textContent?.trim().toLowerCase().startsWith(wanted))?.focus();
    } else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  const isBusy = doing(agent) !== "";
  const choose = (act: Promise<void>) => {
    void act;
    close("back");
  };
  const item = (intent: Intent, isChecked: boolean, onClick: () => void) => (
    <button
      key={intentWords(intent)}
      type="button"
      class="plain"
      role="menuitemradio"
      aria-checked={isChecked}
      tabIndex={-1}
      disabled={!isLive.value}
      onClick={onClick}
    >
      <Icon name={isChecked ? "tick" : intentIcon(intent)} />
      {intentWords(intent)}
    </button>
  );
  return (
    <div ref={list} id={props.id} class="menu" role="menu" aria-label={w.presence.name} onKeyDown={pressed}>
      {!isLive.value && <p class="error">{w.presence.reconnecting}</p>}
      <div role="group" aria-label={w.presence.now}>
        <p class="meta" aria-hidden="true">
          {w.presence.now}
        </p>
        {choices().map((intent) => item(intent, isSame(intent, agent.presence), () => choose(want(intent))))}
      </div>
      {isBusy && (
        <div role="group" aria-label={w.presence.afterwards}>
          <p class="meta" aria-hidden="true">
            {w.presence.afterwards}
          </p>
          {choices().map((intent) => item(intent, isSame(intent, agent.next_presence), () => choose(wantNext(intent))))}
          {agent.next_presence && (
            <button
              type="button"
              class="plain"
              role="menuitem"
              tabIndex={-1}
              disabled={!isLive.value}
              onClick={() => choose(wantNext(null))}
            >
              <Icon name="cross" />
              {w.presence.stay}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
