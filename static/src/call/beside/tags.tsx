// The tags of a call: chips that are added and removed in place.
import { useMemo, useRef } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import { may } from "../../api/me";
import type { CallTags as Tags, KnownTag, Page } from "../../api/model";
import { Icon } from "../../app/icons";
import { past } from "../../calls/book";
import { useLoaded } from "../../app/load";
import { tell } from "../../app/toasts";
import { Combo } from "./combo";
import { w } from "./words";

const TAGS_MAX = 20;
const LETTERS_MAX = 40;

/** A user who steps back finds the list of calls as they left it: it gets the new tags. One that is filtered by a tag may have other calls now, and is
 * loaded anew. */
function showInList(callId: string, tags: string[]): void {
  const { kept, query, ...others } = past.peek();
  const items = kept.items.map((call) => (call.id === callId ? { ...call, tags } : call));
  past.value = { ...others, kept: { ...kept, items }, query: query.includes("&tag=") ? "" : query };
}

/** The chips, and the field that adds one. */
export function CallTags({ callId }: { callId: string }) {
  const path = `/api/v1/calls/${callId}/tags`;
  const mayWrite = may("calls_annotate") === true;
  const loaded = useLoaded<Tags>(path);
  const known = useLoaded<Page<KnownTag>>(mayWrite ? "/api/v1/call-tags" : null);
  const list = useRef<HTMLDivElement>(null);
  const tags = loaded.value?.tags ?? [];
  const options = useMemo(
    () => (known.value?.items ?? []).filter(({ tag }) => !tags.includes(tag)).map(({ tag }) => ({ value: tag, label: tag })),
    [known.value, loaded.value],
  );
  /** Edits are saved one after the other: the answer to the last one is shown. */
  const saved = useRef<Promise<void>>(Promise.resolve());
  /** The server keeps what other people have added in the meantime. */
  const save = (edit: { add: string[] } | { remove: string[] }): Promise<void> => {
    saved.current = saved.current.then(async () => {
      try {
        const answer = await change<Tags>("PATCH", path, edit);
        if (answer) {
          loaded.show(answer);
          showInList(callId, answer.tags);
        }
        void known.again();
      } catch (fault) {
        tell(messageOf(fault));
      }
    });
    return saved.current;
  };
  const drop = (tag: string) => {
    void save({ remove: [tag] }).then(() => list.current?.querySelector("input")?.focus());
  };
  if (loaded.value === null || (!mayWrite && tags.length === 0)) return null;
  return (
    <div ref={list} class="call-tags" role="group" aria-label={w.tags}>
      {tags.map((tag) => (
        <span key={tag} class="chip-held" dir="auto">
          <Icon name="tag" size="small" />
          <a class="bare" href={`/calls?tag=${encodeURIComponent(tag)}`} aria-label={w.callsWith(tag)}>
            {tag}
          </a>
          {mayWrite && (
            <button type="button" class="plain" aria-label={w.dropTag(tag)} title={w.dropTag(tag)} onClick={() => drop(tag)}>
              <Icon name="cross" size="small" />
            </button>
          )}
        </span>
      ))}
      {mayWrite && tags.length < TAGS_MAX && (
        <Combo
          label={w.addTag}
          hint={w.addTag}
          hideLabel
          maxLength={LETTERS_MAX}
          options={options}
          fresh={w.newTag}
          onChoose={(tag) => tag !== null && void save({ add: [tag] })}
        />
      )}
    </div>
  );
}
