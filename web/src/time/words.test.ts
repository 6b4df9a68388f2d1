import { describe, expect, it } from 'vitest';
import { clock, day, duration, moment, stamp, weekday } from './words.ts';

const HOUR = 3_600_000;
const zone = 'Asia/Shanghai';
const at = (iso: string) => Date.parse(`${iso}+08:00`);

describe('durations in words', () => {
  it.each([
    [22 * 60_000, 'round', '22 分', '22 min'],
    [66 * 60_000, 'round', '1 小时 06 分', '1 h 06 min'],
    [24 * HOUR, 'round', '1 天', '1 day'],
    [76 * HOUR, 'round', '3 天 4 小时', '3 days 4 h'],
    [135 * 60_000, 'work', '2 工作小时 15 分', '2 work h 15 min'],
    [10 * HOUR, 'work', '1 工作日 2 小时', '1 work day 2 h'],
    [16 * HOUR, 'work', '2 工作日', '2 work days'],
    [30_000, 'round', '不到 1 分', 'under 1 min'],
    [-26 * 60_000, 'round', '26 分', '26 min'],
  ] as const)('%d %s', (ms, pace, zh, en) => {
    expect(duration('zh-CN', ms, pace)).toBe(zh);
    expect(duration('en', ms, pace)).toBe(en);
  });
});

describe('work time in words', () => {
  it('counts in days as long as the calendar has them', () => {
    const day = 7.5 * HOUR;
    expect(duration('zh-CN', 2 * day, 'work', day)).toBe('2 工作日');
    expect(duration('zh-CN', 11 * day, 'work', day)).toBe('11 工作日');
    expect(duration('en', day, 'work', day)).toBe('1 work day');
  });
});

describe('dates in words', () => {
  it('are told in the zone of the city', () => {
    const ms = Date.parse('2026-09-30T16:30:00Z');
    expect(clock(ms, zone)).toBe('00:30');
    expect(day('zh-CN', ms, zone)).toBe('10月1日');
    expect(day('en', ms, zone)).toBe('1 Oct');
  });
  it('name the weekday where the language puts it', () => {
    expect(weekday('zh-CN', at('2026-09-30T15:42'), zone)).toBe('9月30日 周三');
    expect(weekday('en', at('2026-09-30T15:42'), zone)).toBe('Wed 30 Sept');
  });
  it('say only the time today and the year when it is another', () => {
    const now = at('2026-09-30T15:42');
    expect(moment('zh-CN', at('2026-09-30T16:04'), zone, now)).toBe('16:04');
    expect(moment('zh-CN', at('2026-10-08T08:42'), zone, now)).toBe('10月8日 08:42');
    expect(moment('zh-CN', at('2025-10-08T08:42'), zone, now)).toBe('2025年10月8日 08:42');
    expect(stamp(at('2026-09-30T15:41:07'), zone)).toBe('09-30 15:41:07');
  });
});
