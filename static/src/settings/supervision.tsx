// The roles that may supervise live calls, and who is notified of it. Everybody in the organization sees it.
import { change } from "../api/client";
import { may } from "../api/me";
import type { components } from "../api/types";
import { LeverField, RecordForm, SelectField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import type { Rules } from "../app/form/rules";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

type Policy = components["schemas"]["SupervisionPolicy"];

const PATH = "/api/v1/supervision-policy";
const ACTS = ["listen", "whisper", "barge", "take_over"] as const;
const ROLES = ["supervisor", "admin", "owner"] as const;
const rules: Rules = { listen: {}, whisper: {}, barge: {}, take_over: {}, silent: {}, tell_caller: {} };

/** The section of the page. */
export function Supervision() {
  const policy = useLoaded<Policy>(PATH, ["supervision_policy"]);
  const { value } = policy;
  return (
    <Ruled title={t.supervision} text={t.supervisionText}>
      {policy.fault !== "" && <Failed message={policy.fault} onRetry={() => void policy.again()} />}
      {!value && policy.fault === "" && <Skeleton rows={4} />}
      {value && (may("business_write") ? <PolicyForm value={value} /> : <PolicyRead value={value} />)}
    </Ruled>
  );
}

function PolicyForm({ value }: { value: Policy }) {
  const draft = useDraft<Policy>({
    value,
    rules,
    follows: true,
    send: async (policy) => {
      await change("PUT", PATH, policy);
    },
  });
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.supervision} onSaved={() => tell(t.supervisionSet)}>
        {ACTS.map((act) => (
          <SelectField
            key={act}
            draft={draft}
            name={act}
            label={t.acts[act]}
            choices={ROLES.map((role) => ({ value: role, label: t.rolesUp[role] }))}
            none={t.nobodyMay}
          />
        ))}
        <LeverField draft={draft} name="silent" label={t.silently} hint={t.silentlyHint} />
        <LeverField draft={draft} name="tell_caller" label={t.tellCaller} hint={t.tellCallerHint} />
      </RecordForm>
    </div>
  );
}

function PolicyRead({ value }: { value: Policy }) {
  return (
    <dl class="facts">
      {ACTS.map((act) => (
        <div key={act}>
          <dt>{t.acts[act]}</dt>
          <dd>{roleWord(value[act])}</dd>
        </div>
      ))}
      <div>
        <dt>{t.agentsSee}</dt>
        <dd>{value.silent ? t.agentsSeeNot : t.agentsSeeIt}</dd>
      </div>
      <div>
        <dt>{t.callersTold}</dt>
        <dd>{value.tell_caller ? t.callersToldIt : t.callersToldNot}</dd>
      </div>
    </dl>
  );
}

function roleWord(least: Policy["listen"]): string {
  return least == null || least === "agent" ? t.nobodyMay : t.rolesUp[least];
}
