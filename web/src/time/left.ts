/**
 * How much time is left, and which hours count. Pure: `now` and the working spans are arguments.
 * Words live in `words.ts`; nothing here knows a language or a screen.
 */

/** Which hours a clock counts: `work` only within the calendar's working spans, `round` all of them. */
export type Pace = 'work' | 'round';

/** Late past its deadline, soon near it, fine before, hold while paused, none without a clock. */
export type Urgency = 'late' | 'soon' | 'fine' | 'hold' | 'none';

/** A stretch of working time, milliseconds UTC, `from` < `to`. Lists are sorted and do not overlap. */
export interface Span {
  from: number;
  to: number;
}

/** Below this much counted time a deadline is near: the two work hours of the desk's own habit. */
export const SOON_MS = 2 * 3_600_000;

/** Milliseconds of working time between two instants; 0 when `to` is not after `from`. */
export function workMs(spans: readonly Span[], from: number, to: number): number {
  let sum = 0;
  for (const s of spans) {
    if (s.to <= from) continue;
    if (s.from >= to) break;
    sum += Math.min(s.to, to) - Math.max(s.from, from);
  }
  return sum;
}

/** What is left of a clock. `ms` counts by `pace`; late ones are negative and counted round the clock. */
export interface Left {
  ms: number;
  pace: Pace;
  urgency: Urgency;
}

/** What is left until `due`. Working time that runs without a gap reads like ordinary time, so it is called that. */
export function leftUntil(due: number, pace: Pace, now: number, spans: readonly Span[]): Left {
  const wall = due - now;
  if (wall <= 0) return { ms: wall, pace: 'round', urgency: 'late' };
  const worked = pace === 'work' ? workMs(spans, now, due) : 0;
  const counted = worked > 0 ? worked : wall; // no working time known in between: the plain truth is better than "none"
  const urgency: Urgency = counted <= SOON_MS ? 'soon' : 'fine';
  return { ms: counted, pace: counted === wall ? 'round' : pace, urgency };
}

/** A working day where the calendar is not known. */
export const WORK_DAY_MS = 8 * 3_600_000;
