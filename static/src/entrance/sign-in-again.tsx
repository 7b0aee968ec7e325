// Signing in again over a page whose session has ended. What was typed there stays, and is hidden until its user is back.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { askSession, know, session } from "../api/session";
import { Mark } from "../app/icons";
import { Confirm } from "../app/parts";
import { w as frame } from "../app/words";
import { AdminToken } from "./admin-token";
import { SignInSteps } from "./login";
import { w } from "./words";

/** The window, which covers the page. It closes once somebody has signed in, here or in another window of this browser. */
export function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [title, text] = [useId(), useId()];
  const [leaves, setLeaves] = useState(false);
  const user = session.value?.user;
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The address is filled in.
    const fields = [...(shown?.querySelectorAll("input") ?? [])];
    fields.find(({ value }) => value === "")?.focus();
    return () => shown?.close();
  }, []);
  useEffect(() => {
    // Each sign-in is noted in the storage that the windows share.
    const look = () => void askSession();
    addEventListener("storage", look);
    return () => removeEventListener("storage", look);
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sign-in-again"
      aria-labelledby={title}
      aria-describedby={text}
      onCancel={(event) => {
        event.preventDefault();
        setLeaves(true);
      }}
      // A browser may close it on the second Esc without asking.
      onClose={() => dialog.current?.showModal()}
    >
      <div class="sign-in">
        <div class="sheet">
          <span class="brand">
            <Mark />
            Cordboard
          </span>
          <h2 id={title}>{w.again.title}</h2>
          <p id={text}>{w.again.text}</p>
          <SignInSteps email={user?.email}>
            <div class="ways">
              <a class="alone" href="/login" target="_blank">
                {w.again.elsewhere}
              </a>
              <button type="button" class="plain" onClick={() => setLeaves(true)}>
                {w.again.leave}
              </button>
            </div>
            {!user && <AdminToken />}
          </SignInSteps>
        </div>
      </div>
      {leaves && (
        <Confirm
          title={w.again.leaves}
          text={w.again.lost}
          verb={w.again.leave}
          no={frame.form.stay}
          onClose={() => setLeaves(false)}
          // main.tsx goes to the sign-in page.
          onYes={() => know(null)}
        />
      )}
    </dialog>
  );
}
