// The widget's button in a shadow root, which no style of the page reaches. It makes no request: the click loads the rest.
import { language } from "../../app/language";
import { colour, type Look, textOn } from "./look";
import { STYLE } from "./style";
import { w } from "./words";

/** A widget on a page. */
export interface Launcher {
  /** The element that is on the page. */
  host: HTMLElement;
  root: ShadowRoot;
  /** The element of the window. */
  panel: HTMLElement;
  button: HTMLButtonElement;
  /** Applies another look. */
  wear(look: Look): void;
  /** Shows whether the window is open, and whether a call continues in it. */
  show(now: { isOpen: boolean; isLive: boolean }): void;
}

/** Creates the button. The first click has `open` load the rest, and each click calls the function that it returns. */
export function launcher(look: Look, open: (launcher: Launcher) => Promise<() => void>): Launcher {
  const host = document.createElement("cordboard-talk");
  host.lang = language;
  const root = host.attachShadow({ mode: "open" });
  const worn = new CSSStyleSheet();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [worn, sheet];

  const widget = element("div", "widget");
  // A separate landmark: it belongs to none of the page's.
  widget.setAttribute("role", "region");
  const panel = element("div", "panel");
  const note = element("p", "note");
  note.setAttribute("role", "status");
  const button = element("button", "launch");
  button.type = "button";
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  button.part.add("button");
  const label = element("span", "label");
  // The site's text, in any script.
  label.dir = "auto";
  button.append(speechBubble(), label);
  widget.append(panel, note, button);
  root.append(widget);

  const made: Launcher = {
    host,
    root,
    panel,
    button,
    wear({ position, accent, greeting }) {
      host.dataset["position"] = position === "left" ? "left" : "right";
      label.textContent = greeting || w.talk;
      widget.setAttribute("aria-label", label.textContent);
      const own = colour(accent);
      worn.replaceSync(own ? `:host { --_console-accent: ${own}; --_console-on-accent: ${textOn(own)}; }` : "");
    },
    show({ isOpen, isLive }) {
      button.setAttribute("aria-expanded", `${isOpen}`);
      button.classList.toggle("live", isLive && !isOpen);
      if (isLive) button.setAttribute("aria-label", w.inCall(label.textContent ?? ""));
      else button.removeAttribute("aria-label");
    },
  };
  made.wear(look);
  let toggle: (() => void) | null = null;
  button.addEventListener("click", () => {
    if (toggle !== null) {
      toggle();
      return;
    }
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    note.textContent = "";
    open(made)
      .then((ready) => {
        toggle = ready;
        toggle();
      })
      .catch(() => {
        note.textContent = w.unreachable;
      })
      .finally(() => button.removeAttribute("aria-busy"));
  });
  return made;
}

/** Creates an element of this class. */
function element<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

function speechBubble(): SVGElement {
  const svg = (tag: string, attributes: Record<string, string>) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const stroke = { fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" };
  const sign = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", ...stroke });
  sign.append(svg("path", { d: "M21 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 21 12Z" }), svg("path", { d: "M9 10.5v3M13 9v6M17 10.5v3" }));
  return sign as SVGElement;
}
