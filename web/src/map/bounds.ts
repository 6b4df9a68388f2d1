/** The box around shapes, degrees. Pure. */
export type Box = [west: number, south: number, east: number, north: number];

type Position = readonly number[];
type Nested = Position | readonly Nested[];

function grow(box: Box, node: Nested): void {
  if (typeof node[0] === 'number') {
    const [x, y] = node as readonly [number, number];
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
    return;
  }
  for (const n of node as readonly Nested[]) grow(box, n);
}

/** `null` when there is nothing to put a box around. */
export function boxOf(features: readonly { geometry: { coordinates: unknown } }[]): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const f of features) grow(box, f.geometry.coordinates as Nested);
  return Number.isFinite(box[0]) ? box : null;
}

function inRing(at: Position, ring: readonly Position[]): boolean {
  const [x = 0, y = 0] = at;
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi = 0, yi = 0] = ring[i] ?? [];
    const [xj = 0, yj = 0] = ring[j] ?? [];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Whether a point lies in a shape; holes are outside. Good for a click, not for deciding whose place it is. */
export function holds(geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon, at: Position): boolean {
  const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return parts.some(([outer = [], ...holes]) => inRing(at, outer) && !holes.some((h) => inRing(at, h)));
}

/** Middle of a shape's box: good enough for a label. */
export function middle(feature: { geometry: { coordinates: unknown } }): [number, number] {
  const b = boxOf([feature]);
  return b ? [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2] : [0, 0];
}
