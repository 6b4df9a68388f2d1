import { describe, expect, it } from 'vitest';
import type { CaseRow, Due } from '../../api/types.ts';
import { byDue, groupOf, lines } from './groups.ts';
import { HEAD_PX, lineAt, ROW_PX, tops, visible } from './window.ts';

const at = (iso: string) => Date.parse(`${iso}+08:00`);
const now = at('2026-09-30T15:42');
const day = { endsAt: at('2026-09-30T17:30'), leftMs: 0, nextAt: at('2026-10-08T08:30'), daysOff: 7, holiday: null };
const endOfNext = at('2026-10-08T17:30');
const aCase = (due: string | null, over: Partial<CaseRow> = {}): CaseRow =>
  ({ id: due ?? 'none', state: 'open', due: due ? ({ at: `${due}+08:00` } as Due) : null, ...over }) as CaseRow;
const group = (c: CaseRow) => groupOf(c, now, day, endOfNext);

describe('the queue as the work day sees it', () => {
  it('puts each case where it can still be moved', () => {
    expect(group(aCase('2026-09-30T15:42:00'))).toBe('late');
    expect(group(aCase('2026-09-30T17:30:00'))).toBe('today');
    expect(group(aCase('2026-10-02T03:00:00'))).toBe('tonight');
    expect(group(aCase('2026-10-08T09:00:00'))).toBe('next');
    expect(group(aCase('2026-10-09T09:00:00'))).toBe('later');
    expect(group(aCase(null))).toBe('free');
    expect(group(aCase('2026-09-29T09:00:00', { state: 'held' }))).toBe('hold');
    expect(group(aCase('2026-09-29T09:00:00', { state: 'closed' }))).toBe('closed');
  });
  it('moves a row whose clock has changed to where it is due', () => {
    const rows = [aCase('2026-10-08T11:00:00'), aCase(null), aCase('2026-10-08T09:00:00')];
    expect(byDue(rows).map((r) => r.id)).toEqual(['2026-10-08T09:00:00', '2026-10-08T11:00:00', 'none']);
  });
  it('keeps the order given within a group and counts it in the head', () => {
    const rows = [aCase('2026-10-08T09:00:00'), aCase('2026-09-30T15:00:00'), aCase('2026-10-08T10:00:00')];
    const { lines: all, order } = lines(rows, group);
    expect(all[0]).toEqual({ head: 'late', count: 1 });
    expect(all[2]).toEqual({ head: 'next', count: 2 });
    expect(order.map((r) => r.id)).toEqual(['2026-09-30T15:00:00', '2026-10-08T09:00:00', '2026-10-08T10:00:00']);
  });
});

describe('the window on a long list', () => {
  const heads = Array.from({ length: 10_000 }, (_, i) => i % 100 === 0);
  const top = tops(heads);
  it('knows where every line stands', () => {
    expect(top[1]).toBe(HEAD_PX);
    expect(top[2]).toBe(HEAD_PX + ROW_PX);
    expect(top[10_000]).toBe(100 * HEAD_PX + 9_900 * ROW_PX);
  });
  it('draws a screenful and no more', () => {
    const [a, b] = visible(top, 150_000, 700);
    expect(b - a).toBeLessThan(45);
    expect(lineAt(top, 150_000)).toBeGreaterThanOrEqual(a);
    expect(lineAt(top, 150_700)).toBeLessThan(b);
  });
  it('is empty for an empty list', () => {
    expect(visible(tops([]), 0, 700)).toEqual([0, 0]);
  });
});
