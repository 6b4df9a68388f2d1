import { describe, expect, it } from 'vitest';
import { leftUntil, workMs, type Span } from './left.ts';

const at = (iso: string) => Date.parse(`${iso}+08:00`);
/** Wednesday 30 September 2026 and the first working day after the holiday. */
const spans: Span[] = [
  { from: at('2026-09-30T08:30'), to: at('2026-09-30T12:00') },
  { from: at('2026-09-30T14:00'), to: at('2026-09-30T17:30') },
  { from: at('2026-10-08T08:30'), to: at('2026-10-08T12:00') },
  { from: at('2026-10-08T14:00'), to: at('2026-10-08T17:30') },
];

describe('time left', () => {
  it('does not count the holiday', () => {
    expect(workMs(spans, at('2026-09-30T15:42'), at('2026-10-08T08:57'))).toBe(135 * 60_000);
  });
  it('is nothing backwards', () => {
    expect(workMs(spans, at('2026-10-08T09:00'), at('2026-09-30T09:00'))).toBe(0);
  });
  it('reads like ordinary time while work runs without a gap', () => {
    const left = leftUntil(at('2026-09-30T16:04'), 'work', at('2026-09-30T15:42'), spans);
    expect(left).toEqual({ ms: 22 * 60_000, pace: 'round', urgency: 'soon' });
  });
  it('says working time once a gap lies between', () => {
    const left = leftUntil(at('2026-10-08T09:00'), 'work', at('2026-09-30T15:42'), spans);
    expect(left.pace).toBe('work');
    expect(left.ms).toBe((108 + 30) * 60_000);
  });
  it('counts the night for a clock that runs round it', () => {
    const left = leftUntil(at('2026-09-30T20:44'), 'round', at('2026-09-30T15:42'), spans);
    expect(left.ms).toBe(302 * 60_000);
  });
  it('is late from the very instant', () => {
    expect(leftUntil(at('2026-09-30T15:42'), 'work', at('2026-09-30T15:42'), spans).urgency).toBe('late');
  });
});
