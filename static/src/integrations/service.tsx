// An account at a service: its state, its test, and its keys, which can be written but are never shown.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Integration, IntegrationKind, IntegrationTest, VoiceHealth } from "../api/model";
import { RecordForm, SelectField, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { type Draft, useDraft } from "../app/form/record";
import { NONE_YET, putInPlaceOf } from "../app/form/revised";
import type { Rules } from "../app/form/rules";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { Confirm, When } from "../app/parts";
import { tell } from "../app/toasts";
import { Lamp, Ruled, Snippet } from "../house/parts";
import { CascadeParts } from "./cascade";
import { Health } from "./health";
import { t } from "./words";

/** The fields of each service: its settings, in the order of the form, and its secrets. */
const FIELDS = {
  openai: { settings: [], secrets: ["api_key"] },
  elevenlabs: { settings: [], secrets: ["api_key", "webhook_secret"] },
  deepgram: { settings: [], secrets: ["api_key"] },
  gemini: { settings: [], secrets: ["api_key"] },
  cascade: {
    settings: [
      "recognizer",
      "recognizer_url",
      "recognizer_model",
      "llm_base_url",
      "llm_model",
      "speech",
      "speech_base_url",
      "speech_model",
      "speech_voice",
      "speech_format",
    ],
    secrets: ["recognizer_key", "llm_key", "speech_key"],
  },
  twilio: {
    settings: ["account_sid", "caller_id", "sip_domain", "api_key_sid"],
    secrets: ["auth_token", "api_key_secret", "second_auth_token"],
  },
} as const satisfies Record<IntegrationKind, { settings: readonly (keyof Settings)[]; secrets: readonly (keyof Secrets)[] }>;

type Settings = Record<
  "account_sid" | "caller_id" | "sip_domain" | "api_key_sid" | "base_url" | "region" | keyof typeof t.cascade.settings,
  string
>;
type Secrets = Record<keyof typeof t.secrets, string>;
/** The fields of all services' forms. */
export type Flat = Settings & Secrets;

/** A service's section of the page. */
export function Service(props: {
  kind: IntegrationKind;
  account: Integration | null;
  /** The health of its voice; null for a service without one. */
  health: VoiceHealth | null;
  /** The address for its reports on finished conversations; null for a service without reports. */
  tellsAt: string | null;
  onChanged: (now: Integration | null) => void;
  /** Reloads the account when somebody else has changed it. */
  onStale: () => void;
}) {
  const { kind, account, health } = props;
  const { name, text } = t.kinds[kind];
  const path = `/api/v1/integrations/${kind}`;
  const [edits, setEdits] = useState(false);
  const [asks, setAsks] = useState(false);
  const [answer, setAnswer] = useState<IntegrationTest | "asking" | null>(null);
  const [fault, setFault] = useState("");
  const act = useRef<HTMLButtonElement>(null);
  /** Counts the tests: a result for an account that was changed or removed in the meantime is ignored. */
  const turn = useRef(0);
  const forget = () => {
    turn.current += 1;
    setAnswer(null);
  };
  const test = async () => {
    if (answer === "asking") return;
    turn.current += 1;
    const own = turn.current;
    setFault("");
    setAnswer("asking");
    try {
      const said = await change<IntegrationTest>("POST", `${path}/test`);
      if (own === turn.current) setAnswer(said);
    } catch (error) {
      if (own !== turn.current) return;
      setAnswer(null);
      setFault(messageOf(error));
    }
  };
  const remove = async () => {
    try {
      await change("DELETE", path);
      forget();
      tell(t.removed(name));
      props.onChanged(null);
      requestAnimationFrame(() => act.current?.focus());
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  const done = () => {
    setEdits(false);
    requestAnimationFrame(() => act.current?.focus());
  };
  return (
    <Ruled title={name} text={text}>
      <div class="state-and-acts">
        <Stand account={account} />
        {!edits && may("integrations_write") && (
          <div class="acts">
            <button
              ref={act}
              type="button"
              aria-label={account ? t.changeOf(name) : t.setUpOf(name)}
              onClick={() => {
                setEdits(true);
                forget();
              }}
            >
              <Icon name={account ? "edit" : "key"} />
              {account ? t.change : t.setUp}
            </button>
            {account && (
              <button type="button" aria-label={t.testOf(name)} aria-disabled={answer === "asking"} onClick={() => void test()}>
                <Icon name="refresh" />
                {t.test}
              </button>
            )}
            {account && (
              <button type="button" class="plain" aria-label={t.removeOf(name)} onClick={() => setAsks(true)}>
                {t.remove}
              </button>
            )}
          </div>
        )}
      </div>
      {account?.unused_because != null && <p class="soft why">{t.unused(account.unused_because)}</p>}
      {account && !edits && <Facts account={account} />}
      {health && !edits && <Health of={health} />}
      {props.tellsAt !== null && (
        <div class="wide tells">
          <Snippet name={t.postCall} text={props.tellsAt} />
          <p class="meta">{t.postCallHint}</p>
        </div>
      )}
      <div class="test-answer" role="status">
        {answer === "asking" ? <span class="soft">{t.testing}</span> : answer && <Answer answer={answer} />}
      </div>
      {fault !== "" && (
        <p class="error" role="alert">
          {fault}
        </p>
      )}
      {edits && (
        <ServiceForm
          kind={kind}
          account={account}
          onCancel={done}
          onStale={props.onStale}
          onSaved={(now) => {
            tell(t.saved(name));
            props.onChanged(now);
            done();
          }}
        />
      )}
      {asks && (
        <Confirm title={t.removeTitle(name)} text={t.removeText} verb={t.remove} onClose={() => setAsks(false)} onYes={() => void remove()} />
      )}
    </Ruled>
  );
}

function Stand({ account }: { account: Integration | null }) {
  if (!account) return <Lamp is="off">{t.notSet}</Lamp>;
  if (account.unused_because === null) return <Lamp is="on">{t.inUse}</Lamp>;
  return (
    <span class="state warn">
      <Icon name="warning" />
      {t.needsLook}
    </span>
  );
}

function Facts({ account }: { account: Integration }) {
  const settings = account.settings as Partial<Settings>;
  return (
    <dl class="facts">
      {FIELDS[account.kind].settings.map((field) =>
        settings[field] ? (
          <div key={field}>
            <dt>{nameOf(field)}</dt>
            <dd>{t.cascade.choices[settings[field] as keyof typeof t.cascade.choices] ?? settings[field]}</dd>
          </div>
        ) : null,
      )}
      {FIELDS[account.kind].secrets.map((name) => {
        const secret = account.secrets[name];
        return secret?.set ? (
          <div key={name}>
            <dt>{t.secrets[name]}</dt>
            <dd>{secret.ends_with ? t.endsWith(secret.ends_with) : t.isSet}</dd>
          </div>
        ) : null;
      })}
      {account.events !== null && (
        <div>
          <dt>{t.received}</dt>
          <dd>
            {number(account.events)}
            {account.last_event_at !== null && (
              <>
                {`, ${t.lastEvent} `}
                <When at={account.last_event_at} />
              </>
            )}
          </dd>
        </div>
      )}
      {(settings.region === "eu" || settings.region === "us") && (
        <div>
          <dt>{t.region}</dt>
          <dd>{t.regions[settings.region]}</dd>
        </div>
      )}
      <div>
        <dt>{t.changed}</dt>
        <dd>
          <When at={account.updated_at} />
        </dd>
      </div>
    </dl>
  );
}

/** The name of a setting. */
function nameOf(field: (typeof FIELDS)[IntegrationKind]["settings"][number]): string {
  return field in t.cascade.settings ? t.cascade.settings[field as keyof typeof t.cascade.settings] : t[field as "account_sid"];
}

function Answer({ answer }: { answer: IntegrationTest }) {
  const isGood = answer.outcome === "ok";
  return (
    <div class={isGood ? "notice" : "notice bad"}>
      <Icon name={isGood ? "tick" : "warning"} />
      <p>
        {answer.part !== null && <strong>{t.cascade.partOf(t.cascade.parts[answer.part])} </strong>}
        {answer.outcome === "ok" && answer.part === null && answer.status === null ? t.cascade.allThere : t.outcomes[answer.outcome]}{" "}
        <span class="meta">
          {!isGood && <span lang="en">{answer.detail} · </span>}
          {t.took(number(answer.took_ms))}
        </span>
      </p>
    </div>
  );
}

function ServiceForm(props: {
  kind: IntegrationKind;
  account: Integration | null;
  onCancel: () => void;
  onSaved: (now: Integration) => void;
  onStale: () => void;
}) {
  const { kind, account } = props;
  const fields = FIELDS[kind];
  const settings = (account?.settings ?? {}) as Partial<Settings>;
  const rules: Rules = {
    ...(kind === "twilio" ? { account_sid: { required: true } } : {}),
    ...(kind !== "twilio" && kind !== "cascade" && !account ? { api_key: { required: true } } : {}),
  };
  const draft = useDraft<Flat>({
    value: {
      account_sid: settings.account_sid ?? "",
      caller_id: settings.caller_id ?? "",
      sip_domain: settings.sip_domain ?? "",
      api_key_sid: settings.api_key_sid ?? "",
      base_url: settings.base_url ?? "",
      region: settings.region ?? "",
      recognizer: settings.recognizer ?? "deepgram",
      recognizer_url: settings.recognizer_url ?? "",
      recognizer_model: settings.recognizer_model ?? "",
      llm_base_url: settings.llm_base_url ?? "",
      llm_model: settings.llm_model ?? "",
      speech: settings.speech ?? "openai",
      speech_base_url: settings.speech_base_url ?? "",
      speech_model: settings.speech_model ?? "",
      speech_voice: settings.speech_voice ?? "",
      speech_format: settings.speech_format ?? "pcm",
      recognizer_key: "",
      llm_key: "",
      speech_key: "",
      api_key: "",
      auth_token: "",
      second_auth_token: "",
      api_key_secret: "",
      webhook_secret: "",
    },
    rules,
    follows: true,
    send: async (given) => {
      const filled = (names: readonly (keyof Flat)[]) =>
        Object.fromEntries(names.map((name) => [name, (given[name] ?? "").trim()]).filter(([, value]) => value !== ""));
      const body = { settings: filled([...fields.settings, "base_url", "region"]), secrets: filled(fields.secrets) };
      const now = await putInPlaceOf<Integration>(`/api/v1/integrations/${kind}`, account ?? NONE_YET, body, props.onStale);
      if (now) props.onSaved(now);
    },
  });
  useFirstField(draft.form);
  const [first, ...others] = fields.secrets;
  const region = (
    <SelectField
      draft={draft}
      name="region"
      label={t.region}
      hint={t.regionHint}
      none={t.regionUnknown}
      choices={[
        { value: "eu", label: t.regions.eu },
        { value: "us", label: t.regions.us },
      ]}
    />
  );
  if (kind === "cascade") {
    return (
      <RecordForm draft={draft} label={t.kinds[kind].name} onCancel={props.onCancel}>
        <CascadeParts draft={draft} keyOf={(name) => <SecretField draft={draft} name={name} account={account} />} />
        {region}
      </RecordForm>
    );
  }
  return (
    <RecordForm draft={draft} label={t.kinds[kind].name} onCancel={props.onCancel}>
      {kind === "twilio" && <TextField draft={draft} name="account_sid" label={t.account_sid} hint={t.account_sidHint} />}
      <SecretField draft={draft} name={first} account={account} />
      {kind === "twilio" && (
        <div class="pair">
          <TextField draft={draft} name="caller_id" type="tel" label={t.caller_id} hint={t.caller_idHint} />
          <TextField draft={draft} name="sip_domain" label={t.sip_domain} hint={t.sip_domainHint} />
        </div>
      )}
      <details>
        <summary class="open">
          <Icon name="next" size="small" />
          {t.more}
        </summary>
        <div class="record">
          {kind === "twilio" && <TextField draft={draft} name="api_key_sid" label={t.api_key_sid} hint={t.api_key_sidHint} />}
          {others.map((name) => (
            <SecretField key={name} draft={draft} name={name} account={account} />
          ))}
          {kind !== "twilio" && region}
          <TextField draft={draft} name="base_url" type="url" label={t.base_url} hint={t.base_urlHint} />
        </div>
      </details>
    </RecordForm>
  );
}

/** A key: the stored one is kept if nothing is typed. */
function SecretField({ draft, name, account }: { draft: Draft<Flat>; name: keyof Secrets; account: Integration | null }) {
  const was = account?.secrets[name];
  const hint = was?.set ? (was.ends_with ? t.keep(was.ends_with) : t.keepSome) : t.never;
  return (
    <TextField draft={draft} name={name} type="password" autocomplete="new-password" label={t.secrets[name]} hint={hint} />
  );
}
