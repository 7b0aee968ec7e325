// The areas that a floating window must not cover: some parts of the page, and the focused element.
import { useEffect, useState } from "preact/hooks";
import type { Box, Limits } from "./geometry";

/** The areas of all elements that `selector` matches and of the focused element, except those inside `own`; empty without a selector. A focused
 * element that is larger than the smallest window can't be hidden completely, and need not be free. The areas are measured again whenever they may
 * have changed. */
export function useKeptFree(selector: string | null, own: { current: Element | null }, limits: Limits): readonly Box[] {
  const { minWidth, minHeight } = limits;
  const [places, setPlaces] = useState<readonly Box[]>([]);
  useEffect(() => {
    if (selector === null) return;
    let frame = 0;
    const look = () => {
      const placesOf = (elements: Iterable<Element>) =>
        [...elements].filter((element) => !own.current?.contains(element)).flatMap(placeOf);
      const focused = document.activeElement;
      const isSmall = ({ width, height }: Box) => width < minWidth || height < minHeight;
      const ofFocus = focused && focused !== document.body ? placesOf([focused]).filter(isSmall) : [];
      const now = [...placesOf(document.querySelectorAll(selector)), ...ofFocus];
      setPlaces((before) => (JSON.stringify(before) === JSON.stringify(now) ? before : now));
    };
    const lookSoon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    };
    const sizes = new ResizeObserver(lookSoon);
    sizes.observe(document.body);
    const changes = new MutationObserver(lookSoon);
    changes.observe(document.body, { childList: true, subtree: true });
    addEventListener("scroll", lookSoon, { capture: true, passive: true });
    for (const kind of ["focusin", "focusout", "resize"]) addEventListener(kind, lookSoon);
    look();
    return () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      changes.disconnect();
      removeEventListener("scroll", lookSoon, { capture: true });
      for (const kind of ["focusin", "focusout", "resize"]) removeEventListener(kind, lookSoon);
    };
  }, [selector, own, minWidth, minHeight]);
  return places;
}

/** The box of an element on the page, in pixels; empty if it is not visible. */
function placeOf(element: Element): Box[] {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const [width, height] = [Math.min(innerWidth, right) - x, Math.min(innerHeight, bottom) - y];
  return width > 0 && height > 0 ? [{ x, y, width, height }] : [];
}
