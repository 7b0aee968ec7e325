// API tokens: the list, and a new one, which is shown once.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { me } from "../api/me";
import type { ApiToken, MadeApiToken, Page, Permission, User } from "../api/model";
import { ApiTokenBody } from "../api/rules";
import { RecordForm, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { ALL, useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useAll, useLoaded } from "../app/load";
import { now } from "../app/now";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { focusPage, ShownOnce } from "../house/parts";
import { t } from "./words";

const PATH = "/api/v1/api-tokens";

type Group = keyof typeof t.groups;

/** The subject of each permission of a token, in the order of the form. A permission that is missing here is a type error, because nobody could grant
 * it. */
const GROUP_OF: Record<Permission, Group> = {
  calls_read: "calls",
  recordings_play: "calls",
  calls_annotate: "calls",
  calls_control: "calls",
  calls_supervise: "calls",
  profiles_read: "assistant",
  profiles_write: "assistant",
  dialling_read: "assistant",
  dialling_write: "assistant",
  business_read: "business",
  business_write: "business",
  customers_read: "customers",
  customers_write: "customers",
  leads_read: "customers",
  leads_write: "customers",
  appointments_read: "appointments",
  appointments_write: "appointments",
  messages_read: "messages",
  messages_send: "messages",
  floor_read: "floor",
  floor_write: "floor",
  callbacks_write: "floor",
  desk_use: "floor",
  dashboard_read: "house",
  audit_read: "house",
  users_read: "house",
  users_write: "house",
  integrations_read: "house",
  integrations_write: "house",
  tokens_write: "house",
  installation: "house",
};
const GROUPS = [...new Set(Object.values(GROUP_OF))];

/** The permissions of a subject. */
function permissionsOf(group: Group): Permission[] {
  return (Object.keys(GROUP_OF) as Permission[]).filter((permission) => GROUP_OF[permission] === group);
}

const LASTS = [30, 90, 365] as const;

/** Whether a permission only reads. */
function reads(permission: Permission): boolean {
  return permission.endsWith("_read") || permission === "recordings_play";
}

/** The view. */
export function Tokens() {
  const tokens = useLoaded<Page<ApiToken>>(PATH, ["api_token", "user"]);
  const users = useAll<User>("/api/v1/users", 200, ["user"]);
  const [makes, setMakes] = useState(false);
  const [made, setMade] = useState<MadeApiToken[]>([]);
  const forget = (id: string) => setMade((all) => all.filter((one) => one.id !== id));
  const all = tokens.value?.items ?? null;
  if (!all) {
    return tokens.fault === "" ? <Skeleton rows={6} /> : <Failed message={tokens.fault} onRetry={() => void tokens.again()} />;
  }
  const show = (items: ApiToken[]) => tokens.show({ items, next_cursor: null });
  const make = (
    <button type="button" class={made.length > 0 ? "" : "primary"} onClick={() => setMakes(true)}>
      <Icon name="add" />
      {t.makeToken}
    </button>
  );
  return (
    <>
      {made.map(({ id, name, token }) => (
        <ShownOnce key={id} name={t.tokenMade(name)} value={token} onDone={() => forget(id)}>
          <p class="meta">{t.tokenUse}</p>
        </ShownOnce>
      ))}
      {makes && (
        <section class="sheet" aria-labelledby="new-token">
          <div class="top">
            <h2 id="new-token">{t.makeToken}</h2>
          </div>
          <NewToken
            onCancel={() => {
              setMakes(false);
              focusPage();
            }}
            onMade={(token) => {
              const { token: _, ...known } = token;
              show([...all, known]);
              setMakes(false);
              setMade([...made, token]);
            }}
          />
        </section>
      )}
      {all.length === 0 && !makes && made.length === 0 && (
        <div class="empty">
          <h2 class="lede">{t.tokensNone}</h2>
          <p>{t.tokensNoneText}</p>
          <div class="acts">{make}</div>
        </div>
      )}
      {all.length > 0 && (
        <section aria-labelledby="all-tokens">
          <div class="head">
            <h2 id="all-tokens">{t.tokensLede(number(all.length), all.length)}</h2>
            {!makes && <div class="push">{make}</div>}
          </div>
          <ul class="things">
            {[...all].reverse().map((token) => (
              <Row
                key={token.id}
                token={token}
                by={users.value?.find(({ id }) => id === token.created_by)?.name ?? ""}
                onRevoked={() => {
                  show(all.filter(({ id }) => id !== token.id));
                  forget(token.id);
                }}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Row({ token, by, onRevoked }: { token: ApiToken; by: string; onRevoked: () => void }) {
  const [asks, setAsks] = useState(false);
  const isOver = token.expires_at !== null && Date.parse(token.expires_at) < now.value;
  const revoke = async () => {
    try {
      await change("DELETE", `${PATH}/${token.id}`);
      tell(t.revoked(token.name));
      onRevoked();
      focusPage();
    } catch (error) {
      tell(messageOf(error));
    }
  };
  return (
    <li>
      <div class="name">
        <bdi>{token.name}</bdi>
        <code class="plate">{token.prefix}…</code>
      </div>
      <dl class="short">
        <div>
          <dt>{t.column.used}</dt>
          <dd>{token.last_used_at ? <When at={token.last_used_at} /> : t.notUsed}</dd>
        </div>
        <div>
          <dt>{t.column.ends}</dt>
          <dd>
            {token.expires_at ? <When at={token.expires_at} /> : t.never}
            {isOver && ` (${t.ended})`}
          </dd>
        </div>
      </dl>
      <button type="button" class="danger" aria-label={t.revokeOf(token.name)} onClick={() => setAsks(true)}>
        {t.revoke}
      </button>
      <details>
        <summary class="open">
          <Icon name="next" size="small" />
          {t.column.may}: {t.mayN(number(token.scopes.length), token.scopes.length)}
        </summary>
        <ul class="scopes-read">
          {token.scopes.map((scope) => (
            <li key={scope}>{t.may[scope] ?? scope}</li>
          ))}
        </ul>
        {by !== "" && <p class="meta">{t.by(by)}</p>}
      </details>
      {asks && (
        <Confirm
          title={t.revokeTitle(token.name)}
          text={t.revokeText}
          verb={t.revoke}
          onClose={() => setAsks(false)}
          onYes={() => void revoke()}
        />
      )}
    </li>
  );
}

function NewToken({ onCancel, onMade }: { onCancel: () => void; onMade: (made: MadeApiToken) => void }) {
  const mine = me.value?.permissions ?? [];
  const draft = useDraft<{ name: string; scopes: Permission[]; expires_in_days: number | null }>({
    value: { name: "", scopes: [], expires_in_days: 90 },
    rules: ApiTokenBody,
    check: (value): Record<string, string> => (value.scopes.length === 0 ? { scopes: t.oneScope } : {}),
    send: async (body) => {
      const made = await change<MadeApiToken>("POST", PATH, body);
      if (made) onMade(made);
    },
  });
  useFirstField(draft.form);
  const first = useRef<HTMLInputElement>(null);
  const { scopes, expires_in_days } = draft.value;
  const turn = (scope: Permission, on: boolean) =>
    draft.set("scopes", on ? [...scopes, scope] : scopes.filter((one) => one !== scope));
  const fault = draft.faults.scopes ?? "";
  useEffect(() => {
    if (fault !== "" && draft.faults.name === undefined && draft.faults[ALL] === undefined) first.current?.focus();
  }, [fault]);
  let isFirst = true;
  return (
    <RecordForm draft={draft} verb={t.makeToken} label={t.makeToken} onCancel={onCancel}>
      <div class="pair">
        <TextField draft={draft} name="name" label={t.tokenName} hint={t.tokenNameHint} />
        <div class="field">
          <label for="token-lasts">{t.tokenLasts}</label>
          <select
            id="token-lasts"
            value={String(expires_in_days ?? "")}
            onChange={(event) => {
              const { value } = event.currentTarget;
              draft.set("expires_in_days", value === "" ? null : Number(value));
            }}
          >
            {LASTS.map((days) => (
              <option key={days} value={String(days)}>
                {days === 365 ? t.year : t.days(number(days))}
              </option>
            ))}
            <option value="">{t.ever}</option>
          </select>
        </div>
      </div>
      <fieldset class="scopes" aria-describedby="scopes-fault scopes-hint">
        <legend>{t.scopes}</legend>
        <div class="scopes-head">
          <p id="scopes-hint" class="hint">
            {t.scopesHint}
          </p>
          <button type="button" class="btn small" onClick={() => draft.set("scopes", mine.filter(reads))}>
            {t.allReads}
          </button>
          <button type="button" class="btn small quiet" onClick={() => draft.set("scopes", [])}>
            {t.noScopes}
          </button>
        </div>
        <p id="scopes-fault" class="error" role="alert">
          {fault}
        </p>
        <div class="groups">
          {GROUPS.map((group) => {
            const open = permissionsOf(group).filter((permission) => mine.includes(permission));
            if (open.length === 0) return null;
            return (
              <div key={group} class="group" role="group" aria-label={t.groups[group]}>
                <p class="caps">{t.groups[group]}</p>
                {open.map((permission) => {
                  const ref = isFirst ? { ref: first } : {};
                  isFirst = false;
                  return (
                    <label key={permission}>
                      <input
                        {...ref}
                        type="checkbox"
                        class="tick"
                        checked={scopes.includes(permission)}
                        onChange={(event) => turn(permission, event.currentTarget.checked)}
                      />
                      <span>{t.may[permission]}</span>
                    </label>
                  );
                })}
              </div>
            );
          })}
        </div>
      </fieldset>
    </RecordForm>
  );
}
