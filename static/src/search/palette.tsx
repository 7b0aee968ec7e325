// The palette: typing finds pages, people, calls and settings; arrow keys choose, Enter opens, Esc closes.
import * as combobox from "@zag-js/combobox";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { components } from "../api/types";
import { useCombobox } from "../app/combobox";
import { Icon } from "../app/icons";
import { number, plural } from "../app/language";
import { leaving } from "../app/leaving";
import { go } from "../app/router";
import { WindowToasts } from "../app/window-toasts";
import { type Hit, hitsOf, KINDS, pages, settings } from "./find";
import { w } from "./words";

type View = components["schemas"]["SearchView"];

/** How long typing must pause before the server is asked, in ms. */
const PAUSE_MS = 120;
/** The minimum number of characters for a search at the server. */
const LETTERS_MIN = 2;
const LETTERS_MAX = 100;
/** Always the same object, so that an unchanged list doesn't reset the selection. */
const NONE: Hit[] = [];

/** The dialog, as long as it is open. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState("");
  const { hits, busy, fault } = useHits(query);
  const collection = useMemo(
    () => combobox.collection({ items: hits, itemToValue: ({ value }) => value, itemToString: ({ label }) => label }),
    [hits],
  );
  const choose = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    leaving(() => go(hit.href));
  };
  const { api, field } = useCombobox({
    collection,
    inputValue: query,
    open: true,
    value: [],
    inputBehavior: "autohighlight",
    selectionBehavior: "preserve",
    allowCustomValue: true,
    openOnChange: true,
    onInputValueChange: ({ inputValue }) => setQuery(inputValue.slice(0, LETTERS_MAX)),
    onValueChange: ({ items }) => choose(items[0]),
    onOpenChange: ({ reason }) => {
      if (reason === "escape-key") onClose();
    },
  });
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    field.current?.focus();
    // The browser gives the focus back to where it was.
    return () => shown?.close();
  }, []);
  // Enter opens the first result.
  const first = hits[0]?.value ?? null;
  useEffect(() => {
    if (first !== null) api.setHighlightValue(first);
  }, [first, hits]);
  const announcement = fault !== "" ? fault : busy ? "" : hits.length === 0 ? w.nothing(query.trim()) : w.found(number(hits.length), plural(hits.length, w.things));
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label={w.name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div {...api.getRootProps()} class="box">
        <div {...api.getControlProps()} class="ask">
          <Icon name="search" />
          <label {...api.getLabelProps()} class="hidden">
            {w.name}
          </label>
          <input {...(api.getInputProps() as object)} ref={field} dir="auto" maxLength={LETTERS_MAX} placeholder={w.placeholder} />
          <kbd aria-hidden="true">{w.esc}</kbd>
        </div>
        <p class={fault === "" && hits.length > 0 ? "hidden" : "told"} role="status">
          {announcement}
        </p>
        <div {...api.getContentProps()} class="hits">
          {KINDS.map((kind) => {
            const those = hits.filter((hit) => hit.kind === kind);
            return (
              those.length > 0 && (
                <div key={kind} {...api.getItemGroupProps({ id: kind })} class="kind">
                  <p {...api.getItemGroupLabelProps({ htmlFor: kind })} class="caps">
                    {w.kinds[kind]}
                  </p>
                  {those.map((hit) => (
                    <div key={hit.value} {...api.getItemProps({ item: hit })} class="hit">
                      <Icon name={hit.icon} />
                      <bdi class="label">{hit.label}</bdi>
                      {hit.detail !== "" && <bdi class="detail">{hit.detail}</bdi>}
                      <kbd aria-hidden="true">↵</kbd>
                    </div>
                  ))}
                </div>
              )
            );
          })}
        </div>
      </div>
      <WindowToasts />
    </dialog>
  );
}

/** The results: pages at once, everything else when the server has answered; its earlier results stay until then. */
function useHits(query: string): { hits: Hit[]; busy: boolean; fault: string } {
  const [found, setFound] = useState<{ of: string; hits: Hit[]; fault: string }>({ of: "", hits: [], fault: "" });
  const wanted = query.trim();
  const isAsked = wanted.length >= LETTERS_MIN;
  useEffect(() => {
    if (!isAsked) return undefined;
    const request = new AbortController();
    const timer = setTimeout(() => {
      get<View>(`/api/v1/search?q=${encodeURIComponent(wanted)}`, request.signal).then(
        (view) => setFound({ of: wanted, hits: hitsOf(view), fault: "" }),
        (error: unknown) => {
          if (!request.signal.aborted) setFound({ of: wanted, hits: [], fault: messageOf(error) });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [wanted]);
  const busy = isAsked && found.of !== wanted;
  const others = isAsked ? found.hits : NONE;
  const hits = useMemo(() => [...pages(query), ...others, ...settings(query)], [query, others]);
  return { hits, busy, fault: isAsked && !busy ? found.fault : "" };
}
