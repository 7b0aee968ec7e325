// The telephone in this browser for the agent: signing in at the switch, and its state.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { me } from "../../api/me";
import { hasEnded } from "../../api/session";
import { Icon } from "../../app/icons";
import { mine } from "../store";
import { w } from "../words/parts";
import { forgetAccount, keepAccount, keptAccount } from "./account";
import { answer, calling, earLevel, fault, refusal, reject, signIn, signOut, standing } from "./phone";

/** Above this level the other side is speaking. */
const HEARD = 0.02;

/** For agents who talk on the phone at their extension, if the switch accepts browsers. */
export function Softphone() {
  const [isChosen, setChosen] = useState(() => keptAccount() !== null);
  const mayUse = mine.value?.audio === "phone" && me.value?.softphone != null;
  const isHere = !hasEnded.value;
  useEffect(() => {
    const kept = keptAccount();
    if (mayUse && isHere && kept && standing.peek() === "off") signIn(kept);
  }, [mayUse, isHere]);
  if (!mayUse) return null;
  if (isChosen) return <Telephone onClose={() => setChosen(false)} />;
  return (
    <section class="softphone panel" aria-label={w.softphone.name}>
      <button type="button" onClick={() => setChosen(true)}>
        <Icon name="calls" />
        {w.softphone.choose}
      </button>
    </section>
  );
}

function Telephone({ onClose }: { onClose: () => void }) {
  const close = () => {
    forgetAccount();
    signOut();
    onClose();
  };
  const { value } = standing;
  return (
    <section class="softphone panel" aria-label={w.softphone.name}>
      <div class="top">
        <h2>{w.softphone.name}</h2>
        <button type="button" class="plain push" onClick={close}>
          {value === "off" ? w.softphone.close : w.softphone.signOut}
        </button>
      </div>
      {value === "off" ? (
        <SignIn />
      ) : (
        <p role="status" class="with-icon">
          <Icon name={value === "ready" || value === "talking" ? "calls" : value === "ringing" ? "ring" : "wait"} />
          {value === "ringing" ? w.softphone.rings(calling.value) : value === "ready" ? w.softphone.ready(mine.value?.extension ?? "") : w.softphone.stands[value]}
        </p>
      )}
      {fault.value !== "" && (
        <p class="error" role="alert">
          {fault.value}
        </p>
      )}
      {value === "ringing" && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => void answer()}>
            <Icon name="calls" />
            {w.softphone.answer}
          </button>
          <button type="button" onClick={reject}>
            {w.softphone.reject}
          </button>
        </div>
      )}
      {value === "talking" && (
        <p class="meta">
          <meter class="meter" aria-label={w.softphone.level} min={0} max={1} value={Math.min(1, earLevel.value)} />
          {earLevel.value > HEARD ? w.softphone.speaking : w.softphone.silent}
        </p>
      )}
    </section>
  );
}

function SignIn() {
  const [user, password] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const [userId, passwordId] = [useId(), useId()];
  const submit = (event: Event) => {
    event.preventDefault();
    const account = { user: user.current?.value.trim() ?? "", password: password.current?.value ?? "" };
    if (account.user === "") return user.current?.focus();
    keepAccount(account);
    signIn(account);
  };
  const refused = refusal.value;
  return (
    <form onSubmit={submit}>
      <p class="soft">{w.softphone.hint}</p>
      <label for={userId}>{w.softphone.user}</label>
      <input ref={user} id={userId} autocomplete="username" required defaultValue={mine.value?.extension ?? ""} />
      <label for={passwordId}>{w.softphone.password}</label>
      <input ref={password} id={passwordId} type="password" autocomplete="current-password" />
      {refused !== null && (
        <p class="error" role="alert">
          {refused === "" ? w.softphone.wrongAccount : w.softphone.refused(refused)}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary">
          {w.softphone.signIn}
        </button>
      </div>
    </form>
  );
}
