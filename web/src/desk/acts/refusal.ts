/**
 * A failed act in words that stand at the button: what the law says, what is legal now, and that nothing typed is
 * lost. The server's own sentences are English and not stable; here its codes are put into the language spoken.
 */
import { Problem } from '../../api/http.ts';
import type { RefusalBody } from '../../api/types.ts';
import { say, speaking } from '../../i18n/lang.svelte.ts';

export interface Said {
  head: string;
  more: string;
  /** Messages of single fields, by field name. */
  fields: Record<string, string>;
}

export function actWords(act: string): string {
  return (say.acts as Record<string, string>)[act] ?? act;
}

function reasonOf(r: RefusalBody): string {
  const why = say.act.why;
  if (r.why === 'wrong_step') return why.wrong_step((say.steps as Record<string, string>)[r.at ?? ''] ?? say.state.closed);
  const plain = why as unknown as Record<string, unknown>;
  const found = plain[r.why];
  return typeof found === 'string' ? found : why.other;
}

/** The kinds of evidence a refusal names: the one message whose content only its sentence tells. */
function kindsIn(detail: string): string[] {
  return [...detail.matchAll(/(\d+) × ([a-z]+)/g)].map((m) => m[2] ?? '').filter((k) => k in say.case.evidenceKind);
}

/** What is still to be shown, in words: `处置后照片、文件`. */
export function kindsInWords(kinds: readonly string[]): string {
  const names = say.act.evidenceOf as Record<string, string>;
  return kinds.map((k) => names[k] ?? k).join(say.app.listComma);
}

/** Fields that hold sentences: their range is a length. */
const WRITTEN: ReadonlySet<string> = new Set(['text', 'note', 'reason', 'instead', 'task', 'parts']);

interface FieldSaid { path?: string; detail?: string; code?: string }

function fieldWords(name: string, f: FieldSaid): string {
  const owes = name === 'evidence' ? kindsIn(f.detail ?? '') : [];
  if (owes.length > 0) return say.act.stillNeeds(kindsInWords(owes));
  // English readers get the server's sentence, which knows more than its code.
  if (speaking.lang === 'en' && f.detail) return f.detail;
  if (f.code === 'range' && WRITTEN.has(name)) return say.act.fieldWhy.long;
  return (say.act.fieldWhy as Record<string, string>)[f.code ?? ''] ?? say.act.fieldWhy.other;
}

function fieldsOf(p: Problem): Record<string, string> {
  const out: Record<string, string> = {};
  const list = p.body.fields;
  if (!Array.isArray(list)) return out;
  for (const f of list as FieldSaid[]) {
    const name = (f.path ?? '').split('/').filter(Boolean)[0];
    if (name) out[name] = fieldWords(name, f);
  }
  return out;
}

/** Any failure in one sentence, by its stable code. */
export function problemWords(failed: unknown): string {
  if (!(failed instanceof Problem)) return say.act.failed;
  if (failed.offline) return say.act.offline;
  const known = (say.problem as Record<string, string>)[failed.code];
  if (known) return known;
  if (failed.status === 403 || failed.status === 404) return say.act.denied;
  if (failed.status === 503 || failed.status === 429) return failed.retryAfter ? say.act.busy(failed.retryAfter) : say.act.busySome;
  return say.act.failed;
}

/** `typed` says whether there was a form whose content is kept; `shown` which of its fields can carry a message. */
export function inWords(failed: unknown, act: string, typed: boolean, shown?: readonly string[]): Said {
  const kept = typed ? say.act.kept : '';
  if (!(failed instanceof Problem)) return { head: say.act.failed, more: kept, fields: {} };
  if (failed.offline) return { head: say.act.offline, more: '', fields: {} };
  const refusal = failed.body.refusal as RefusalBody | undefined;
  if (refusal) {
    const legal = refusal.legal ?? [];
    const now = legal.length > 0 ? say.act.legalNow(legal.map(actWords).join(say.app.listComma)) : say.act.legalNone;
    return { head: say.act.refused(actWords(act)) + say.app.gap + reasonOf(refusal), more: now, fields: {} };
  }
  if (failed.status === 412 || failed.code === 'stale' || failed.code === 'conflict') return { head: say.act.stale, more: '', fields: {} };
  const fields = fieldsOf(failed);
  if (Object.keys(fields).length > 0) {
    const stray = Object.entries(fields).filter(([name]) => shown === undefined || !shown.includes(name));
    const names = say.act.fields as Record<string, string>;
    const more = stray.map(([name, words]) => say.act.fieldLine(names[name] ?? '', words)).join(say.app.gap);
    const head = stray.length === Object.keys(fields).length ? say.act.refusedPlain(actWords(act)) : say.act.invalid;
    return { head, more, fields };
  }
  const head = problemWords(failed);
  return { head, more: head === say.act.denied ? '' : kept, fields: {} };
}
