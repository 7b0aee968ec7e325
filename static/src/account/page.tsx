// `/account`: the signed-in user's name, e-mail address, password, second factor and sign-ins.
import { useEffect, useState } from "preact/hooks";
import { me, renewMe } from "../api/me";
import type { SignedIn, User } from "../api/model";
import { UserChange } from "../api/rules";
import { useFollowed } from "../app/followed";
import { initials } from "../app/initials";
import { RecordForm, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Heading, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { Ruled } from "../house/parts";
import { roleWords } from "../words/people";
import { Email } from "./email";
import { SecondFactor } from "./factor";
import { Password } from "./password";
import { SignIns } from "./sign-ins";
import { t } from "./words";

/** The page. */
export default function AccountPage() {
  const { user, organization } = me.value ?? { user: null, organization: null };
  const [turn, setTurn] = useState(0);
  useCurrentUser(user?.id);
  if (!user) return null;
  return (
    <div class="house-page account-page">
      <div class="head">
        <span class="face agent large" aria-hidden="true">
          {initials(user.name)}
        </span>
        <div>
          <Heading title={w.rooms.account}>{user.name}</Heading>
          <p class="soft">{t.signedInAs(roleWords[user.role], organization?.name ?? "")}</p>
        </div>
      </div>
      <ZoneNote />
      <Ruled title={t.you} text={t.youText}>
        {me.value?.permissions.includes("users_write") ? <Name id={user.id} /> : null}
        <Facts user={user} />
      </Ruled>
      <Email user={user} onChanged={() => setTurn((was) => was + 1)} />
      <Password email={user.email} onChanged={() => setTurn((was) => was + 1)} />
      <SecondFactor user={user} />
      <SignIns key={turn} />
    </div>
  );
}

/** Keeps the known user up to date. The server reports changes only to those who may read users; everybody else looks when they come back to the
 * page, for example from the mail with the link to a new address. */
function useCurrentUser(id: string | undefined): void {
  // Without an answer the page shows what it knows.
  const look = () => void renewMe().catch(() => undefined);
  useFollowed(id === undefined ? undefined : { what: "user", id }, look);
  useEffect(() => {
    const shown = () => {
      if (document.visibilityState === "visible") look();
    };
    document.addEventListener("visibilitychange", shown);
    return () => document.removeEventListener("visibilitychange", shown);
  }, []);
}

/** Replaces the known user with their current data; the page stays as it is. */
export function know(user: SignedIn): void {
  if (me.value) me.value = { ...me.value, user };
}

/** The user's name as the server has it: somebody else may have changed it since they signed in. */
function Name({ id }: { id: string }) {
  const loaded = useLoaded<User>(`/api/v1/users/${id}`, ["user"]);
  if (loaded.value) return <NameForm loaded={loaded} user={loaded.value} />;
  return loaded.fault === "" ? <Skeleton rows={2} /> : <Failed message={loaded.fault} onRetry={() => void loaded.again()} />;
}

function NameForm({ loaded, user }: { loaded: Loaded<User>; user: User }) {
  const draft = useDraft<Pick<User, "name" | "role" | "status">>({
    value: { name: user.name, role: user.role, status: user.status },
    rules: UserChange,
    // The request replaces the whole user: a role that somebody else assigns in the meantime must stay.
    follows: true,
    send: async (value) => {
      const saved = await putInPlaceOf<User>(`/api/v1/users/${user.id}`, user, value, () => void loaded.again());
      if (!saved) return;
      loaded.show(saved);
      know(saved);
    },
  });
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.name} onSaved={() => tell(t.nameSaved)}>
        <TextField draft={draft} name="name" label={t.name} autocomplete="name" />
      </RecordForm>
    </div>
  );
}

function Facts({ user }: { user: SignedIn }) {
  return (
    <dl class="facts">
      {!me.value?.permissions.includes("users_write") && (
        <div>
          <dt>{t.name}</dt>
          <dd>
            {user.name} <span class="meta">{t.nameBy}</span>
          </dd>
        </div>
      )}
      <div>
        <dt>{t.email}</dt>
        <dd>{user.email}</dd>
      </div>
      <div>
        <dt>{t.role}</dt>
        <dd>{roleWords[user.role]}</dd>
      </div>
      <div>
        <dt>{t.since}</dt>
        <dd>
          <When at={user.created_at} />
        </dd>
      </div>
      <div>
        <dt>{t.lastSignIn}</dt>
        <dd>{user.last_sign_in_at ? <When at={user.last_sign_in_at} /> : t.never}</dd>
      </div>
    </dl>
  );
}
