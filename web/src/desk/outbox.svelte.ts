/**
 * Acts that wait a moment before they are sent. The log is only added to, so what is in it cannot be taken back:
 * the desk's own acts are held for five seconds instead, and a slip is undone by not sending it.
 * What could not be sent stays here, with its reason, until it is sent again or dropped. Kept in memory only.
 */
import * as api from '../api/client.ts';
import { newKey, Problem } from '../api/http.ts';
import type { ActBody, ActName, Case } from '../api/types.ts';
import { session } from '../shell/session.svelte.ts';
import type { Values } from './acts/forms.ts';

/** How long an act can be taken back, milliseconds. */
export const HOLD_MS = 5_000;
/** Requests of one batch that run side by side. */
const AT_ONCE = 4;
const SAID_MS = 20_000;

/** The desk's acts that are held. Acts that carry evidence or a person's answer go at once: their form is already a pause. */
export const HELD: ReadonlySet<ActName> = new Set<ActName>([
  'verify', 'file', 'refuse', 'merge', 'link', 'assign', 'hand_up', 'hand_down', 'suspend', 'resume', 'urge', 'check', 'answer', 'decide_postpone',
]);

export interface Item {
  id: string;
  no: string;
  version: number;
  body: ActBody;
  /** What was filled in, to open the form again. */
  values: Values;
  key: string;
  state: 'waiting' | 'going' | 'done' | 'failed';
  problem: Problem | null;
}
export type Wish = Pick<Item, 'id' | 'no' | 'version' | 'body' | 'values'>;

export interface Batch {
  n: number;
  act: ActName;
  items: Item[];
  state: 'held' | 'going' | 'over';
  /** When it is sent, browser time. */
  until: number;
}

class Outbox {
  batches = $state<Batch[]>([]);
  /** What was just done, for the foot of the page. */
  said = $state('');
  /** A form to open again on its case. */
  reopen = $state.raw<{ id: string; act: ActName; values: Values } | null>(null);
  private count = 0;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  private saidTimer: ReturnType<typeof setTimeout> | undefined;
  private listeners = new Set<(id: string, c: Case | null) => void>();

  constructor() {
    addEventListener('pagehide', () => void this.flush(true));
    addEventListener('online', () => this.again((p) => p.offline));
  }

  /** The newest batch that can still be taken back. */
  get held(): Batch | null {
    const held = this.batches.filter((b) => b.state === 'held');
    return held[held.length - 1] ?? null;
  }

  /** Items that were not taken, with their batch. */
  get failed(): { batch: Batch; item: Item }[] {
    return this.batches.flatMap((batch) => batch.items.filter((i) => i.state === 'failed').map((item) => ({ batch, item })));
  }

  /** The act of a case that has not arrived yet. */
  pending(id: string): { batch: Batch; item: Item } | null {
    for (const batch of this.batches) {
      const item = batch.items.find((i) => i.id === id && (i.state === 'waiting' || i.state === 'going'));
      if (item) return { batch, item };
    }
    return null;
  }

  batch(n: number): Batch | null {
    return this.batches.find((b) => b.n === n) ?? null;
  }

  tell(words: string): void {
    this.said = words;
    clearTimeout(this.saidTimer);
    if (words) this.saidTimer = setTimeout(() => (this.said = ''), SAID_MS);
  }

  /** Hears of every case that an act of ours has moved; `null` when it is no longer ours to see. */
  listen(l: (id: string, c: Case | null) => void): () => void {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  }

  hold(act: ActName, wishes: readonly Wish[]): number {
    const n = ++this.count;
    this.tell('');
    this.batches.push({
      n, act, state: 'held', until: Date.now() + HOLD_MS,
      items: wishes.map((w) => ({ ...w, key: newKey(), state: 'waiting' as const, problem: null })),
    });
    this.timers.set(n, setTimeout(() => void this.send(n), HOLD_MS));
    return n;
  }

  /** Takes the newest held batch back; it was never sent. */
  undo(): Batch | null {
    const batch = this.held;
    if (!batch) return null;
    clearTimeout(this.timers.get(batch.n));
    this.timers.delete(batch.n);
    this.batches = this.batches.filter((b) => b.n !== batch.n);
    return batch;
  }

  /** Sends what is held now. `leaving`: the page is closing, the requests go on without it. */
  async flush(leaving = false): Promise<void> {
    await Promise.all(this.batches.filter((b) => b.state === 'held').map((b) => this.send(b.n, leaving)));
  }

  async send(n: number, leaving = false): Promise<void> {
    const batch = this.batch(n);
    if (!batch || batch.state === 'going') return;
    clearTimeout(this.timers.get(n));
    this.timers.delete(n);
    batch.state = 'going';
    const wait = batch.items.filter((i) => i.state === 'waiting');
    if (leaving) await Promise.all(wait.map((i) => this.one(i, true)));
    else {
      const worker = async () => {
        for (let i = wait.shift(); i; i = wait.shift()) await this.one(i, false);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    }
    batch.state = 'over';
    this.finished?.(batch);
    this.sweep();
  }

  /** Told when a batch has been sent; set by the shell, which knows the words. */
  finished: ((batch: Batch) => void) | null = null;

  private async one(item: Item, leaving: boolean): Promise<void> {
    item.state = 'going';
    try {
      const after = await api.act(item.id, item.version, item.body, item.key, leaving);
      item.state = 'done';
      item.problem = null;
      for (const l of this.listeners) l(item.id, after);
    } catch (p) {
      item.problem = p instanceof Problem ? p : new Problem(0, 'offline', '');
      item.state = 'failed';
      if (item.problem.status === 401) session.lost();
    }
  }

  /** Sends again what failed. A stale case is sent on its present version; the law decides anew. */
  async retry(item: Item): Promise<void> {
    const batch = this.batches.find((b) => b.items.includes(item));
    if (!batch) return;
    if (item.problem?.status === 412 || item.problem?.status === 409) {
      try {
        item.version = (await api.oneCase(item.id)).data.version;
        item.key = newKey();
      } catch {
        return;
      }
    }
    item.state = 'waiting';
    await this.send(batch.n);
  }

  private again(which: (p: Problem) => boolean): void {
    for (const { item } of this.failed) if (item.problem && which(item.problem)) void this.retry(item);
  }

  drop(item: Item): void {
    for (const b of this.batches) b.items = b.items.filter((i) => i !== item);
    this.sweep();
  }

  /** Opens the form again on the case's own page, filled as it was. */
  edit(batch: Batch, item: Item): void {
    this.reopen = { id: item.id, act: batch.act, values: item.values };
    this.drop(item);
  }

  /** Single acts that arrived are forgotten; batches stay until their results were read. */
  private sweep(): void {
    this.batches = this.batches.filter((b) => b.items.length > 0 && (b.state !== 'over' || b.items.length > 1 || b.items.some((i) => i.state === 'failed')));
  }

  close(n: number): void {
    this.batches = this.batches.filter((b) => b.n !== n || b.state !== 'over');
  }
}

export const outbox = new Outbox();
