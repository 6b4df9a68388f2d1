// The API as a program uses it, for what a test needs before or after the screens: a worker's report, a look at a case.
import { randomBytes } from 'node:crypto';
import { BASE, PASSWORD } from './browser.ts';

/** A time-ordered UUID, the client's own key. */
export function newId(): string {
  const b = randomBytes(16);
  b.writeUIntBE(Date.now(), 0, 6);
  b[6] = 0x70 | (b[6]! & 0x0f);
  b[8] = 0x80 | (b[8]! & 0x3f);
  const h = b.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

export interface Program {
  session: { area: { id: number; level: string }; grids: number[]; unit: { id: number } | null };
  get<T>(path: string): Promise<T>;
  /** `key` is the client's own id of the case or act; a fresh one if not given. */
  post<T>(path: string, body: unknown, key?: string): Promise<T>;
}

export async function program(account: string): Promise<Program> {
  const answer = await fetch(`${BASE}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account, password: PASSWORD, bearer: true }),
  });
  if (!answer.ok) throw new Error(`${account} could not sign in: ${answer.status} ${await answer.text()}`);
  const session = (await answer.json()) as Program['session'] & { token: string };
  const headers = { authorization: `Bearer ${session.token}`, 'content-type': 'application/json' };
  const read = async <T>(r: Response, what: string): Promise<T> => {
    if (!r.ok) throw new Error(`${what}: ${r.status} ${await r.text()}`);
    return (await r.json()) as T;
  };
  return {
    session,
    get: async <T>(path: string) => read<T>(await fetch(`${BASE}/api/v1${path}`, { headers }), `GET ${path}`),
    post: async <T>(path: string, body: unknown, key = newId()) =>
      read<T>(
        await fetch(`${BASE}/api/v1${path}`, { method: 'POST', headers: { ...headers, 'idempotency-key': key }, body: JSON.stringify(body) }),
        `POST ${path}`,
      ),
  };
}

export interface CaseView {
  id: string;
  no: string;
  version: number;
  step: string;
  state: string;
  lead: { unit: number } | null;
  place: { areas: Record<string, number | null> };
  legal: { act: string; primary: boolean }[];
  suggestion: { lead: number | null } | null;
}

/** A point inside one of the worker's grids: the middle of its shape's first ring. */
export async function pointOf(p: Program): Promise<{ lng: number; lat: number }> {
  const grid = p.session.grids[0] ?? p.session.area.id;
  const shapes = await p.get<{ features: { geometry: { type: string; coordinates: unknown } }[] }>(`/areas/${grid}/shapes?level=grid`);
  const g = shapes.features[0]?.geometry;
  if (!g) throw new Error('the worker has no grid with a shape');
  const ring = (g.type === 'Polygon' ? (g.coordinates as number[][][])[0] : (g.coordinates as number[][][][])[0]?.[0]) ?? [];
  const mean = (i: 0 | 1) => ring.slice(1).reduce((s, c) => s + (c[i] ?? 0), 0) / Math.max(1, ring.length - 1);
  return { lng: Number(mean(0).toFixed(6)), lat: Number(mean(1).toFixed(6)) };
}
