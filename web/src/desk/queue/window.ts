/** Which lines of a long list are on screen: rows of one height, heads of another. Pure. */

export const ROW_PX = 32;
/** On a phone a row is three lines that a thumb can hit. */
export const TALL_PX = 78;
export const HEAD_PX = 26;

/** Top of every line and, last, the height of all. */
export function tops(isHead: readonly boolean[], rowPx = ROW_PX): Float64Array {
  const out = new Float64Array(isHead.length + 1);
  for (let i = 0; i < isHead.length; i++) out[i + 1] = (out[i] ?? 0) + (isHead[i] ? HEAD_PX : rowPx);
  return out;
}

/** First and one-past-last line to draw for a scroll position, with some lines to spare on both sides. */
export function visible(top: Float64Array, scroll: number, height: number, spare = 8): [number, number] {
  const n = top.length - 1;
  if (n <= 0) return [0, 0];
  const first = lineAt(top, Math.max(0, scroll));
  const last = lineAt(top, Math.max(0, scroll + height));
  return [Math.max(0, first - spare), Math.min(n, last + 1 + spare)];
}

/** The line that covers a pixel, by halving. */
export function lineAt(top: Float64Array, y: number): number {
  let lo = 0;
  let hi = top.length - 2;
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if ((top[mid] ?? 0) <= y) lo = mid;
    else hi = mid - 1;
  }
  return Math.max(0, lo);
}
