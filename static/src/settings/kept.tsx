// How long recordings, transcripts, calls, customers and the audit log are kept, and what was deleted after its time was over.
import { useRef, useState } from "preact/hooks";
import { change, Problem } from "../api/client";
import { may } from "../api/me";
import { RetentionBody } from "../api/rules";
import type { components } from "../api/types";
import { NumberField, RecordForm } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putOver } from "../app/form/revised";
import { Further } from "../app/further";
import { Icon } from "../app/icons";
import { listed, number } from "../app/language";
import { type Loaded, useList, useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

type Retention = components["schemas"]["RetentionView"];
type Counts = components["schemas"]["RetentionCounts"];
type Run = components["schemas"]["RetentionRun"];
type Kind = components["schemas"]["RetentionKind"];
type Days = `${Kind}_days`;

const KINDS: Kind[] = ["recordings", "words", "calls", "customers", "audit_log"];
const PATH = "/api/v1/retention";

/** The section of the page. */
export function Kept() {
  const kept = useLoaded<Retention>(PATH);
  const { value } = kept;
  return (
    <Ruled title={t.kept} text={t.keptText}>
      {kept.fault !== "" && <Failed message={kept.fault} onRetry={() => void kept.again()} />}
      {!value && kept.fault === "" && <Skeleton rows={4} />}
      {value && (may("business_write") ? <KeptForm loaded={kept} value={value} /> : <KeptRead value={value} />)}
      <details class="wide">
        <summary class="open">
          <Icon name="next" size="small" />
          {t.deletions}
        </summary>
        <Deletions />
      </details>
    </Ruled>
  );
}

/** The data older than these days, as text; empty if there is none. */
function older(counts: Counts): string {
  return listed(KINDS.filter((kind) => counts[kind] > 0).map((kind) => t.counted[kind](number(counts[kind]), counts[kind])));
}

function KeptForm({ loaded, value }: { loaded: Loaded<Retention>; value: Retention }) {
  const [asks, setAsks] = useState<string | null>(null);
  const answered = useRef<(isAgreed: boolean) => void>(() => {});
  const { recordings_days, words_days, calls_days, customers_days, audit_log_days } = value;
  const draft = useDraft<Record<Days, number | null>>({
    value: { recordings_days, words_days, calls_days, customers_days, audit_log_days },
    rules: RetentionBody,
    follows: true,
    send: async (days) => {
      // Deleted data does not come back, so the user first sees which data would be deleted.
      const counts = await change<Counts>("POST", `${PATH}/preview`, days);
      const found = counts === null ? "" : older(counts);
      if (found !== "") {
        const isAgreed = await new Promise<boolean>((resolve) => {
          answered.current = resolve;
          setAsks(found);
        });
        if (!isAgreed) throw new Problem(0, t.keptNotSet, null);
      }
      await putOver(PATH, loaded, days);
    },
  });
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.kept} onSaved={() => tell(t.keptSet)}>
        <div class="days">
          {KINDS.map((kind) => (
            <NumberField key={kind} draft={draft} name={`${kind}_days`} label={t.keptKinds[kind]} hint={t.keptHints[kind]} unit={t.days} />
          ))}
        </div>
      </RecordForm>
      {asks !== null && (
        <Confirm
          title={t.deleteTitle}
          text={t.deleteText(asks)}
          verb={t.deleteVerb}
          onClose={() => setAsks(null)}
          onYes={() => answered.current(true)}
          onNo={() => answered.current(false)}
        />
      )}
    </div>
  );
}

function KeptRead({ value }: { value: Retention }) {
  return (
    <dl class="facts">
      {KINDS.map((kind) => {
        const days = value[`${kind}_days`];
        return (
          <div key={kind}>
            <dt>{t.keptKinds[kind]}</dt>
            <dd>{days == null ? t.forEver : t.forDays(number(days), days)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function Deletions() {
  const runs = useList<Run>(`${PATH}/runs`);
  const failed = runs.fault !== "" && <Failed message={runs.fault} onRetry={() => void runs.again()} />;
  if (runs.items === null) return failed || <Skeleton rows={2} />;
  if (runs.items.length === 0) return failed || <p class="soft">{t.deletionsNone}</p>;
  return (
    <>
      <ul class="deletions">
        {runs.items.map((run) => (
          <li key={run.id}>
            <When at={run.at} />
            <span>{t.counted[run.kind](number(run.deleted), run.deleted)}</span>
            <span class="meta">
              {t.olderThan(number(run.kept_days), run.kept_days)}
              {run.bytes > 0 && ` · ${t.megabytes(number(Math.ceil(run.bytes / 1_000_000)))}`}
            </span>
          </li>
        ))}
      </ul>
      {failed}
      <Further list={runs} quiet />
    </>
  );
}
