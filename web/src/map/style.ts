/** Colours and marks of the map: read from the tokens, so that light and dark come from one place. No words, no data. */

/** Counts per grid where the shade changes: 0, 1, 2-3, 4-6, 7 and more. */
export const STEPS = [0, 1, 2, 4, 7] as const;
const SHADES = ['--seq-0', '--seq-1', '--seq-2', '--seq-3', '--seq-4'] as const;

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The five shades for counts, lightest first. */
export function shades(): string[] {
  return SHADES.map(token);
}

/** The label of each shade in the legend. */
export const STEP_LABELS = ['0', '1', '2–3', '4–6', '7+'] as const;

type Shape = 'late' | 'soon' | 'fine';

/** A mark drawn for the map: the same shape as in the list, with a rim of paper so that it stands on any shade. */
export function drawMark(shape: Shape, px: number): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = px;
  const g = canvas.getContext('2d');
  if (!g) return new ImageData(px, px);
  const k = px / 16;
  g.beginPath();
  if (shape === 'late') {
    g.moveTo(8 * k, 2 * k);
    g.lineTo(14.500 * k, 13.500 * k);
    g.lineTo(1.500 * k, 13.500 * k);
  } else if (shape === 'soon') {
    g.moveTo(8 * k, 1.500 * k);
    g.lineTo(14.500 * k, 8 * k);
    g.lineTo(8 * k, 14.500 * k);
    g.lineTo(1.500 * k, 8 * k);
  } else {
    g.arc(8 * k, 8 * k, 4.500 * k, 0, 2 * Math.PI);
  }
  g.closePath();
  g.lineJoin = 'round';
  g.lineWidth = 2.500 * k;
  g.strokeStyle = token('--paper');
  g.stroke();
  g.fillStyle = token(`--${shape}`);
  g.fill();
  return g.getImageData(0, 0, px, px);
}
