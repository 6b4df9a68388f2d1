/**
 * Durations and dates in words, in both languages. Pure; the time zone is the city's, not the browser's.
 * Work time says 工作小时/工作日 (work h, work days); time round the clock says plain hours and days.
 */
import { WORK_DAY_MS, type Pace } from './left.ts';

type Lang = 'zh-CN' | 'en';
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

const two = (n: number) => String(n).padStart(2, '0');

/** A duration in at most two units, a working day being as long as the calendar says; the sign is dropped, less than a minute reads as under one minute. */
export function duration(lang: Lang, ms: number, pace: Pace, workDayMs = WORK_DAY_MS): string {
  const whole = Math.abs(ms);
  const zh = lang === 'zh-CN';
  const day = pace === 'work' ? workDayMs : DAY;
  const work = pace === 'work';
  if (whole < MIN) return zh ? '不到 1 分' : 'under 1 min';
  if (whole < HOUR) {
    const m = Math.floor(whole / MIN);
    return zh ? `${m} ${work ? '工作分钟' : '分'}` : `${m} ${work ? 'work min' : 'min'}`;
  }
  if (whole < day) {
    const h = Math.floor(whole / HOUR);
    const m = Math.floor((whole % HOUR) / MIN);
    const tail = m ? (zh ? ` ${two(m)} 分` : ` ${two(m)} min`) : '';
    return zh ? `${h} ${work ? '工作小时' : '小时'}${tail}` : `${h} ${work ? 'work h' : 'h'}${tail}`;
  }
  const d = Math.floor(whole / day);
  const h = Math.floor((whole % day) / HOUR);
  const days = zh ? `${d} ${work ? '工作日' : '天'}` : `${d} ${work ? 'work ' : ''}${d === 1 ? 'day' : 'days'}`;
  if (h === 0 || d >= 10) return days;
  return zh ? `${days} ${h} 小时` : `${days} ${h} h`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(lang: Lang, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang}|${zone}|${JSON.stringify(options)}`;
  let f = formats.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'zh-CN', { timeZone: zone, ...options });
    formats.set(key, f);
  }
  return f;
}

interface Parts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

/** Calendar parts of an instant in the city's zone, each as two digits (the year four). */
export function parts(ms: number, zone: string): Parts {
  const out: Record<string, string> = {};
  const f = format('en', zone, {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  });
  for (const p of f.formatToParts(ms)) out[p.type] = p.value;
  return out as unknown as Parts;
}

/** The city's calendar day, `2026-09-30`; equal strings are the same day. */
export function dayKey(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** `15:42` */
export function clock(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${p.hour}:${p.minute}`;
}

/** `9月30日`, `30 Sep`. */
export function day(lang: Lang, ms: number, zone: string): string {
  return format(lang, zone, lang === 'en' ? { day: 'numeric', month: 'short' } : { month: 'long', day: 'numeric' }).format(ms);
}

/** `9月30日 周三`, `Wed 30 Sep`. */
export function weekday(lang: Lang, ms: number, zone: string): string {
  const w = format(lang, zone, { weekday: 'short' }).format(ms);
  return lang === 'en' ? `${w} ${day(lang, ms, zone)}` : `${day(lang, ms, zone)} ${w}`;
}

/** `15:42` today, `9月30日 15:42` this year, with the year before that. */
export function moment(lang: Lang, ms: number, zone: string, now: number): string {
  const c = clock(ms, zone);
  if (dayKey(ms, zone) === dayKey(now, zone)) return c;
  const p = parts(ms, zone);
  if (p.year === parts(now, zone).year) return `${day(lang, ms, zone)} ${c}`;
  return lang === 'en' ? `${day(lang, ms, zone)} ${p.year} ${c}` : `${p.year}年${day(lang, ms, zone)} ${c}`;
}

/** `09-30 15:41:07`, for the log: sortable, the same in both languages. */
export function stamp(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}
