/**
 * What each act asks of the person: its fields, in order, and the key that begins it. A table, so that
 * the dialog, the keys and the tests read the same thing. The server alone decides which acts are legal.
 */
import type { ActName } from '../../api/types.ts';

export type FieldKind = 'text' | 'line' | 'reason' | 'yesno' | 'unit' | 'units' | 'class' | 'urgency' | 'until' | 'evidence' | 'case' | 'area' | 'satisfaction' | 'parts';

export interface Field {
  /** Name in the act's body. */
  name: string;
  kind: FieldKind;
  required: boolean;
  /** Which words to put over it, where the name alone does not say (see `say.act.fields`). */
  label?: string;
  /** Which hint stands under it (see `say.act.hints`). */
  hint?: string;
}

export interface ActForm {
  /** The key on the queue and the case page, as `chord` writes it. */
  key: string;
  fields: Field[];
}

const note = (required = false, hint = 'note'): Field => ({ name: 'note', kind: 'text', required, hint });
const reason: Field = { name: 'reason', kind: 'text', required: true, hint: 'reason' };
const evidence: Field = { name: 'evidence', kind: 'evidence', required: false };
const until = (hint: string): Field => ({ name: 'until', kind: 'until', required: true, hint });

export const FORMS: Record<ActName, ActForm> = {
  verify: { key: 'v', fields: [note(), evidence] },
  refuse: { key: 'r', fields: [{ name: 'reason', kind: 'reason', required: true }, note()] },
  merge: { key: 'd', fields: [{ name: 'into', kind: 'case', required: true, hint: 'merge' }] },
  split: { key: 'Shift+d', fields: [{ name: 'parts', kind: 'parts', required: true, hint: 'parts' }] },
  link: { key: 'l', fields: [{ name: 'to', kind: 'case', required: true, label: 'link' }] },
  file: { key: 'f', fields: [{ name: 'class', kind: 'class', required: true }, { name: 'urgency', kind: 'urgency', required: false }] },
  assign: {
    key: 'a',
    fields: [
      { name: 'unit', kind: 'unit', required: true },
      { name: 'instead', kind: 'line', required: false, hint: 'instead' },
      { name: 'co', kind: 'units', required: false },
      { name: 'task', kind: 'line', required: false },
    ],
  },
  accept: { key: 'a', fields: [] },
  return: { key: 'b', fields: [reason] },
  hand_up: { key: 'Shift+u', fields: [reason] },
  hand_down: { key: 'Shift+b', fields: [{ name: 'to', kind: 'area', required: true }, reason] },
  ask_postpone: { key: 'p', fields: [until('postpone'), reason] },
  decide_postpone: { key: 'p', fields: [{ name: 'granted', kind: 'yesno', required: true }, note()] },
  suspend: { key: 'h', fields: [until('until'), reason] },
  resume: { key: 'h', fields: [] },
  urge: { key: 'u', fields: [note(true)] },
  progress: { key: 'Shift+e', fields: [note(true), evidence] },
  handle: { key: 'e', fields: [note(true, 'handle'), evidence] },
  fix_on_spot: { key: 'Shift+f', fields: [{ name: 'class', kind: 'class', required: true }, note(true, 'handle'), evidence] },
  check: { key: 'c', fields: [{ name: 'passed', kind: 'yesno', required: true }, note(), evidence] },
  answer: { key: 't', fields: [{ name: 'text', kind: 'text', required: true, hint: 'answer' }] },
  confirm: { key: 'o', fields: [{ name: 'satisfaction', kind: 'satisfaction', required: true }, note()] },
  reopen: { key: 'Shift+o', fields: [reason] },
  appeal: { key: 'Shift+a', fields: [reason] },
  decide_appeal: { key: 'Shift+c', fields: [{ name: 'upheld', kind: 'yesno', required: true }, note(true)] },
  withdraw: { key: 'w', fields: [reason] },
  note: { key: 'n', fields: [{ name: 'text', kind: 'text', required: true, hint: 'note' }] },
};

/** How a key is written on its cap: `⇧A`. */
export function cap(key: string): string {
  return key.startsWith('Shift+') ? `⇧${key.slice(6).toUpperCase()}` : key.toUpperCase();
}

/** What is filled in, by field name. */
export type Values = Record<string, unknown>;

function blank(v: unknown): boolean {
  return v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0) || (typeof v === 'string' && v.trim() === '');
}

/** Acts that say the work is done: what the class wants to be shown must be there by then. */
const SHOWN: ReadonlySet<ActName> = new Set(['handle', 'fix_on_spot']);

/** Kinds of evidence that an act still owes, of those the class asks for and the case does not have. Pure. */
export function owed(act: ActName, asked: readonly string[], there: readonly string[]): string[] {
  return SHOWN.has(act) ? asked.filter((k) => !there.includes(k)) : [];
}

/** Kinds still owed after what was given in the form. */
export function unpaid(owes: readonly string[], given: readonly { kind: string }[]): string[] {
  return owes.filter((k) => !given.some((g) => g.kind === k));
}

/**
 * The fields as they stand now: an answer can make another field necessary. `suggested` is the unit that the city
 * suggests, `owes` the kinds of evidence still owed. Pure.
 */
export function fieldsNow(act: ActName, values: Values, suggested: number | null, owes: readonly string[]): Field[] {
  const elsewhere = act === 'assign' && suggested !== null && values.unit != null && values.unit !== suggested;
  const refused = values.passed === false || values.granted === false;
  return FORMS[act].fields
    .filter((f) => f.name !== 'instead' || elsewhere)
    .map((f) => (f.name === 'instead' || (f.name === 'note' && refused) || (f.kind === 'evidence' && owes.length > 0) ? { ...f, required: true } : f));
}

/** Names of required fields that are still empty. */
export function missing(fields: readonly Field[], values: Values): string[] {
  return fields.filter((f) => f.required && blank(values[f.name])).map((f) => f.name);
}

/** The act's body without what was left empty; words are trimmed. */
export function bodyOf(fields: readonly Field[], values: Values): Values {
  const out: Values = {};
  for (const f of fields) {
    const v = values[f.name];
    if (blank(v)) continue;
    out[f.name] = typeof v === 'string' ? v.trim() : v;
  }
  return out;
}

/** The first choice for "until when": five in the afternoon, some days ahead, as an input holds it. */
export function untilDefault(today: string, days: number): string {
  const at = new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000);
  return `${at.toISOString().slice(0, 10)}T17:00`;
}
