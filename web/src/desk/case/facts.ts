/** The facts of a case as lines of words, shared by the pane and the case page. */
import type { Case } from '../../api/types.ts';
import { say, speaking } from '../../i18n/lang.svelte.ts';
import { duration } from '../../time/words.ts';
import { lists } from '../lists.svelte.ts';

export interface Fact {
  name: string;
  words: string;
  code?: string;
  /** Written by a person, so in Chinese whatever the interface speaks. */
  written?: boolean;
}

const comma = () => (speaking.lang === 'en' ? ', ' : '，');

function stepFact(c: Case, stage: number, name: string, tail: string): Fact | null {
  const s = c.steps.find((x) => x.stage === stage);
  if (!s?.ended_at) return null;
  const used = s.used_s !== null ? duration(speaking.lang, s.used_s * 1000, 'round') : '';
  return { name, words: [lists.moment(s.ended_at), tail, used].filter(Boolean).join(comma()) };
}

export function caseFacts(c: Case): Fact[] {
  const out: (Fact | null)[] = [];
  const { place } = c;
  if (place.words) out.push({ name: say.case.place, words: place.words, written: true });
  const grid = lists.areaName(place.areas.grid) || lists.areaName(place.areas.community);
  const town = lists.placeName(place);
  if (grid || town) out.push({ name: say.case.grid, words: grid && town && !grid.includes(town) ? `${town} ${place.areas.grid && lists.areas.has(place.areas.grid) ? grid : ''}`.trim() : grid || town });
  if (place.off_m !== null && place.off_m > 0) out.push({ name: say.case.place, words: say.case.offGrid(String(Math.round(place.off_m))) });
  const from = (say.channel as Record<string, string>)[c.channel] ?? c.channel;
  out.push({ name: say.case.reported, words: `${lists.moment(c.reported_at)}${comma()}${from}` });
  out.push(stepFact(c, 1, say.case.seen, ''));
  if (c.class) {
    // Urgency is agreed when the case is filed; before that only the class is thought to be known.
    const urgency = c.urgency ? `${comma()}${say.urgency[c.urgency]}` : '';
    out.push({ name: say.case.class, words: `${lists.className(c.class)}${urgency}`, code: c.class });
  }
  if (c.lead) out.push({ name: say.case.lead, words: lists.unitName(c.lead.unit) });
  if (c.side.hold) out.push({ name: say.case.holdReason, words: c.side.hold.reason, written: true });
  return out.filter((f): f is Fact => f !== null);
}
