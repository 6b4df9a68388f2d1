/** Which files are taken as evidence, and in which words a refused one is told. Knows the API's limits, sends nothing. */
import { Problem } from '../../api/http.ts';
import { say } from '../../i18n/lang.svelte.ts';
import { problemWords } from './refusal.ts';

/** The API's own limit. */
export const MOST_BYTES = 20 * 1024 * 1024;
/** What the file chooser offers; the server looks at the bytes themselves. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,application/pdf,audio/ogg,audio/mpeg,audio/wav,audio/x-wav,audio/amr,.amr';
const TAKEN = /^(image\/(jpeg|png|webp)|application\/(pdf|ogg|octet-stream)|audio\/(ogg|mpeg|mp3|wav|wave|x-wav|vnd\.wave|amr|3gpp))$/;

export interface Refused {
  words: string;
  /** Whether sending the same file again can help. */
  again: boolean;
}

/** Why a file need not even be sent; null when it may. A file whose kind the browser does not know may. */
export function unfit(file: Pick<File, 'size' | 'type' | 'name'>): Refused | null {
  if (file.size === 0) return { words: say.act.emptyFile, again: false };
  if (file.size > MOST_BYTES) return { words: say.act.tooBig, again: false };
  const kind = file.type.split(';')[0]?.trim().toLowerCase() ?? '';
  return kind && !TAKEN.test(kind) ? { words: say.act.badKind, again: false } : null;
}

/** Why the server did not take a file. */
export function notTaken(failed: unknown, type: string): Refused {
  if (!(failed instanceof Problem) || failed.offline) return { words: say.act.uploadOffline, again: true };
  if (failed.code === 'too_large' || failed.status === 413) return { words: say.act.tooBig, again: false };
  const fields = Array.isArray(failed.body.fields) ? (failed.body.fields as { code?: string }[]) : [];
  if (fields.some((f) => f.code === 'range')) return { words: type.startsWith('image/') ? say.act.tooManyPixels : say.act.tooBig, again: false };
  if (fields.some((f) => f.code === 'format') || failed.status === 415) return { words: type.startsWith('image/') ? say.act.unreadable : say.act.badKind, again: false };
  return { words: problemWords(failed), again: true };
}
