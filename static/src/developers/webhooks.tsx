// Webhooks: the addresses that receive events, their secrets, and the deliveries to each.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Delivery, EventKind, Page, Webhook, WebhookWithSecret } from "../api/model";
import { WebhookBody } from "../api/rules";
import { RecordForm, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { go, query } from "../app/router";
import { tell } from "../app/toasts";
import { DeliveryLog, eventWords } from "../house/deliveries";
import { focusPage, Lamp, ShownOnce } from "../house/parts";
import { t } from "./words";

const PATH = "/api/v1/webhooks";
const EVENTS: EventKind[] = [
  "call.started",
  "call.ended",
  "lead.created",
  "appointment.booked",
  "appointment.moved",
  "appointment.cancelled",
  "handoff.failed",
  "recording.ready",
  "alarm.raised",
];

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** The view. The webhook whose log is open is in the address. */
export function Webhooks() {
  const webhooks = useLoaded<Page<Webhook>>(PATH, ["webhook"]);
  const [makes, setMakes] = useState(false);
  const [made, setMade] = useState<WebhookWithSecret[]>([]);
  const forget = (id: string) => setMade((all) => all.filter((one) => one.id !== id));
  const showSecret = (of: WebhookWithSecret) => setMade((all) => [...all.filter(({ id }) => id !== of.id), of]);
  const all = webhooks.value?.items ?? null;
  const writes = may("integrations_write") === true;
  if (!all) {
    return webhooks.fault === "" ? (
      <Skeleton rows={6} />
    ) : (
      <Failed message={webhooks.fault} onRetry={() => void webhooks.again()} />
    );
  }
  const show = (items: Webhook[]) => webhooks.show({ items, next_cursor: null });
  const shown = new URLSearchParams(query.value).get("log");
  const make = writes && (
    <button type="button" class={made.length > 0 ? "" : "primary"} onClick={() => setMakes(true)}>
      <Icon name="add" />
      {t.makeWebhook}
    </button>
  );
  return (
    <>
      {made.map(({ id, url, secret }) => (
        <ShownOnce key={id} name={t.secretOf(hostOf(url))} value={secret} onDone={() => forget(id)}>
          <p class="meta">{t.secretUse}</p>
        </ShownOnce>
      ))}
      {makes && (
        <section class="sheet" aria-labelledby="new-webhook">
          <div class="top">
            <h2 id="new-webhook">{t.makeWebhook}</h2>
          </div>
          <WebhookForm
            value={{ url: "", events: ["call.ended"], enabled: true }}
            verb={t.makeWebhook}
            send={async (body) => {
              const answer = await change<WebhookWithSecret>("POST", PATH, body);
              if (!answer) return;
              const { secret: _, ...known } = answer;
              show([...all, known]);
              setMakes(false);
              showSecret(answer);
            }}
            onCancel={() => {
              setMakes(false);
              focusPage();
            }}
          />
        </section>
      )}
      {all.length === 0 && !makes && made.length === 0 && (
        <div class="empty">
          <h2 class="lede">{t.webhooksNone}</h2>
          <p>{t.webhooksNoneText}</p>
          {make && <div class="acts">{make}</div>}
        </div>
      )}
      {all.length > 0 && (
        <section aria-labelledby="all-webhooks">
          <div class="head">
            <h2 id="all-webhooks">{t.webhooksLede(number(all.length), all.length)}</h2>
            {!makes && make && <div class="push">{make}</div>}
          </div>
          <ul class="things">
            {all.map((webhook) => (
              <Row
                key={webhook.id}
                webhook={webhook}
                writes={writes}
                isShown={shown === webhook.id}
                onChanged={(now) => show(all.map((one) => (one.id === now.id ? now : one)))}
                onSecret={showSecret}
                onStale={() => void webhooks.again()}
                onRemoved={() => {
                  show(all.filter(({ id }) => id !== webhook.id));
                  forget(webhook.id);
                }}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** `onStale` reloads the webhook when somebody else has changed it. */
function Row(props: {
  webhook: Webhook;
  writes: boolean;
  isShown: boolean;
  onChanged: (now: Webhook) => void;
  onStale: () => void;
  onSecret: (made: WebhookWithSecret) => void;
  onRemoved: () => void;
}) {
  const { webhook, writes, isShown } = props;
  const { id, url, events, enabled, off_reason, failing_since } = webhook;
  const [asks, setAsks] = useState<"secret" | "remove" | null>(null);
  const [edits, setEdits] = useState(false);
  const act = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      tell(messageOf(error));
    }
  };
  const put = (body: Body) => putInPlaceOf<Webhook>(`${PATH}/${id}`, webhook, body, props.onStale);
  const turn = () =>
    act(async () => {
      const now = await put({ url, events, enabled: !enabled });
      if (now) props.onChanged(now);
      tell(enabled ? t.isOff : t.isOn);
    });
  const agreed = () =>
    act(async () => {
      if (asks === "remove") {
        await change("DELETE", `${PATH}/${id}`);
        tell(t.removed);
        props.onRemoved();
        focusPage();
      } else {
        const made = await change<WebhookWithSecret>("POST", `${PATH}/${id}/secret`);
        if (made) props.onSecret(made);
      }
    });
  const [tests, setTests] = useState(0);
  const test = () =>
    act(async () => {
      await change<Delivery>("POST", `${PATH}/${id}/test`);
      tell(t.testSent);
      // The log is opened, or reloaded.
      setTests((was) => was + 1);
      if (!isShown) go(`/developers?show=webhooks&log=${id}`);
    });
  const turnLog = () => go(isShown ? "/developers?show=webhooks" : `/developers?show=webhooks&log=${id}`);
  return (
    <li class="webhook">
      <div class="name">
        <span class="url" dir="ltr">
          {url}
        </span>
        <Lamp is={enabled ? (failing_since ? "bad" : "on") : "off"}>{enabled ? t.on : t.off}</Lamp>
      </div>
      <ul class="told-of">
        {events.map((event) => (
          <li key={event}>
            {eventWords(event)}
          </li>
        ))}
      </ul>
      {off_reason && <p class="notice bad">{t.offReason(off_reason)}</p>}
      {!off_reason && failing_since && (
        <p class="notice warn">
          <span>
            {t.failingSince} <When at={failing_since} />.
          </span>
        </p>
      )}
      {edits ? (
        <WebhookForm
          value={{ url, events, enabled }}
          send={async (body) => {
            const now = await put(body);
            if (now) props.onChanged(now);
            tell(t.webhookSaved);
            setEdits(false);
            focusPage();
          }}
          onCancel={() => {
            setEdits(false);
            focusPage();
          }}
        />
      ) : (
        <p class="acts">
          <button type="button" aria-expanded={isShown} aria-label={t.logOf(url)} onClick={turnLog}>
            <Icon name="audit" />
            {t.log}
          </button>
          {writes && (
            <>
              {enabled && (
                <button type="button" aria-label={t.testOf(url)} onClick={() => void test()}>
                  <Icon name="send" />
                  {t.test}
                </button>
              )}
              <button type="button" aria-label={enabled ? t.turnOffOf(url) : t.turnOnOf(url)} onClick={() => void turn()}>
                {enabled ? t.turnOff : t.turnOn}
              </button>
              <button type="button" class="plain" aria-label={t.changeOf(url)} onClick={() => setEdits(true)}>
                {t.change}
              </button>
              <button type="button" class="plain" aria-label={t.newSecretOf(url)} onClick={() => setAsks("secret")}>
                {t.newSecret}
              </button>
              <button type="button" class="plain" aria-label={t.removeOf(url)} onClick={() => setAsks("remove")}>
                {t.removeWebhook}
              </button>
            </>
          )}
        </p>
      )}
      {isShown && (
        <section class="log-of" aria-label={t.logOf(url)}>
          <DeliveryLog
            key={tests}
            path={`${PATH}/${id}/deliveries`}
            none={t.logNone}
            {...(writes
              ? {
                  onAgain: async (delivery: Delivery) => {
                    try {
                      const now = await change<Delivery>("POST", `${PATH}/${id}/deliveries/${delivery.id}/redeliver`);
                      tell(t.sentAgain);
                      return now;
                    } catch (error) {
                      tell(messageOf(error));
                      return null;
                    }
                  },
                }
              : {})}
          />
        </section>
      )}
      {asks && (
        <Confirm
          title={asks === "remove" ? t.removeTitle(hostOf(url)) : t.secretTitle}
          text={asks === "remove" ? t.removeText : t.secretText}
          verb={asks === "remove" ? t.removeWebhook : t.secretVerb}
          onClose={() => setAsks(null)}
          onYes={() => void agreed()}
        />
      )}
    </li>
  );
}

interface Body {
  url: string;
  events: EventKind[];
  enabled: boolean;
}

function WebhookForm(props: { value: Body; verb?: string; send: (body: Body) => Promise<void>; onCancel: () => void }) {
  const draft = useDraft<Body>({
    value: props.value,
    rules: WebhookBody,
    follows: true,
    check: (value): Record<string, string> => (value.events.length === 0 ? { events: t.oneEvent } : {}),
    send: props.send,
  });
  const first = useRef<HTMLInputElement>(null);
  useFirstField(draft.form);
  const { events } = draft.value;
  const fault = draft.faults.events ?? "";
  useEffect(() => {
    if (fault !== "" && draft.faults.url === undefined) first.current?.focus();
  }, [fault]);
  return (
    <RecordForm draft={draft} label={t.makeWebhook} onCancel={props.onCancel} {...(props.verb ? { verb: props.verb } : {})}>
      <TextField draft={draft} name="url" type="url" label={t.url} hint={t.urlHint} />
      <fieldset name="events" class="scopes" aria-describedby="events-fault">
        <legend>{t.events}</legend>
        <p id="events-fault" class="error" role="alert">
          {fault}
        </p>
        <div class="groups">
          {EVENTS.map((event, at) => (
            <label key={event}>
              <input
                {...(at === 0 ? { ref: first } : {})}
                type="checkbox"
                class="tick"
                checked={events.includes(event)}
                onChange={({ currentTarget }) =>
                  draft.set("events", currentTarget.checked ? [...events, event] : events.filter((one) => one !== event))
                }
              />
              <span>
                {eventWords(event)} <code class="meta">{event}</code>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
    </RecordForm>
  );
}
