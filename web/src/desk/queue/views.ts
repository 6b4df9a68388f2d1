/** The eight views of the queue and the filter grammar as the address and the chips hold it. Pure. */

export const VIEWS = ['mine', 'verify', 'dispatch', 'soon', 'late', 'held', 'urgent', 'all'] as const;
export type ViewName = (typeof VIEWS)[number];

/** What each view asks of the server. */
export const VIEW_FILTERS: Record<ViewName, string> = {
  mine: 'holder:me state:open',
  verify: 'step:reported state:open',
  dispatch: 'step:filed state:open',
  soon: 'state:soon',
  late: 'state:late',
  held: 'state:held',
  urgent: 'urgency:urgent,emergency state:open',
  all: 'state:open',
};

export function viewOf(name: string | null): ViewName {
  return (VIEWS as readonly string[]).includes(name ?? '') ? (name as ViewName) : 'mine';
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
