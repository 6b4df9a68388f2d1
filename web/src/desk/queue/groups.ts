/**
 * The queue as the work day sees it: late, before the end of work, tonight, when work begins again, on hold.
 * A flat sort by hours would hide which cases cannot move before the office opens. Pure.
 */
import type { CaseRow } from '../../api/types.ts';
import type { WorkDay } from '../../time/calendar.ts';

export type GroupName = 'late' | 'today' | 'tonight' | 'next' | 'later' | 'hold' | 'free' | 'closed';
export const GROUP_ORDER: GroupName[] = ['late', 'today', 'tonight', 'next', 'later', 'hold', 'free', 'closed'];

/** Which group a case is in. `later` is two working days or more ahead, `free` has no clock running. */
export function groupOf(row: CaseRow, now: number, day: WorkDay, endOfNext: number | null): GroupName {
  if (row.state === 'closed') return 'closed';
  if (row.state === 'held') return 'hold';
  if (!row.due) return 'free';
  const due = Date.parse(row.due.at);
  if (due <= now) return 'late';
  if (day.endsAt !== null && due <= day.endsAt) return 'today';
  if (day.nextAt === null || due < day.nextAt) return 'tonight';
  if (endOfNext === null || due <= endOfNext) return 'next';
  return 'later';
}

/** Rows by the moment they are due: a row whose clock has just changed belongs elsewhere than where it came. */
export function byDue(rows: readonly CaseRow[]): CaseRow[] {
  const keyed = rows.map((row) => ({ row, at: row.due ? Date.parse(row.due.at) : Infinity }));
  return keyed.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map((k) => k.row);
}

/** One line of the list: a group's head or a case. */
export type Line = { head: GroupName; count: number } | { row: CaseRow; at: number };

/** Heads and rows in order. The order of rows within a group is the order given. */
export function lines(rows: readonly CaseRow[], group: (row: CaseRow) => GroupName): { lines: Line[]; order: CaseRow[] } {
  const by = new Map<GroupName, CaseRow[]>();
  for (const row of rows) {
    const g = group(row);
    const list = by.get(g);
    if (list) list.push(row);
    else by.set(g, [row]);
  }
  const out: Line[] = [];
  const order: CaseRow[] = [];
  for (const head of GROUP_ORDER) {
    const list = by.get(head);
    if (!list) continue;
    out.push({ head, count: list.length });
    for (const row of list) {
      out.push({ row, at: order.length });
      order.push(row);
    }
  }
  return { lines: out, order };
}
