/** Whether the entries of a log follow one another, as far as a reader can see: each names the hash before it. Pure. */
import type { LogEntry } from '../../api/types.ts';

/** Version of the first entry that does not follow, `null` when all do. The hashes themselves are `verify`'s matter. */
export function chainOf(items: readonly LogEntry[]): { firstBad: number | null } {
  for (let i = 1; i < items.length; i++) {
    const before = items[i - 1];
    const here = items[i];
    if (!before || !here) continue;
    if (here.prev !== before.hash || here.version !== before.version + 1) return { firstBad: here.version };
  }
  return { firstBad: null };
}
