import { describe, expect, it } from 'vitest';
import type { Calendar } from '../api/types.ts';
import { instant, usualDayMs, workDay, workingSpans } from './calendar.ts';

const hours: [string, string][] = [['08:30', '12:00'], ['14:00', '17:30']];
const days = ['01', '02', '03', '04', '05', '06', '07'];
const cal: Calendar = {
  zone: 'Asia/Shanghai',
  week: { mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: [], sun: [] },
  exceptions: [
    ...days.map((d) => ({ date: `2026-10-${d}`, kind: 'holiday' as const, name: '国庆节' })),
    { date: '2026-10-10', kind: 'make_up', name: '国庆节' },
  ],
};
const at = (iso: string) => Date.parse(`${iso}+08:00`);

describe('a working calendar', () => {
  it('says how long a working day is', () => {
    expect(usualDayMs(cal)).toBe(7 * 3_600_000);
    expect(usualDayMs({ ...cal, week: { ...cal.week, sat: [['09:00', '12:00']] } })).toBe(7 * 3_600_000);
    expect(usualDayMs({ ...cal, week: {} })).toBeNull();
  });
  it('is read in its own zone', () => {
    expect(instant('2026-09-30', '08:30', 'Asia/Shanghai')).toBe(at('2026-09-30T08:30'));
    expect(instant('2026-09-30', '08:30', 'UTC')).toBe(Date.parse('2026-09-30T08:30:00Z'));
  });
  it('skips the holiday and works the make-up Saturday', () => {
    const spans = workingSpans(cal, at('2026-09-30T00:00'), 12);
    const starts = spans.map((s) => new Date(s.from + 8 * 3_600_000).toISOString().slice(0, 10));
    expect([...new Set(starts)]).toEqual(['2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10']);
  });
  it('tells what is left of today and when work begins again', () => {
    const now = at('2026-09-30T15:42');
    const day = workDay(cal, workingSpans(cal, now, 20), now);
    expect(day.endsAt).toBe(at('2026-09-30T17:30'));
    expect(day.leftMs).toBe(108 * 60_000);
    expect(day.nextAt).toBe(at('2026-10-08T08:30'));
    expect(day.daysOff).toBe(7);
    expect(day.holiday).toBe('国庆节');
  });
  it('has no end today once work is over', () => {
    const now = at('2026-09-30T20:00');
    const day = workDay(cal, workingSpans(cal, now, 20), now);
    expect(day.endsAt).toBeNull();
    expect(day.leftMs).toBe(0);
  });
});
