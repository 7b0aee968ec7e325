// The frame of the pages by which people come in.
import type { ComponentChildren } from "preact";
import { Mark } from "../app/icons";

/** The card that is alone. */
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
