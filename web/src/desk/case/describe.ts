/** What an entry of the log says, from the act's own fields: words of people first, then what was chosen. */
import type { LogEntry } from '../../api/types.ts';
import { named, say, speaking } from '../../i18n/lang.svelte.ts';
import { lists } from '../lists.svelte.ts';

const str = (v: unknown): string => (typeof v === 'string' ? v : '');

/** What the entry chose, in the words of the interface, and what a person wrote with it. */
export function describe(e: LogEntry): { chosen: string; written: string } {
  const b = e.body;
  const bits: string[] = [];
  const person = str(b.note) || str(b.text) || (e.act === 'refuse' ? '' : str(b.reason));
  if (e.act === 'refuse' && str(b.reason)) bits.push((say.act.reasons as Record<string, string>)[str(b.reason)] ?? str(b.reason));
  if (typeof b.class === 'string') bits.push(lists.className(b.class));
  const lead = b.lead as { unit?: number; task?: string } | undefined;
  if (typeof lead?.unit === 'number') bits.push(lists.unitName(lead.unit));
  else if (typeof b.unit === 'number' && e.act === 'assign') bits.push(lists.unitName(b.unit));
  if (Array.isArray(b.co) && b.co.length > 0) bits.push(say.queue.jointLong(b.co.length));
  if (typeof b.passed === 'boolean') bits.push(b.passed ? say.act.passed.yes : say.act.passed.no);
  if (typeof b.granted === 'boolean') bits.push(b.granted ? say.act.granted.yes : say.act.granted.no);
  if (typeof b.upheld === 'boolean') bits.push(b.upheld ? say.act.upheld.yes : say.act.upheld.no);
  if (typeof b.satisfaction === 'string') bits.push((say.satisfaction as Record<string, string>)[b.satisfaction] ?? b.satisfaction);
  if (typeof b.until === 'string') bits.push(lists.dayAndTime(b.until));
  for (const other of [b.from, b.into, e.act === 'link' ? b.to : undefined, ...(e.act === 'split' && Array.isArray(b.parts) ? b.parts : [])]) if (typeof other === 'string') bits.push(lists.caseNo(other));
  if (typeof b.share_pct === 'number') bits.push(say.case.clockUsed(b.share_pct));
  if ((e.act === 'hand_up' || e.act === 'hand_down') && typeof b.to === 'number') bits.push(lists.areaName(b.to));
  if (Array.isArray(b.evidence) && b.evidence.length > 0) bits.push(say.case.files(b.evidence.length));
  const comma = speaking.lang === 'en' ? ', ' : '，';
  const written = [str(lead?.task), person].filter(Boolean).join('，');
  return { chosen: bits.join(comma) + (bits.length > 0 && written ? comma : ''), written };
}

/** The name of an act as the log shows it. */
export function actName(act: string): string {
  return (say.acts as Record<string, string>)[act] ?? act;
}

/** Acts that deserve a mark of their own in the log. */
export function actMark(act: string): 'late' | 'soon' | null {
  if (act === 'escalate') return 'late';
  if (act === 'return' || act === 'urge' || act === 'warn' || act === 'reopen') return 'soon';
  return null;
}

/** Who did it: the person, or the role where a name is not given; the system for acts of the clock. */
export function whoDid(e: LogEntry): string {
  if (!e.by || e.by.role === 'system') return say.role.system;
  const role = (say.role as Record<string, string>)[e.by.role] ?? e.by.role;
  if (e.by.unit !== null && e.by.unit !== undefined) {
    const u = lists.units.get(e.by.unit);
    if (u) return named({ zh: u.name_zh, en: u.name_en });
  }
  return e.by.name || role;
}
