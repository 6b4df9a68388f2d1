/** The questions the desk asks, one function each. Caching of slow-moving lists lives in `lists.svelte.ts`. */
import { ask, newKey, type Answer } from './http.ts';
import type {
  ActBody, Area, Attachment, Calendar, Case, CaseClass, CasePage, Duplicate, Level, Loads, Log, Report, Shapes, Spot, Unit,
} from './types.ts';

/** What a list shows: the server's filter grammar and its order. */
export interface ListWish {
  filter: string;
  sort: 'due' | '-reported';
}

export async function cases(wish: ListWish, cursor: string | null, limit: number, signal?: AbortSignal): Promise<CasePage> {
  return (await ask<CasePage>('GET', '/cases', { query: { filter: wish.filter, sort: wish.sort, limit, cursor }, signal })).data;
}

/** Counts for several named filters at once. */
export async function counts(views: Record<string, string>): Promise<Record<string, number>> {
  const q = new URLSearchParams();
  for (const [name, filter] of Object.entries(views)) q.append('v', `${name}=${filter}`);
  return (await ask<Record<string, number>>('GET', `/cases/counts?${q.toString()}`)).data;
}

export function oneCase(id: string, signal?: AbortSignal): Promise<Answer<Case>> {
  return ask<Case>('GET', `/cases/${encodeURIComponent(id)}`, { signal });
}

export async function log(id: string, signal?: AbortSignal): Promise<Log> {
  return (await ask<Log>('GET', `/cases/${encodeURIComponent(id)}/log`, { signal })).data;
}

/**
 * Does an act. The key makes a retry the same act; the version refuses it when the case has moved meanwhile. Answers
 * `null` where the act was done and the case is no longer this person's to see, such as one that was returned.
 */
export async function act(id: string, version: number, body: ActBody, key = newKey(), keepalive = false): Promise<Case | null> {
  const headers = { 'Idempotency-Key': key, 'If-Match': `"v${version}"` };
  const { data } = await ask<Partial<Case>>('POST', `/cases/${encodeURIComponent(id)}/acts`, { json: body, headers, keepalive });
  return data && 'chain' in data ? (data as Case) : null;
}

/** Reports a case. The key is its id: sent again, it is the same case. */
export async function report(body: Report, key: string): Promise<Case> {
  return (await ask<Case>('POST', '/cases', { json: body, headers: { 'Idempotency-Key': key } })).data;
}

/** Cases near a point that may be the same matter, most alike first. */
export async function alike(lng: number, lat: number, kind: string | null, text: string, signal?: AbortSignal): Promise<Duplicate[]> {
  return (await ask<{ items: Duplicate[] }>('GET', '/cases/duplicates', { query: { lng, lat, class: kind, text: text.slice(0, 400) }, signal })).data.items;
}

/** The grid of a point, or the nearest one. */
export async function areaAt(lng: number, lat: number, signal?: AbortSignal): Promise<Spot> {
  return (await ask<Spot>('GET', '/areas/at', { query: { lng, lat }, signal })).data;
}

/** Areas by name, code or pinyin. */
export async function areasNamed(q: string, under: number, limit: number, signal?: AbortSignal): Promise<Area[]> {
  return (await ask<{ items: Area[] }>('GET', '/areas', { query: { q, under, limit }, signal })).data.items;
}

export async function upload(file: File): Promise<Attachment> {
  const headers = { 'Content-Type': file.type || 'application/octet-stream' };
  return (await ask<Attachment>('POST', '/attachments', { query: { name: file.name }, body: file, headers })).data;
}

/** Where an attachment's bytes are; `thumb` for the small picture. */
export function attachmentUrl(id: string, thumb: boolean): string {
  return `/api/v1/attachments/${encodeURIComponent(id)}${thumb ? '?thumb=1' : ''}`;
}

export async function classes(): Promise<CaseClass[]> {
  return (await ask<{ items: CaseClass[] }>('GET', '/classes')).data.items;
}

export async function units(): Promise<Unit[]> {
  return (await ask<{ items: Unit[] }>('GET', '/units')).data.items;
}

export async function calendar(area: number): Promise<Calendar> {
  return (await ask<Calendar>('GET', `/calendars/${area}`)).data;
}

export async function area(id: number | string): Promise<Area> {
  return (await ask<Area>('GET', `/areas/${id}`)).data;
}

/** All areas of one level under an area, page by page. */
export async function areasUnder(id: number, level: Level): Promise<Area[]> {
  const out: Area[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Area[]; next: string | null } = (
      await ask<{ items: Area[]; next: string | null }>('GET', '/areas', { query: { level, under: id, limit: 500, cursor } })
    ).data;
    out.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return out;
}

export async function shapes(id: number, level: Level, open = false): Promise<Shapes> {
  return (await ask<Shapes>('GET', `/areas/${id}/shapes`, { query: { level, open: open ? 1 : null } })).data;
}

export async function loads(id: number, level: Level): Promise<Loads> {
  return (await ask<Loads>('GET', `/areas/${id}/loads`, { query: { level } })).data;
}
