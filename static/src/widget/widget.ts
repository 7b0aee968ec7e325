// `/widget.js`: the script that a page of another site loads. It puts a button on the page and makes no request before that is clicked.
//
// `<script src="https://.../widget.js" data-talk="TOKEN"></script>`, with the look as the console writes it: `data-position`, `data-accent`,
// `data-greeting`, and with the visitor's identity, as the site has signed it: `data-identity`. docs/widget.md has the other options.
import { isAway } from "../audio/away";
import { type Launcher, launcher } from "./launcher/launcher";

/** Set by build.mjs: the address of the window's script. */
declare const WIDGET_WINDOW: string;

/** The exports of the window's script. */
interface WindowModule {
  openWidget(launcher: Launcher, token: string, identity: () => string): () => void;
}

/** One widget per page, however often its script is loaded. */
const ONE = Symbol.for("cordboard.widget");

/** Keeps the widget on the page whatever happens to the body: some sites replace it without a page load. */
function stay(host: HTMLElement): void {
  let isDue = false;
  const look = () => {
    isDue = false;
    if (!host.isConnected) document.body?.append(host);
    if (document.body && watched !== document.body) {
      watched = document.body;
      watcher.observe(watched, { childList: true });
    }
  };
  // Not at once: a page that is rebuilding its body can finish first.
  const watcher = new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(look, 0);
  });
  let watched: HTMLElement | null = null;
  watcher.observe(document.documentElement, { childList: true });
  look();
}

/** The window's script at the server of `script`. After an update the server no longer has the one that a page of before names; the newest
 * `widget.js` names its successor. */
async function windowAt(script: string): Promise<WindowModule> {
  const known: string = WIDGET_WINDOW;
  const load = (path: string) => import(new URL(path, script).href) as Promise<WindowModule>;
  try {
    return await load(known);
  } catch (fault) {
    const newest = await (await fetch(script, { credentials: "omit", cache: "no-cache" })).text();
    const path = /\/assets\/widget-window-\w+\.js/.exec(newest)?.[0];
    if (!path || path === known) throw fault;
    return load(path);
  }
}

function begin(script: HTMLScriptElement): void {
  const place = window as unknown as Record<symbol, boolean>;
  const { talk, position, accent, greeting } = script.dataset;
  if (place[ONE] || !talk) return;
  place[ONE] = true;
  const look = { position: position === "left" ? ("left" as const) : ("right" as const), accent: accent ?? null, greeting: greeting ?? "" };
  // The element's value comes first: a page that changes without a reload sets it there when somebody signs in, and empties it when they sign out.
  const identity = () => host.dataset["identity"] ?? script.dataset["identity"] ?? "";
  const { host, button } = launcher(look, async (made) => {
    const { openWidget } = await windowAt(script.src);
    return openWidget(made, talk, identity);
  });
  const appear = () => {
    stay(host);
    // A page that was reloaded during a call opens its window, and resumes the call.
    if (isAway(talk)) button.click();
  };
  if (document.body) appear();
  else addEventListener("DOMContentLoaded", appear, { once: true });
}

const own = document.currentScript ?? document.querySelector("script[data-talk]");
if (own instanceof HTMLScriptElement) begin(own);
