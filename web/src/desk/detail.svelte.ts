/** One case in full: fetched, kept fresh by the feed, and acted upon. Used by the pane and by the case page. */
import * as api from '../api/client.ts';
import { newKey, Problem } from '../api/http.ts';
import type { ActBody, Case, Log } from '../api/types.ts';
import { session } from '../shell/session.svelte.ts';
import { feed } from './feed.svelte.ts';
import { outbox } from './outbox.svelte.ts';
import { queue } from './queue/queue.svelte.ts';

export class Detail {
  /** Id or number of the case wanted. */
  private wanted: string | null = null;
  one = $state.raw<Case | null>(null);
  log = $state.raw<Log | null>(null);
  /** `gone`: an act of ours was the last we may see of it. */
  state = $state<'none' | 'loading' | 'ready' | 'failed' | 'gone'>('none');
  problem = $state.raw<Problem | null>(null);
  /** When what is shown was true, browser time. */
  asOf = $state(0);
  private withLog: boolean;
  private run: AbortController | null = null;
  private wait: ReturnType<typeof setTimeout> | undefined;
  /** The key of an act that is not known to have arrived: the same form sent again is the same act. */
  private unsure: { body: string; key: string } | null = null;

  constructor(withLog: boolean) {
    this.withLog = withLog;
  }

  /** Keeps listening while the component lives. */
  follow(): void {
    $effect(() => {
      const stop = feed.listen((c) => {
        if (this.one && c.case === this.one.id && c.version > this.one.version) this.soon(300);
      });
      const stopOut = outbox.listen((id, c) => {
        if (this.one?.id !== id) return;
        if (!c) return this.leave();
        this.take(c);
        if (this.withLog) void this.load();
      });
      return () => {
        stop();
        stopOut();
        clearTimeout(this.wait);
        this.run?.abort();
      };
    });
  }

  /** Shows another case; waits a moment so that running through the list asks nothing in between. */
  show(id: string | null, wait = 120): void {
    if (id === this.wanted) return;
    this.wanted = id;
    this.unsure = null;
    if (this.one && this.one.id !== id && this.one.no !== id) {
      this.one = null;
      this.log = null;
    }
    if (id === null) {
      clearTimeout(this.wait);
      this.state = 'none';
      return;
    }
    this.state = 'loading';
    this.soon(wait);
  }

  private soon(wait: number): void {
    clearTimeout(this.wait);
    this.wait = setTimeout(() => void this.load(), wait);
  }

  async load(): Promise<void> {
    const id = this.wanted;
    if (!id) return;
    this.run?.abort();
    const run = new AbortController();
    this.run = run;
    try {
      const [one, log] = await Promise.all([
        api.oneCase(id, run.signal),
        this.withLog ? api.log(id, run.signal) : Promise.resolve(null),
      ]);
      if (run.signal.aborted) return;
      this.take(one.data);
      this.log = log;
    } catch (p) {
      if (run.signal.aborted) return;
      this.problem = p instanceof Problem ? p : new Problem(0, 'offline', String(p));
      if (this.problem.status === 401) session.lost();
      if (!this.one || this.problem.status === 404) this.state = 'failed';
    }
  }

  /** The case has gone to others: it is no longer shown, and not asked for again. */
  private leave(): void {
    clearTimeout(this.wait);
    this.run?.abort();
    this.one = null;
    this.log = null;
    this.problem = null;
    this.state = 'gone';
  }

  private take(c: Case): void {
    this.one = c;
    this.state = 'ready';
    this.problem = null;
    this.asOf = Date.now();
  }

  /**
   * Does an act on the case shown. Throws `Problem`; after a stale version the case has been fetched again.
   * A form that was sent without an answer keeps its key, so that sending it again cannot do it twice.
   */
  async act(body: ActBody): Promise<void> {
    const c = this.one;
    if (!c) return;
    const text = JSON.stringify(body);
    const key = this.unsure?.body === text ? this.unsure.key : newKey();
    this.unsure = { body: text, key };
    try {
      const after = await api.act(c.id, c.version, body, key);
      this.unsure = null;
      if (!after) {
        queue.left(c.id);
        this.leave();
        return;
      }
      this.take(after);
      queue.acted(after);
      if (this.withLog) void this.load();
    } catch (p) {
      if (p instanceof Problem && p.status >= 400 && p.status < 500) this.unsure = null;
      if (p instanceof Problem && (p.status === 412 || p.status === 409)) await this.load();
      if (p instanceof Problem && p.status === 401) session.lost();
      throw p;
    }
  }
}
