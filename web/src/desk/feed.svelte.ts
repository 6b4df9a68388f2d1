/**
 * The live feed: one EventSource for the app. The browser resumes it with Last-Event-ID by itself;
 * this file hands each change to whoever listens and tells how the line is.
 */
import { address } from '../api/http.ts';
import type { Change } from '../api/types.ts';

type Listener = (change: Change) => void;

class Feed {
  /** `live` while open, `lost` after an error until it is open again. */
  line = $state<'opening' | 'live' | 'lost'>('opening');
  /** Since when the line is lost, browser time. */
  lostAt = $state<number | null>(null);
  private source: EventSource | null = null;
  private last: string | null = null;
  private listeners = new Set<Listener>();
  private again: ReturnType<typeof setTimeout> | undefined;

  open(): void {
    if (this.source) return;
    const source = new EventSource(address('/events', { cursor: this.last }));
    this.source = source;
    source.onopen = () => {
      this.line = 'live';
      this.lostAt = null;
    };
    source.onerror = () => {
      if (this.line !== 'lost') this.lostAt = Date.now();
      this.line = 'lost';
      if (source.readyState === EventSource.CLOSED) {
        this.shut();
        this.again = setTimeout(() => this.open(), 3_000);
      }
    };
    source.addEventListener('act', (e) => {
      const change = JSON.parse((e as MessageEvent<string>).data) as Change;
      this.last = (e as MessageEvent<string>).lastEventId || change.cursor;
      for (const l of this.listeners) l(change);
    });
  }

  private shut(): void {
    this.source?.close();
    this.source = null;
  }

  close(): void {
    clearTimeout(this.again);
    this.shut();
    this.line = 'opening';
    this.last = null;
  }

  /** Listens until the returned function is called. */
  listen(l: Listener): () => void {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  }
}

export const feed = new Feed();
