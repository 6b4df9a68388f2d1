/** The views of the queue, which of them each kind of user has, and the filter grammar as the address and the chips hold it. Pure. */

import type { Role } from '../../api/types.ts';

export const VIEWS = ['mine', 'verify', 'dispatch', 'accept', 'work', 'soon', 'late', 'held', 'urgent', 'all', 'own', 'closed'] as const;
export type ViewName = (typeof VIEWS)[number];

const OF_DESK: readonly ViewName[] = ['mine', 'verify', 'dispatch', 'soon', 'late', 'held', 'urgent', 'all', 'closed'];
/** Who only looks has no work of their own: everything stands first. */
const OF_READER: readonly ViewName[] = ['all', 'late', 'soon', 'urgent', 'held', 'verify', 'dispatch', 'work', 'closed'];
const BY_ROLE: Record<Role, readonly ViewName[]> = {
  desk: OF_DESK,
  handler: ['mine', 'accept', 'work', 'soon', 'late', 'held', 'urgent', 'all', 'closed'],
  worker: ['mine', 'own', 'verify', 'soon', 'late', 'urgent', 'all', 'closed'],
  leader: ['mine', 'late', 'soon', 'urgent', 'held', 'verify', 'dispatch', 'all', 'closed'],
  analyst: OF_READER,
  admin: OF_READER,
};

/** The views of a kind of user, in order; the first is where they begin. At most nine, for each has a digit. */
export function viewsOf(role: Role | undefined): readonly ViewName[] {
  return (role && BY_ROLE[role]) || OF_DESK;
}

/** What each view asks of the server. */
export const VIEW_FILTERS: Record<ViewName, string> = {
  mine: 'holder:me state:open',
  verify: 'step:reported state:open',
  dispatch: 'step:filed state:open',
  accept: 'step:assigned stage:3 state:running',
  work: 'step:assigned stage:4 state:running',
  soon: 'state:soon',
  late: 'state:late',
  held: 'state:held',
  urgent: 'urgency:urgent,emergency state:open',
  all: 'state:open',
  own: 'reporter:me',
  closed: 'state:closed',
};
/** Views whose cases need not have a clock: the newest stand first. */
export const UNDUE: ReadonlySet<ViewName> = new Set(['own', 'closed']);

/** The view an address names; any of them can be forwarded to anybody. What is no view is where the person begins. */
export function viewOf(name: string | null, role?: Role): ViewName {
  return (VIEWS as readonly string[]).includes(name ?? '') ? (name as ViewName) : (viewsOf(role)[0] ?? 'mine');
}

/** One condition: `class:06013,06014`. */
export interface Term {
  key: string;
  values: string[];
}

/** Reads `key:value,value` terms; a quoted value may hold spaces. What is not a term is left out. */
export function parseTerms(filter: string): Term[] {
  const out: Term[] = [];
  for (const m of filter.matchAll(/([a-z]+):("([^"]*)"|\S+)/g)) {
    const key = m[1] ?? '';
    out.push({ key, values: m[3] !== undefined ? [m[3]] : (m[2] ?? '').split(',').filter(Boolean) });
  }
  return out;
}

export function writeTerms(terms: readonly Term[]): string {
  return terms.map((t) => `${t.key}:${t.key === 'text' ? `"${t.values[0] ?? ''}"` : t.values.join(',')}`).join(' ');
}

/** Adds a value: to the condition of its key if there is one (values are alternatives), else as a new one. */
export function addTerm(terms: readonly Term[], key: string, value: string): Term[] {
  const known = terms.find((t) => t.key === key);
  if (!known || key === 'text') return [...terms.filter((t) => t.key !== key), { key, values: [value] }];
  if (known.values.includes(value)) return [...terms];
  return terms.map((t) => (t === known ? { key, values: [...t.values, value] } : t));
}

/** What may stand in the address: never words that were searched for, which may be someone's name. */
export function sharable(terms: readonly Term[]): string {
  return writeTerms(terms.filter((t) => t.key !== 'text'));
}
