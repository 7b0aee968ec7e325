// Where a floating window is, and how large: always inside the page, never too small, never too large. Pixels throughout.

/** A place and a size. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a window's size may be. */
export interface Limits {
  minWidth: number;
  minHeight: number;
  maxWidth: number;
  maxHeight: number;
}

/** The page that it must stay in. */
export interface View {
  width: number;
  height: number;
}

/** What stays free at each edge of the page. */
export const EDGE_PX = 8;

/** The box as it fits: its size first, then its place. */
export function fitted(box: Box, limits: Limits, view: View): Box {
  const width = sized(box.width, limits.minWidth, limits.maxWidth, view.width);
  const height = sized(box.height, limits.minHeight, limits.maxHeight, view.height);
  return { x: placed(box.x, width, view.width), y: placed(box.y, height, view.height), width, height };
}

/** A size between its bounds; of a page that is smaller than the least, all that there is. */
function sized(wanted: number, least: number, most: number, room: number): number {
  const free = room - 2 * EDGE_PX;
  return Math.round(Math.max(Math.min(least, free), Math.min(wanted, most, free)));
}

function placed(wanted: number, size: number, room: number): number {
  return Math.round(Math.max(EDGE_PX, Math.min(wanted, room - size - EDGE_PX)));
}

/** The box elsewhere. */
export function moved(box: Box, by: { x: number; y: number }): Box {
  return { ...box, x: box.x + by.x, y: box.y + by.y };
}

/** The box larger or smaller, by its lower right corner: what lies at the page's edge does not push the box away. */
export function resized(box: Box, by: { x: number; y: number }, view: View): Box {
  const width = Math.min(box.width + by.x, view.width - box.x - EDGE_PX);
  const height = Math.min(box.height + by.y, view.height - box.y - EDGE_PX);
  return { ...box, width, height };
}

/** Reads a box that was kept; null where there is none. */
export function readBox(text: string | null): Box | null {
  if (text === null) return null;
  try {
    const { x, y, width, height } = JSON.parse(text) as Partial<Box>;
    const all = [x, y, width, height];
    return all.every((value) => typeof value === "number" && Number.isFinite(value)) ? ({ x, y, width, height } as Box) : null;
  } catch {
    return null;
  }
}
