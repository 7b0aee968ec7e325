// The frame of the sign-in and registration pages.
import type { ComponentChildren } from "preact";
import { Mark } from "../app/icons";

/** The only card on the page. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="sign-in">
      <main class="sheet">
        <span class="brand">
          <Mark />
          Cordboard
        </span>
        {children}
      </main>
    </div>
  );
}
