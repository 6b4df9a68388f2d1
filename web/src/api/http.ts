/**
 * One request to our own server, and the one way it can fail. Knows HTTP and problem+json;
 * knows no screen and no words. Every address is of this origin.
 */

/** What went wrong, in a form the screens can act on. */
export class Problem extends Error {
  /** 0 when the server could not be reached at all. */
  readonly status: number;
  /** Stable code of the server, `offline` when not reached. */
  readonly code: string;
  /** The rest of the problem+json body. */
  readonly body: Record<string, unknown>;
  /** Seconds after which to try again, where the server said. */
  readonly retryAfter: number | null;

  constructor(status: number, code: string, detail: string, body: Record<string, unknown> = {}, retryAfter: number | null = null) {
    super(detail || code);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Ask {
  query?: Query | undefined;
  json?: unknown;
  body?: BodyInit | undefined;
  headers?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** Goes on after the page is closed. */
  keepalive?: boolean | undefined;
}

/** An answer with what its headers said. */
export interface Answer<T> {
  data: T;
  etag: string | null;
  status: number;
}

/** The address of an API path under this origin. */
export function address(path: string, query?: Query): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (v !== null && v !== undefined && v !== '') q.set(k, String(v));
  }
  const s = q.toString();
  return `/api/v1${path}${s ? (path.includes('?') ? '&' : '?') + s : ''}`;
}

/** Asks and reads the answer; throws `Problem` for everything that is not a success. */
export async function ask<T>(method: string, path: string, how: Ask = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json', ...how.headers };
  if (method !== 'GET') headers['X-Gridward'] = '1'; // a form of another site cannot set it
  let body = how.body;
  if (how.json !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(how.json);
  }
  let response: Response;
  try {
    response = await fetch(address(path, how.query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(how.signal ? { signal: how.signal } : {}),
      ...(how.keepalive ? { keepalive: true } : {}),
    });
  } catch (cause) {
    if (how.signal?.aborted) throw cause;
    throw new Problem(0, 'offline', '');
  }
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    etag: response.headers.get('etag'),
    status: response.status,
  };
}

async function problemOf(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // a proxy's page instead of ours: the status has to do
  }
  const said = (k: string) => (typeof body[k] === 'string' ? (body[k] as string) : '');
  const wait = Number(response.headers.get('retry-after'));
  return new Problem(
    response.status,
    said('code') || `http_${response.status}`,
    said('detail') || said('title'),
    body,
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** A time-ordered UUID (version 7): the client's own key for an act or a report, so that a retry is not a second one. */
export function newKey(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let t = now;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = t % 256;
    t = Math.floor(t / 256);
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
