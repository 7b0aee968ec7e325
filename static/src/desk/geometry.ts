// The position and size of a floating window: always inside the page and within its size limits. All values in pixels.

/** A position and a size. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The limits of a window's size. */
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

/** The margin that stays free at each edge of the page. */
export const EDGE_PX = 8;

/** The box fitted into the page: first its size, then its position. */
export function fitted(box: Box, limits: Limits, view: View): Box {
  const width = sized(box.width, limits.minWidth, limits.maxWidth, view.width);
  const height = sized(box.height, limits.minHeight, limits.maxHeight, view.height);
  return { x: placed(box.x, width, view.width), y: placed(box.y, height, view.height), width, height };
}

/** A size within its bounds; in a page smaller than the minimum, all the room there is. */
function sized(wanted: number, least: number, most: number, room: number): number {
  const free = room - 2 * EDGE_PX;
  return Math.round(Math.max(Math.min(least, free), Math.min(wanted, most, free)));
}

function placed(wanted: number, size: number, room: number): number {
  return Math.round(Math.max(EDGE_PX, Math.min(wanted, room - size - EDGE_PX)));
}

/** The box at another position. */
export function moved(box: Box, by: { x: number; y: number }): Box {
  return { ...box, x: box.x + by.x, y: box.y + by.y };
}

/** The box resized by its lower right corner: the page's edge does not push the box away. */
export function resized(box: Box, by: { x: number; y: number }, view: View): Box {
  const width = Math.min(box.width + by.x, view.width - box.x - EDGE_PX);
  const height = Math.min(box.height + by.y, view.height - box.y - EDGE_PX);
  return { ...box, width, height };
}

/** Reads a stored box; null if there is none. */
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

/** Whether two boxes share a pixel. */
function overlaps(one: Box, other: Box): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

/** The nearest position, with the same or a smaller size, that covers none of `kept`; null if the page has no room for the minimum size. `towards` is
 * the direction in which the user moves the box: it goes past what is in its way. */
export function clearOf(box: Box, limits: Limits, view: View, kept: readonly Box[], towards?: { x: number; y: number }): Box | null {
  const wanted = fitted(box, limits, view);
  const isFree = (place: Box) => !kept.some((other) => overlaps(place, other));
  if (isFree(wanted)) return wanted;
  const free = { width: view.width - 2 * EDGE_PX, height: view.height - 2 * EDGE_PX };
  const least = { width: Math.min(limits.minWidth, free.width), height: Math.min(limits.minHeight, free.height) };
  for (const size of [wanted, { width: wanted.width, height: least.height }, { width: least.width, height: wanted.height }, least]) {
    const places = adjacent(kept, wanted, size, view).filter(isFree);
    const ahead = towards ? places.filter(({ x, y }) => (x - wanted.x) * towards.x + (y - wanted.y) * towards.y > 0) : [];
    const nearest = nearestTo(wanted, ahead.length > 0 ? ahead : places);
    if (nearest) return nearest;
  }
  return null;
}

/** The positions of a box of this size that touch one of `kept`, or an edge of the page. */
function adjacent(kept: readonly Box[], wanted: Box, { width, height }: { width: number; height: number }, view: View): Box[] {
  const xs = [wanted.x, EDGE_PX, view.width - width - EDGE_PX, ...kept.flatMap(({ x, width: w }) => [x - width, x + w])];
  const ys = [wanted.y, EDGE_PX, view.height - height - EDGE_PX, ...kept.flatMap(({ y, height: h }) => [y - height, y + h])];
  return xs.flatMap((x) => ys.map((y) => ({ x: Math.round(x), y: Math.round(y), width, height }))).filter(
    ({ x, y }) => x >= EDGE_PX && y >= EDGE_PX && x + width <= view.width - EDGE_PX && y + height <= view.height - EDGE_PX,
  );
}

function nearestTo(wanted: Box, places: readonly Box[]): Box | null {
  const farness = ({ x, y }: Box) => Math.hypot(x - wanted.x, y - wanted.y);
  return places.reduce<Box | null>((best, place) => (best && farness(best) <= farness(place) ? best : place), null);
}
