/**
 * The rows of the present view, how they arrive, and how the live feed touches them without moving
 * what is being read: changed rows update in place, new ones wait, gone ones stay struck until left.
 */
import * as api from '../../api/client.ts';
import { Problem } from '../../api/http.ts';
import type { Case, CaseRow, Change } from '../../api/types.ts';
import { session } from '../../shell/session.svelte.ts';
import { VIEW_FILTERS, viewsOf, writeTerms, type Term, type ViewName } from './views.ts';

const PAGE = 500;
/** More rows than this nobody walks through; a filter is wanted. */
export const MOST = 10_000;
const MARK_MS = 6_000;

/** In a long list changed cases are asked about one by one, this many a round. */
const NOS_AT_ONCE = 12;

class Queue {
  view = $state<ViewName>('mine');
  terms = $state.raw<Term[]>([]);
  sort = $state<'due' | '-reported'>('due');

  rows = $state.raw<CaseRow[]>([]);
  total = $state(0);
  capped = $state(false);
  counts = $state.raw<Partial<Record<ViewName, number>>>({});
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  /** Rows are still arriving behind those shown. */
  more = $state(false);
  problem = $state<Problem | null>(null);
  /** When the rows shown were true, browser time. */
  asOf = $state(Date.now());

  /** New cases that wait for `.`, by id. */
  waiting = $state.raw(new Map<string, CaseRow>());
  /** Rows that no longer belong to the view but stay where they were, struck. */
  gone = $state.raw(new Set<string>());
  /** Rows that changed within the last seconds. */
  changed = $state.raw(new Set<string>());
  ticked = $state.raw(new Set<string>());
  selected = $state<string | null>(null);

  /** The last few things that happened, for the strip. */
  news = $state.raw<Change[]>([]);

  private run: AbortController | null = null;
  private pending = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private countTimer: ReturnType<typeof setTimeout> | undefined;

  get filter(): string {
    return [VIEW_FILTERS[this.view], writeTerms(this.terms)].filter(Boolean).join(' ');
  }

  /** Asks for the view from its beginning; old rows stay readable until the first page is there. */
  async load(): Promise<void> {
    this.run?.abort();
    const run = new AbortController();
    this.run = run;
    this.state = 'loading';
    this.problem = null;
    this.countSoon(0);
    const rows: CaseRow[] = [];
    const wish = { filter: this.filter, sort: this.sort };
    try {
      let cursor: string | null = null;
      do {
        const page = await api.cases(wish, cursor, PAGE, run.signal);
        if (run.signal.aborted) return;
        rows.push(...page.items);
        cursor = page.next;
        this.rows = [...rows];
        this.total = page.total;
        this.capped = page.total_capped;
        this.more = cursor !== null && rows.length < MOST;
        if (this.state === 'loading') this.settle();
      } while (cursor && rows.length < MOST);
    } catch (p) {
      if (run.signal.aborted) return;
      this.more = false;
      this.fail(p);
    }
  }

  private settle(): void {
    this.state = 'ready';
    this.asOf = Date.now();
    this.waiting = new Map();
    this.gone = new Set();
    this.changed = new Set();
  }

  private fail(p: unknown): void {
    this.state = 'failed';
    this.problem = p instanceof Problem ? p : new Problem(0, 'offline', String(p));
    if (this.problem.status === 401) session.lost();
  }

  private countSoon(wait: number): void {
    clearTimeout(this.countTimer);
    this.countTimer = setTimeout(() => void this.count(), wait);
  }

  private async count(): Promise<void> {
    const own = writeTerms(this.terms);
    const asked = Object.fromEntries([...new Set([...viewsOf(session.who?.role), this.view, 'all' as const])].map((v) => [v, [VIEW_FILTERS[v], own].filter(Boolean).join(' ')]));
    try {
      this.counts = await api.counts(asked);
    } catch {
      // the tabs then stand without numbers; the list itself says what is wrong
    }
  }

  /** A change from the feed. Asked about together with others after a moment, so that a burst is one question. */
  hear(change: Change): void {
    this.news = [change, ...this.news.filter((n) => n.case !== change.case)].slice(0, 3);
    this.pending.add(change.no);
    this.timer ??= setTimeout(() => void this.catchUp(), 500);
    this.countSoon(2_500);
  }

