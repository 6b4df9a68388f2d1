/**
 * The working spans of a calendar: week pattern, holidays and make-up days turned into instants.
 * Pure; used for words and grouping only. Deadlines themselves always come from the server.
 */
import type { Calendar, DayName } from '../api/types.ts';
import type { Span } from './left.ts';
import { dayKey, parts } from './words.ts';

const NAMES: DayName[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY = 86_400_000;

/** The instant of a wall-clock time in a zone. */
export function instant(date: string, time: string, zone: string): number {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  const seen = parts(asUtc, zone);
  const shown = Date.parse(`${seen.year}-${seen.month}-${seen.day}T${seen.hour}:${seen.minute}:00Z`);
  return asUtc - (shown - asUtc);
}

/** The day after, as a date. */
export function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
}

/** Working hours of one date: the exception's if there is one, else the week's. */
function hoursOf(cal: Calendar, date: string): [string, string][] {
  const exception = cal.exceptions.find((e) => e.date === date);
  if (exception?.kind === 'holiday') return [];
  const weekday = NAMES[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'mon';
  const usual = cal.week[weekday] ?? [];
  if (exception?.kind === 'make_up' && usual.length === 0) return cal.week.mon ?? [];
  return usual;
}

/** Working spans from the day of `from` for `days` days, sorted. */
export function workingSpans(cal: Calendar, from: number, days: number): Span[] {
  const out: Span[] = [];
  let date = dayKey(from, cal.zone);
  for (let i = 0; i < days; i++, date = nextDay(date)) {
    for (const [open, close] of hoursOf(cal, date)) {
      out.push({ from: instant(date, open, cal.zone), to: instant(date, close, cal.zone) });
    }
  }
  return out;
}

/** Working milliseconds of a usual day: the length that most days of the week have; `null` for a calendar without work. */
export function usualDayMs(cal: Calendar): number | null {
  const minutes = (t: string) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3, 5));
  const count = new Map<number, number>();
  for (const hours of Object.values(cal.week)) {
    const ms = (hours ?? []).reduce((sum, [open, close]) => sum + minutes(close) - minutes(open), 0) * 60_000;
    if (ms > 0) count.set(ms, (count.get(ms) ?? 0) + 1);
  }
  return [...count].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? null;
}

/** What the present working day allows: its end if it is not over, and when work next begins on another day. */
export interface WorkDay {
  /** End of today's last working span, `null` when it is over or there is none. */
  endsAt: number | null;
  /** Working milliseconds left today. */
  leftMs: number;
  /** First working instant on a later day, `null` when the calendar does not reach so far. */
  nextAt: number | null;
  /** Days off between today and `nextAt`. */
  daysOff: number;
  /** The holiday's name, where one lies between. */
  holiday: string | null;
}

export function workDay(cal: Calendar, spans: readonly Span[], now: number): WorkDay {
  const today = dayKey(now, cal.zone);
  let endsAt: number | null = null;
  let leftMs = 0;
  let nextAt: number | null = null;
  for (const s of spans) {
    if (dayKey(s.from, cal.zone) === today) {
      if (s.to <= now) continue;
      endsAt = s.to;
      leftMs += s.to - Math.max(s.from, now);
    } else if (s.from > now) {
      nextAt = s.from;
      break;
    }
  }
  let daysOff = 0;
  let holiday: string | null = null;
  if (nextAt !== null) {
    const next = dayKey(nextAt, cal.zone);
    for (let d = nextDay(today); d < next; d = nextDay(d)) {
      daysOff += 1;
      const named = cal.exceptions.find((e) => e.date === d && e.kind === 'holiday');
      holiday ??= named?.name ?? null;
    }
  }
  return { endsAt, leftMs, nextAt, daysOff, holiday };
}
