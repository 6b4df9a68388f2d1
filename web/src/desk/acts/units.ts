/** Which units can be asked to handle a case at a place, nearest first. Pure. */
import type { Ancestors, Level, Unit } from '../../api/types.ts';

/** From the place outward; the county's own departments do most of the work and stand before its streets. */
const ORDER: Level[] = ['county', 'township', 'community', 'grid', 'city'];

/**
 * Units whose area contains the place, the suggested one before the rest: a unit of another county
 * has nothing to do with a case here. Where the place is not known, all units are there. One that has ended
 * is never offered.
 */
export function unitsFor(all: Iterable<Unit>, areas: Ancestors | null, suggested: number | null): Unit[] {
  const around = new Set(Object.values(areas ?? {}).filter((a): a is number => typeof a === 'number'));
  const here = [...all].filter((u) => !u.ended && (around.size === 0 || around.has(u.area)));
  const rank = (u: Unit) => (u.id === suggested ? -1 : ORDER.indexOf(u.level));
  return here.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}