  private async catchUp(): Promise<void> {
    this.timer = undefined;
    const short = this.total <= PAGE && !this.more;
    const nos = short ? [...this.pending] : [...this.pending].slice(0, NOS_AT_ONCE);
    for (const n of nos) this.pending.delete(n);
    if (this.pending.size > 0) this.timer = setTimeout(() => void this.catchUp(), 1_000);
    if (nos.length === 0 || this.state !== 'ready') return;
    const { filter, sort } = this;
    try {
      const items: CaseRow[] = [];
      if (short) items.push(...(await api.cases({ filter, sort }, null, PAGE)).items);
      else for (const no of nos) items.push(...(await api.cases({ filter: `${filter} no:${no}`, sort }, null, 50)).items.filter((r) => r.no === no)); // a number may be answered with its neighbours
      if (filter !== this.filter) return; // another view was chosen meanwhile
      this.merge(nos, items);
      this.asOf = Date.now();
    } catch {
      // the strip shows the state of the line; the next change or a reload catches up
    }
  }

  /** Puts the answer about some case numbers into the list, without moving a row. */
  private merge(nos: readonly string[], found: readonly CaseRow[]): void {
    const byNo = new Map(found.map((r) => [r.no, r]));
    const asked = new Set(nos);
    const gone = new Set(this.gone);
    const changed: string[] = [];
    const here = new Set<string>();
    this.rows = this.rows.map((row) => {
      here.add(row.no);
      if (!asked.has(row.no)) return row;
      const fresh = byNo.get(row.no);
      if (!fresh) {
        gone.add(row.id);
        return row;
      }
      gone.delete(row.id);
      if (fresh.version !== row.version) changed.push(row.id);
      return fresh;
    });
    this.gone = gone;
    const waiting = new Map(this.waiting);
    for (const no of nos) {
      const fresh = byNo.get(no);
      if (fresh && !here.has(no)) waiting.set(fresh.id, fresh);
      if (!fresh) for (const [id, w] of waiting) if (w.no === no) waiting.delete(id);
    }
    this.waiting = waiting;
    this.mark(changed);
  }

  private mark(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.changed = new Set([...this.changed, ...ids]);
    setTimeout(() => {
      const left = new Set(this.changed);
      for (const id of ids) left.delete(id);
      this.changed = left;
    }, MARK_MS);
  }

  /** Takes the waiting cases into the list, when the reader says so. */
  takeNew(): void {
    if (this.waiting.size === 0) return;
    const rows = [...this.rows, ...this.waiting.values()];
    const key = (r: CaseRow) => (this.sort === 'due' ? Date.parse(r.due?.at ?? '9999-12-31T00:00:00Z') : -Date.parse(r.reported_at));
    rows.sort((a, b) => key(a) - key(b));
    this.total += this.waiting.size;
    this.mark([...this.waiting.keys()]);
    this.rows = rows;
    this.waiting = new Map();
  }

  /** Moves the cursor; a struck row that is left goes away. */
  select(id: string | null): void {
    const before = this.selected;
    this.selected = id;
    if (before && before !== id && this.gone.has(before)) this.drop(before);
  }

  private drop(id: string): void {
    const gone = new Set(this.gone);
    gone.delete(id);
    this.gone = gone;
    this.rows = this.rows.filter((r) => r.id !== id);
    this.total = Math.max(0, this.total - 1);
  }

  tick(id: string): void {
    const next = new Set(this.ticked);
    if (!next.delete(id)) next.add(id);
    this.ticked = next;
  }

  /** Takes over what an act of our own answered, before the feed tells it. */
  acted(c: Case): void {
    if (!this.rows.some((r) => r.id === c.id)) return;
    this.rows = this.rows.map((r) => (r.id === c.id ? { ...c, evidence: c.evidence.length } : r));
    this.mark([c.id]);
    this.pending.add(c.no);
    this.timer ??= setTimeout(() => void this.catchUp(), 500);
    this.countSoon(500);
  }

  /** A case that our own act took out of our hands: struck through, and dropped when the cursor moves on. */
  left(id: string): void {
    if (!this.rows.some((r) => r.id === id)) return;
    this.gone = new Set(this.gone).add(id);
    this.countSoon(500);
  }
}

export const queue = new Queue();
