/** A failed act in words that stand at the button: what the law says, what is legal now, and that nothing typed is lost. */
import { Problem } from '../../api/http.ts';
import type { RefusalBody } from '../../api/types.ts';
import { say } from '../../i18n/lang.svelte.ts';

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

function fieldsOf(p: Problem): Record<string, string> {
  const out: Record<string, string> = {};
  const list = p.body.fields;
  if (!Array.isArray(list)) return out;
  for (const f of list as { path?: string; detail?: string; code?: string }[]) {
    const name = (f.path ?? '').split('/').filter(Boolean)[0];
    if (name) out[name] = f.code === 'required' ? say.act.required : f.detail || say.act.required;
  }
  return out;
}

/** `typed` says whether there was a form whose content is kept. */
export function inWords(failed: unknown, act: string, typed: boolean): Said {
  const kept = typed ? say.act.kept : '';
  if (!(failed instanceof Problem)) return { head: say.act.failed, more: kept, fields: {} };
  if (failed.offline) return { head: say.act.offline, more: '', fields: {} };
  const refusal = failed.body.refusal as RefusalBody | undefined;
  if (refusal) {
    const legal = refusal.legal ?? [];
    const sep = say.app.listComma;
    const now = legal.length > 0 ? say.act.legalNow(legal.map(actWords).join(sep)) : say.act.legalNone;
    return { head: say.act.refused(actWords(act)) + say.app.gap + reasonOf(refusal), more: now, fields: {} };
  }
  if (failed.status === 412 || failed.code === 'stale' || failed.code === 'conflict') return { head: say.act.stale, more: '', fields: {} };
  if (failed.status === 403 || failed.status === 404) return { head: say.act.denied, more: '', fields: {} };
  if (failed.status === 422 || failed.status === 400) {
    const fields = fieldsOf(failed);
    return { head: say.act.invalid, more: Object.keys(fields).length > 0 ? '' : failed.message, fields };
  }
  if (failed.status === 503 || failed.status === 429 || failed.code === 'busy') {
    return { head: failed.retryAfter ? say.act.busy(failed.retryAfter) : say.act.busySome, more: kept, fields: {} };
  }
  return { head: say.act.failed, more: kept, fields: {} };
}
