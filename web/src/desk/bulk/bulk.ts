/** Acts that make sense for many cases at once, and which of the selected can take one. Pure. */
import type { ActName, Case } from '../../api/types.ts';
import { workingOn } from '../steps.ts';

/** More than this nobody oversees. */
export const MOST_BULK = 100;

/** In the order of the loop. Check and evidence are looked at case by case, so they are not here. */
export const BULK: readonly ActName[] = ['verify', 'refuse', 'merge', 'file', 'assign', 'accept', 'urge', 'suspend', 'resume', 'answer', 'note'];

export interface Fit {
  can: Case[];
  cannot: Case[];
  /** How many of those that cannot are at which step, 1 to 6. */
  at: Map<number, number>;
}

export function fit(cases: readonly Case[], act: ActName): Fit {
  const out: Fit = { can: [], cannot: [], at: new Map() };
  for (const c of cases) {
    if (c.legal.some((l) => l.act === act)) out.can.push(c);
    else {
      out.cannot.push(c);
      const at = workingOn(c);
      out.at.set(at, (out.at.get(at) ?? 0) + 1);
    }
  }
  return out;
}

/** The case the others are merged into unless another is chosen: the one reported first, for its clock began first. */
export function eldest(cases: readonly Pick<Case, 'id' | 'reported_at'>[]): string | null {
  let best: Pick<Case, 'id' | 'reported_at'> | null = null;
  for (const c of cases) if (!best || c.reported_at < best.reported_at) best = c;
  return best?.id ?? null;
}
