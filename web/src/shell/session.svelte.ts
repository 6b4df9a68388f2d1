/** Who is signed in on this browser. The cookie is the server's (httpOnly); nothing about the person is stored here. */
import { ask, Problem } from '../api/http.ts';
import type { Session } from '../api/types.ts';

class SessionState {
  state = $state<'unknown' | 'in' | 'out'>('unknown');
  who = $state<Session | null>(null);
  /** The server could not be reached when asked who this is. */
  unreachable = $state(false);

  /** The areas that are this person's own: all grids of a worker, else the one area. */
  get scopes(): number[] {
    if (!this.who) return [];
    return this.who.role === 'worker' && this.who.grids.length > 0 ? this.who.grids : [this.who.area.id];
  }

  async load(): Promise<void> {
    try {
      const { data } = await ask<Session>('GET', '/session');
      this.who = data;
      this.state = 'in';
      this.unreachable = false;
    } catch (p) {
      this.unreachable = p instanceof Problem && (p.offline || p.status >= 500);
      if (!this.unreachable) this.state = 'out';
    }
  }

  async enter(account: string, password: string): Promise<void> {
    await ask('POST', '/session', { json: { account, password } });
    await this.load();
  }

  async leave(): Promise<void> {
    try {
      await ask('DELETE', '/session');
    } catch {
      // gone or unreachable: the page forgets either way
    }
    this.lost();
  }

  /** The server no longer knows this session. */
  lost(): void {
    this.who = null;
    this.state = 'out';
  }
}

export const session = new SessionState();
