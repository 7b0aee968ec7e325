// The way on from a page before sign-in.
import type { ComponentChildren } from "preact";
import { w } from "./words";

/** A link to another page. */
export function Way({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <nav class="ways" aria-label={w.other}>
      <a class="alone" href={href}>
        {children}
      </a>
    </nav>
  );
}
