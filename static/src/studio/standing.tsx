// The state of a draft: whether it is saved, what callers hear of it, and somebody else's changes at the same time.
import type { Publication } from "../api/model";
import { Icon } from "../app/icons";
import { listed, number } from "../app/language";
import { When } from "../app/parts";
import { w as frame } from "../app/words";
import { timeOfDay } from "../words/time";
import { SLIDERS } from "./bands";
import { useStudio } from "./context";
import { differing, type Member, type Written } from "./draft";
import type { NameOf } from "./versions";
import { w } from "./words";

/** Whether the changes are saved. */
export function Saved() {
  const { keeper, canWrite } = useStudio();
  const saving = keeper.saving.value;
  const at = keeper.savedAt.value;
  const words = () => {
    if (!canWrite) return w.saved.readOnly;
    switch (saving.at) {
      case "saved":
        return at === null ? "" : w.saved.at(timeOfDay(at));
      case "waiting":
      case "saving":
        return w.saved.saving;
      case "held":
        return w.saved.held;
      case "gone":
        return w.saved.gone;
      case "failed":
        return w.saved.failed(saving.words);
    }
  };
  const hasFailed = saving.at === "failed";
  const isBad = hasFailed || saving.at === "gone" || saving.at === "held";
  return (
    <span class={isBad ? "saved bad" : "saved"}>
      <span class="meta" role="status" aria-label={w.saved.name}>
        {words()}
      </span>
      {hasFailed && (
        <button type="button" class="btn small" onClick={() => void keeper.flush()}>
          {frame.act.tryAgain}
        </button>
      )}
    </span>
  );
}

/** The version that answers callers, and the draft's changes. */
export function Strip(props: { current: number; publication: Publication | undefined; nameOf: NameOf; fault: string; onRetry: () => void }) {
  const { keeper, published } = useStudio();
  const { current, publication } = props;
  const changed = published.value === null ? [] : differing(keeper.value.value, published.value);
  const count = published.value === null ? 0 : changed.reduce((sum, member) => sum + sizeOf(member, keeper.value.value, published.value), 0);
  return (
    <div class="strip">
      <p>
        {current > 0 ? (
          <>
            <span class="state live">
              <Icon name="voice" />
              {w.strip.answers(number(current))}
            </span>
            {publication && (
              <span class="meta" dir="auto">
                {w.strip.since} <When at={publication.published_at} />, {props.nameOf(publication.published_by)}
                {publication.note !== "" && w.strip.note(publication.note)}
              </span>
            )}
          </>
        ) : (
          <>
            <span class="state wrap">
              <Icon name="edit" />
              {w.strip.draftOnly}
            </span>
            <span class="meta">{w.strip.draftOnlyHint}</span>
          </>
        )}
      </p>
      {props.fault !== "" && (
        <p>
          <span class="error">{props.fault}</span>
          <button type="button" class="btn small" onClick={props.onRetry}>
            {frame.act.tryAgain}
          </button>
        </p>
      )}
      {published.value !== null && (
        <p>
          {count === 0 ? (
            <span class="meta">{w.strip.same}</span>
          ) : (
            <>
              <span class="chip on">{w.strip.changes(number(count), count)}</span>
              <span class="meta">{listed(changed.map((member) => w.member[member]))}</span>
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** The number of differences in a field: for the style each fader counts. */
function sizeOf(member: Member, mine: Written, was: Written | null): number {
  if (member !== "style" || was === null) return 1;
  const keys = [...SLIDERS, "response_delay_ms", "silence_reminder_s"] as const;
  return keys.filter((key) => mine.style[key] !== was.style[key]).length;
}

/** Values that two people have changed at the same time: both are kept until one is chosen. */
export function Conflicts() {
  const { keeper } = useStudio();
  const theirs = Object.entries(keeper.theirs.value) as [Member, unknown][];
  if (theirs.length === 0) return null;
  return (
    <div class="conflicts" role="alert">
      {theirs.map(([member, value]) => (
        <div key={member} class="notice warn">
          <div>
            <p>
              <strong>{w.conflict.title(w.member[member])}</strong> {w.conflict.text}
            </p>
            <Theirs value={value} />
          </div>
          <button type="button" onClick={() => keeper.settle(member, "mine")}>
            {w.conflict.mine}
          </button>
          <button type="button" onClick={() => keeper.settle(member, "theirs")}>
            {w.conflict.theirs}
          </button>
        </div>
      ))}
    </div>
  );
}

/** Somebody else's value, if it is text. */
function Theirs({ value }: { value: unknown }) {
  return typeof value === "string" ? <blockquote dir="auto">{value}</blockquote> : null;
}
