// The tabs of a page. The open one is in the address.
import { normalizeProps, useMachine } from "@zag-js/preact";
import * as zag from "@zag-js/tabs";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { go, path, query } from "./router";
import { leaving } from "./leaving";

/** A tab: its name in the address, its label, and its content, which is created when the tab is opened. */
export interface Tab {
  value: string;
  label: string;
  show: () => ComponentChildren;
}

/** The tabs below the page's heading. `name`: the accessible name of the row of tabs. The first one is open if the address names none. */
export function Tabs({ name, tabs }: { name: string; tabs: Tab[] }) {
  const wanted = new URLSearchParams(query.value).get("tab");
  const first = tabs[0]?.value ?? "";
  const open = tabs.find(({ value }) => value === wanted)?.value ?? first;
  const service = useMachine(zag.machine, {
    id: useId(),
    dir: document.dir === "rtl" ? "rtl" : "ltr",
    value: open,
    // Arrow keys move along the tabs, Enter opens one, because opening a tab loads its data.
    activationMode: "manual",
    onValueChange: ({ value }) => {
      if (value !== open) leaving(() => go(value === first ? path.value : `${path.value}?tab=${value}`));
    },
  });
  const api = zag.connect(service, normalizeProps);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // If not all tabs fit, the open one is scrolled into view.
    const trigger = row.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (row.current && trigger) row.current.scrollLeft = trigger.offsetLeft - (row.current.clientWidth - trigger.offsetWidth) / 2;
  }, [open]);
  return (
    <div {...api.getRootProps()} class="tabbed">
      <div {...api.getListProps()} ref={row} class="tabs" aria-label={name}>
        {tabs.map(({ value, label }) => (
          <button key={value} type="button" {...api.getTriggerProps({ value })}>
            {label}
          </button>
        ))}
      </div>
      {tabs.map(({ value, show }) => (
        <div key={value} {...api.getContentProps({ value })} class="tab-content">
          {value === open && show()}
        </div>
      ))}
    </div>
  );
}
