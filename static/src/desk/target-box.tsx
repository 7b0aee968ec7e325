// The choice of a transfer's target: a search field, with the list of matches below it.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import type { Target } from "./targets";
import { w } from "./words/parts";

const groups: { kind: Target["kind"]; name: string }[] = [
  { kind: "colleague", name: w.transfer.colleagues },
  { kind: "queue", name: w.transfer.queues },
  { kind: "phone", name: w.transfer.phones },
];

/** The field with its list, which stays open until a target is chosen. */
export function TargetBox(props: {
  find: (query: string) => Target[];
  target: Target | undefined;
  isAny: boolean;
  onChoose: (name: string | null) => void;
}) {
  const { find, target, isAny, onChoose } = props;
  const [query, setQuery] = useState("");
  const [isOpen, setOpen] = useState(true);
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const options = find(query);
  const at = Math.min(active, options.length - 1);
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, isOpen]);

  const choose = (option: Target | undefined) => {
    if (!option) return;
    onChoose(option.name);
    setQuery("");
    setActive(0);
    setOpen(false);
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setOpen(true);
      if (isOpen && options.length > 0) setActive((at + step + options.length) % options.length);
    } else if (event.key === "Enter") {
      if (isOpen) choose(options[at]);
    } else if (event.key === "Escape" && isOpen && target) setOpen(false);
    else return;
    event.preventDefault();
  };
  return (
    <div class="target">
      <label for={id}>{w.transfer.to}</label>
      <input
        ref={field}
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={isOpen && options[at] ? `${id}-${String(at)}` : undefined}
        aria-describedby={`${id}-now`}
        placeholder={w.transfer.placeholder}
        value={!isOpen && target ? target.title : query}
        onClick={() => setOpen(true)}
        onInput={(event) => {
          // Typing over a choice begins a new search.
          setQuery(event.currentTarget.value);
          onChoose(null);
          setActive(0);
          setOpen(true);
        }}
        onKeyDown={pressed}
      />
      <div ref={list} id={`${id}-list`} class="found" role="listbox" aria-label={w.transfer.list} hidden={!isOpen || options.length === 0}>
        {groups.map(({ kind, name }) => {
          const those = options.filter((option) => option.kind === kind);
          return (
            those.length > 0 && (
              <div key={kind} role="group" aria-label={name}>
                <p class="meta" aria-hidden="true">
                  {name}
                </p>
                {those.map((option) => {
                  const place = options.indexOf(option);
                  return (
                    <div
                      key={option.name}
                      id={`${id}-${String(place)}`}
                      role="option"
                      class="option"
                      aria-selected={place === at}
                      // The focus stays in the field.
                      onPointerDown={(event) => event.preventDefault()}
                      onClick={() => {
                        choose(option);
                        field.current?.focus();
                      }}
                    >
                      <strong>{option.title}</strong>
                      {kind !== "queue" && option.name !== option.title && <span class="meta figure">{option.name}</span>}
                      <span class={option.isFree ? "intent available" : "intent muted"}>
                        <Icon name={option.icon} />
                        {option.words}
                      </span>
                    </div>
                  );
                })}
              </div>
            )
          );
        })}
      </div>
      <p id={`${id}-now`} class={target?.caution ? "error" : "meta"} role="status" aria-label={w.transfer.chosen}>
        {isOpen ? options.length === 0 && nobody(isAny) : target && (target.caution || target.words)}
      </p>
    </div>
  );
}

function nobody(isAny: boolean): string {
  return isAny ? w.transfer.nobodySo : w.transfer.nobodyAtAll;
}
