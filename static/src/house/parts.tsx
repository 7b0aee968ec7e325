// Components of the pages about the organization: integrations, developers, tools, account, settings.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { copy } from "../app/copy";
import { useHeldPage } from "../app/guard-leaving";
import { Icon } from "../app/icons";
import { w } from "../app/words";
import { h } from "./words";

/** The focused element is gone: the focus moves to the page's head, so that keys and screen readers continue from there. */
export function focusPage(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
}

/** A text to be copied elsewhere: `name` says where. */
export function Snippet({ name, text }: { name: string; text: string }) {
  const id = useId();
  return (
    <figure class="snippet" aria-labelledby={id}>
      <figcaption>
        <span id={id}>{name}</span>
        <button type="button" class="btn quiet small" aria-label={`${w.act.copy}: ${name}`} onClick={() => void copy(text)}>
          <Icon name="copy" />
          {w.act.copy}
        </button>
      </figcaption>
      {/* It scrolls, so it must be reachable by keyboard. */}
      <pre tabIndex={0} role="group" aria-label={name} dir="ltr">
        <code>{text}</code>
      </pre>
    </figure>
  );
}

/** A new secret, which is shown only this once: who leaves the page before they say that they have it is asked first. */
export function ShownOnce(props: { name: string; value: string; children?: ComponentChildren; onDone: () => void }) {
  const whole = useRef<HTMLDivElement>(null);
  useEffect(() => whole.current?.focus(), [props.value]);
  useHeldPage(true);
  return (
    <div ref={whole} class="shown-once" role="group" aria-label={props.name} tabIndex={-1}>
      <p class="name">
        <Icon name="key" />
        <strong>{props.name}</strong>
      </p>
      <p class="soft">{h.once}</p>
      <p class="value">
        <code dir="ltr">{props.value}</code>
      </p>
      {props.children}
      <p class="acts">
        <button type="button" class="primary" onClick={() => void copy(props.value)}>
          <Icon name="copy" />
          {w.act.copy}
        </button>
        <button
          type="button"
          onClick={() => {
            props.onDone();
            focusPage();
          }}
        >
          {h.kept}
        </button>
      </p>
    </div>
  );
}

/** A section of a page, with its name and a sentence on the left, and its content on the right. */
export function Ruled(props: { title: string; text?: ComponentChildren; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="ruled" aria-labelledby={id}>
      <div class="about">
        <h2 id={id}>{props.title}</h2>
        {props.text != null && <p class="soft">{props.text}</p>}
      </div>
      <div class="set">{props.children}</div>
    </section>
  );
}

/** The state of something: a lamp and its label. */
export function Lamp({ is, children }: { is: "on" | "off" | "bad" | "waits"; children: ComponentChildren }) {
  const lamps = { on: "lamp on live", off: "lamp", bad: "lamp on bad", waits: "lamp on ringing" };
  return (
    <span class="with-lamp">
      <span class={lamps[is]} aria-hidden="true" />
      <span>{children}</span>
    </span>
  );
}
