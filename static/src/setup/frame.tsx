// The frame of the first setup: three steps on one cord.
import type { ComponentChildren } from "preact";
import { Icon, Mark } from "../app/icons";
import { Heading } from "../app/parts";
import { w } from "./words";

/** The page with its steps. `at`: the current step. */
export function SetupFrame({ at, children }: { at: 1 | 2 | 3; children: ComponentChildren }) {
  return (
    <div class="setup-page">
      <header class="first-bar">
        <span class="brand">
          <Mark />
          Cordboard
        </span>
        <p class="meta">{w.step(at)}</p>
      </header>
      <main class="setup">
        <div class="setup-head">
          <Heading title={w.title}>{w.heading}</Heading>
          <p class="read">{w.lead}</p>
        </div>
        {children}
      </main>
    </div>
  );
}

/** The steps. */
export function Steps({ children }: { children: ComponentChildren }) {
  return <ol class="steps">{children}</ol>;
}

/** A step: its jack is plugged once it is reached. `summary`: its result. */
export function Step(props: { stand: "done" | "current" | "next"; title: string; summary?: string; children?: ComponentChildren }) {
  const { stand, title, summary, children } = props;
  return (
    <li class={`step ${stand}`} aria-current={stand === "current" ? "step" : undefined}>
      <span class="step-jack" aria-hidden="true">
        <span class={stand === "next" ? "jack" : "jack in ada"} />
      </span>
      <section class="sheet step-body" aria-label={title}>
        <div class="step-sum">
          <h2>{title}</h2>
          {summary !== undefined && <p class="meta">{summary}</p>}
          {stand === "done" && (
            <span class="done-word">
              <Icon name="tick" size="small" />
              {w.done}
            </span>
          )}
        </div>
        {children}
      </section>
    </li>
  );
}
