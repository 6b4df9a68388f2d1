/** Conditions in words, for chips, paper and the names of saved views. */
import { say } from '../../i18n/lang.svelte.ts';
import { lists } from '../lists.svelte.ts';
import type { Term } from './views.ts';

/** One value of a condition as people say it. */
export function valueWords(key: string, v: string): string {
  if (key === 'class') return lists.className(v);
  if (key === 'unit') return lists.unitName(Number(v));
  if (key === 'area') return lists.areaName(Number(v)) || say.app.loadingName;
  if (key === 'step') return (say.steps as Record<string, string>)[v] ?? v;
  if (key === 'urgency') return (say.urgency as Record<string, string>)[v] ?? v;
  if (key === 'reporter') return v === 'me' ? say.views.own : v;
  if (key === 'state') return (say.state as Record<string, string>)[v] ?? v;
  if (key === 'channel') return (say.channel as Record<string, string>)[v] ?? v;
  return v;
}

export function termWords(terms: readonly Term[]): string {
  return terms.map((t) => t.values.map((v) => valueWords(t.key, v)).join(say.app.listComma)).join(say.app.listComma);
}
