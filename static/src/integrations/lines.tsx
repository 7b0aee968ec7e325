// A telephone line: the state of its switches, what is pasted into their configuration, and the wait for its first call.
import type { ComponentChildren, FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { listen } from "../api/live";
import type { Call, Switch } from "../api/model";
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { When } from "../app/parts";
import { Lamp, Ruled, Snippet } from "../house/parts";
import {
  type Addresses,
  ASTERISK_RELOAD,
  asteriskDialplan,
  asteriskEnvironment,
  asteriskManager,
  freeswitchDialplan,
  freeswitchEnvironment,
  twilioAddress,
} from "./addresses";
import { isOf, LINES, type LineKind, nameOf } from "./kinds";
import { t } from "./words";

/** How each line's switch is connected. */
const STEPS: Record<LineKind, FunctionComponent<{ at: Addresses }>> = {
  audiosocket: Asterisk,
  freeswitch: Freeswitch,
  twilio: Twilio,
};

/** A line's section of the page. */
export function Line(props: {
  kind: LineKind;
  at: Addresses;
  switches: Switch[];
  /** Its newest call; null if there was none, undefined if that is not known. */
  last: Call | null | undefined;
  /** Among how many of the newest calls it was looked for; null if there are no others. */
  among: number | null;
  onCame: () => void;
}) {
  const { kind, at, last, among } = props;
  const [waits, setWaits] = useState(false);
  const act = useRef<HTMLButtonElement>(null);
  const done = () => {
    setWaits(false);
    requestAnimationFrame(() => act.current?.focus());
  };
  const line = LINES[kind];
  const place = at.isGuessed || at.hasFreePort || line.place === null ? null : line.place(at);
  const switches = props.switches.filter((one) => one.kind === line.switch);
  const Steps = STEPS[kind];
  return (
    <Ruled
      title={t.lineTitles[kind]}
      text={
        <>
          {t.lineTexts[kind]}
          {place !== null && <span class="plate">{place}</span>}
        </>
      }
    >
      <div class="state-and-acts">
        <div class="stands">
          {switches.map((one) => (
            <SwitchStand key={one.name} of={one} />
          ))}
          {last && (
            <p>
              <Lamp is="on">{t.lastCall}</Lamp>{" "}
              <a href={`/calls/${last.id}`}>
                <When at={last.started_at} />
              </a>
            </p>
          )}
          {last === null && <Lamp is="off">{among === null ? t.noCall : t.noneAmong(number(among))}</Lamp>}
        </div>
        {!waits && (
          <button ref={act} type="button" aria-label={t.waitOf(nameOf(kind))} onClick={() => setWaits(true)}>
            <Icon name="ring" />
            {t.wait}
          </button>
        )}
      </div>
      {waits && <Waiting kind={kind} onCame={props.onCame} onDone={done} />}
      <details class="wide connect">
        <summary class="open">
          <Icon name="next" size="small" />
          {t.connect}
        </summary>
        <div class="steps">
          <Steps at={at} />
          {line.place !== null && at.hasFreePort && <Note>{t.anyPort}</Note>}
          {at.isGuessed && <Note>{t.guessed}</Note>}
        </div>
      </details>
    </Ruled>
  );
}

function SwitchStand({ of }: { of: Switch }) {
  const refused = of.dialplan_refused;
  return (
    <div class="switch">
      <Lamp is={of.is_connected ? "on" : "bad"}>{of.is_connected ? t.switchOn(of.name) : t.switchOff(of.name)}</Lamp>
      <span class="meta">
        {of.address}
        {of.calls > 0 && ` · ${t.switchCalls(number(of.calls), of.calls)}`}
        <Events of={of} />
      </span>
      {of.fault && (
        <p class="error" lang="en">
          {of.fault}
        </p>
      )}
      {refused && <p class="error">{t.dialplanRefused(number(refused.requests), refused.requests, refused.address)}</p>}
    </div>
  );
}

/** How many events a switch has sent since the server's start, and when the newest came. */
function Events({ of }: { of: Switch }) {
  if (of.last_event_at === null) return null;
  return (
    <>
      {` · ${t.events(number(of.events), of.events)}, ${t.lastEvent} `}
      <When at={of.last_event_at} />
    </>
  );
}

function Note({ children }: { children: ComponentChildren }) {
  return <p class="notice">{children}</p>;
}

function Asterisk({ at }: { at: Addresses }) {
  return (
    <>
      <p>{t.asteriskCopy}</p>
      <Snippet name={t.asteriskDialplan} text={asteriskDialplan(at)} />
      <p>{t.asteriskReload}</p>
      <Snippet name={t.terminal} text={ASTERISK_RELOAD} />
      <p>{t.asteriskManager}</p>
      <Snippet name={t.asteriskManagerFile} text={asteriskManager()} />
      <Snippet name={t.environment} text={asteriskEnvironment()} />
      {!at.takesAsterisk && !at.isGuessed && <Note>{t.allow("audiosocket.allow")}</Note>}
    </>
  );
}

function Freeswitch({ at }: { at: Addresses }) {
  return (
    <>
      <p>{t.freeswitchSocket}</p>
      <Snippet name={t.environment} text={freeswitchEnvironment()} />
      <p>{t.freeswitchPaste}</p>
      <Snippet name={t.freeswitchFile} text={freeswitchDialplan(at)} />
      <p class="soft">{t.freeswitchWhole}</p>
      {!at.takesFreeswitch && !at.isGuessed && <Note>{t.allow("freeswitch.allow")}</Note>}
    </>
  );
}

function Twilio({ at }: { at: Addresses }) {
  return (
    <>
      {!at.api.startsWith("https:") && <p class="notice warn">{t.notSecure}</p>}
      <p>{t.twilioPaste}</p>
      <Snippet name={t.twilioVoice} text={twilioAddress(at, "voice")} />
      <Snippet name={t.twilioStatus} text={twilioAddress(at, "status")} />
      <Snippet name={t.twilioMessage} text={twilioAddress(at, "message")} />
    </>
  );
}

/** Waits for a call through this line, which the live view reports. */
function Waiting({ kind, onCame, onDone }: { kind: LineKind; onCame: () => void; onDone: () => void }) {
  const [came, setCame] = useState<Call | null>(null);
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    end.current?.focus();
    let before: Set<string> | null = null;
    return listen((event) => {
      const look = (call: Call) => {
        if (before?.has(call.id) || !isOf(call, kind)) return;
        before?.add(call.id);
        setCame(call);
        onCame();
      };
      if (event.kind === "snapshot") {
        if (before === null) before = new Set(event.calls.map(({ id }) => id));
        else event.calls.forEach(look);
      } else if (event.kind === "call") look(event.call);
    });
  }, [kind]);
  const from = came?.from ?? t.unknownCaller;
  return (
    <div class="ebonite wait wide">
      <span class={came ? "jack in caller" : "jack"} aria-hidden="true" />
      <Cord kind={came === null ? "loose" : "ada"} isTalking={came !== null} look="free" />
      <span class={came ? "jack in ada" : "jack"} aria-hidden="true" />
      <div class="words" role="status">
        <p>
          <strong>{came ? t.came : t.waiting}</strong>
        </p>
        <p class="meta">{came ? <bdi>{t.cameFrom(from, came.to ?? "")}</bdi> : t.waitingHint}</p>
      </div>
      {came && (
        <a class="btn" href={`/calls/${came.id}`}>
          {t.see}
        </a>
      )}
      <button ref={end} type="button" class="plain" onClick={onDone}>
        {came ? t.done : t.stop}
      </button>
    </div>
  );
}
