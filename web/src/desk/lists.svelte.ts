/**
 * What changes slowly: classes, units, the calendar, names of townships and communities.
 * Asked once after sign-in; screens show codes until the names are there. No case lives here.
 */
import * as api from '../api/client.ts';
import type { Area, Calendar, CaseClass, Due, Place, Unit } from '../api/types.ts';
import { named, say, speaking } from '../i18n/lang.svelte.ts';
import { session } from '../shell/session.svelte.ts';
import { usualDayMs, workDay, workingSpans } from '../time/calendar.ts';
import { leftUntil, WORK_DAY_MS, type Left, type Pace } from '../time/left.ts';
import { now } from '../time/now.svelte.ts';
import * as words from '../time/words.ts';

/** The endings that every name of a kind shares; a narrow column leaves them out. */
const ENDINGS = /(街道办事处|街道|开发区|镇|乡|社区居委会|社区|居委会|村委会|村民委员会)$| (Town|Township|Subdistrict|Community|Village)$/;

class Lists {
  classes = $state.raw(new Map<string, CaseClass>());
  units = $state.raw(new Map<number, Unit>());
  areas = $state.raw(new Map<number, Area>());
  calendar = $state.raw<Calendar | null>(null);
  failed = $state(false);

  zone = $derived(session.who?.city.zone ?? 'Asia/Shanghai');
  private today = $derived(words.dayKey(now.ms, this.zone));
  /** Working spans from today for 60 days; recomputed when the day changes. */
  spans = $derived(this.calendar && this.today ? workingSpans(this.calendar, now.ms, 60) : []);
  workDay = $derived(
    this.calendar
      ? workDay(this.calendar, this.spans, now.ms)
      : { endsAt: null, leftMs: 0, nextAt: null, daysOff: 0, holiday: null },
  );
  /** How long a working day is here. */
  workDayMs = $derived((this.calendar && usualDayMs(this.calendar)) ?? WORK_DAY_MS);
  /** End of the next working day. */
  endOfNext = $derived.by(() => {
    const next = this.workDay.nextAt;
    if (next === null) return null;
    const key = words.dayKey(next, this.zone);
    let end = next;
    for (const s of this.spans) if (words.dayKey(s.from, this.zone) === key) end = s.to;
    return end;
  });

  private begun = false;

  async load(): Promise<void> {
    const who = session.who;
    if (!who || this.begun) return;
    this.begun = true;
    this.failed = false;
    this.know([who.area as Area]);
    const scope = who.area;
    const calendarArea = scope.ancestors?.county ?? scope.ancestors?.city ?? scope.id;
    const jobs = [
      api.classes().then((l) => void (this.classes = new Map(l.map((c) => [c.code, c])))),
      api.units().then((l) => void (this.units = new Map(l.map((u) => [u.id, u])))),
      api.calendar(calendarArea).then((c) => void (this.calendar = c)),
      this.names(scope.id),
    ];
    const done = await Promise.allSettled(jobs);
    this.failed = done.some((d) => d.status === 'rejected');
    if (this.failed) this.begun = false;
  }

  private async names(scope: number): Promise<void> {
    for (const level of ['county', 'township', 'community'] as const) {
      const list = await api.areasUnder(scope, level);
      const next = new Map(this.areas);
      for (const a of list) next.set(a.id, a);
      this.areas = next;
    }
  }

  className(code: string | null): string {
    if (!code) return say.queue.unclassed;
    const c = this.classes.get(code);
    return c ? named({ zh: c.name_zh, en: c.name_en }) : code;
  }

  /** A unit's name without the name of the area one works in, for a narrow column: all rows would begin alike. */
  unitShort(id: number | null | undefined): string {
    const name = this.unitName(id);
    const scope = session.who ? named({ zh: session.who.area.name_zh, en: session.who.area.name_en }) : '';
    return scope && name.startsWith(scope) && name.length > scope.length ? name.slice(scope.length).trim() : name;
  }

  unitName(id: number | null | undefined): string {
    if (id === null || id === undefined) return '';
    const u = this.units.get(id);
    return u ? named({ zh: u.name_zh, en: u.name_en }) : say.app.unknownUnit;
  }

  /** Grids are too many to fetch them all: each is asked about once, when its name is first wanted. */
  private asked = new Set<number>();
  private want(id: number): void {
    if (this.asked.has(id) || !this.begun) return;
    this.asked.add(id);
    api.area(id).then((a) => this.know([a]), () => this.asked.delete(id));
  }

  /** Names learnt elsewhere, such as by a search. */
  know(list: readonly Area[]): void {
    const next = new Map(this.areas);
    for (const a of list) next.set(a.id, a);
    this.areas = next;
  }

  /** Numbers of cases that are only named by their id, such as those merged into another; each is asked once. */
  private numbers = $state.raw(new Map<string, string>());
  caseNo(id: string): string {
    const known = this.numbers.get(id);
    if (known === undefined) {
      queueMicrotask(() => {
        if (this.numbers.has(id)) return;
        this.numbers = new Map(this.numbers).set(id, '');
        api.oneCase(id).then((a) => (this.numbers = new Map(this.numbers).set(id, a.data.no)), () => {});
      });
    }
    return known ?? '';
  }

  areaName(id: number | null | undefined, short = false): string {
    if (id === null || id === undefined) return '';
    const a = this.areas.get(id);
    if (!a) {
      queueMicrotask(() => this.want(id));
      return '';
    }
    const name = named({ zh: a.name_zh, en: a.name_en });
    if (!short) return name;
    return name.length > 2 ? name.replace(ENDINGS, '') || name : name;
  }

  /** `柳园·新时代`: township and community, as far as they are known. */
  placeName(place: Place): string {
    const { township, community } = place.areas;
    const names = [this.areaName(township, true), this.areaName(community, true)].filter(Boolean);
    return names.join(speaking.lang === 'en' ? ', ' : '·');
  }

  /** Which hours a clock counts. */
  pace(due: Due): Pace {
    return Object.keys(due.span ?? {}).some((k) => k.startsWith('work')) ? 'work' : 'round';
  }

  /** What is left of a clock now; near once four fifths are used. */
  left(due: Due): Left {
    const left = leftUntil(Date.parse(due.at), this.pace(due), now.ms, this.spans);
    if (left.urgency === 'late') return left;
    return { ...left, urgency: Date.parse(due.most) <= now.ms ? 'soon' : 'fine' };
  }

  moment(iso: string): string {
    return words.moment(speaking.lang, Date.parse(iso), this.zone, now.ms);
  }

  /** `10月8日 周四 08:42`; the weekday matters when the office closes. */
  dayAndTime(iso: string): string {
    const ms = Date.parse(iso);
    const c = words.clock(ms, this.zone);
    return words.dayKey(ms, this.zone) === this.today ? c : `${words.weekday(speaking.lang, ms, this.zone)} ${c}`;
  }

  day(iso: string): string {
    return words.day(speaking.lang, Date.parse(iso), this.zone);
  }

  stamp(iso: string): string {
    return words.stamp(Date.parse(iso), this.zone);
  }
}

export const lists = new Lists();
