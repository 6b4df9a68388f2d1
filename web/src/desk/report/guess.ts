/** Which classes a report's own words point to: names of classes share pairs of characters with what was said. Pure. */

/** Pairs that nearly every class has say nothing about one. */
const COMMON = new Set(['异常', '秩序', '行为', '设施', '问题', '管理', '城市', '公共', '违规', '其他']);

function pairs(text: string): Set<string> {
  const out = new Set<string>();
  for (const run of text.match(/[\u3400-\u9fff]+/g) ?? []) {
    for (let i = 0; i + 2 <= run.length; i++) {
      const p = run.slice(i, i + 2);
      if (!COMMON.has(p)) out.add(p);
    }
  }
  return out;
}

/** The likeliest classes, best first, at most `most`; none when no word fits. Equal ones keep the order of the dictionary. */
export function guess<T extends { name_zh: string }>(text: string, classes: Iterable<T>, most = 3): T[] {
  const said = pairs(text);
  if (said.size === 0) return [];
  const scored: { one: T; score: number; at: number }[] = [];
  let at = 0;
  for (const one of classes) {
    const own = pairs(one.name_zh);
    let score = 0;
    for (const p of own) if (said.has(p)) score += 1;
    if (score > 0) scored.push({ one, score: score + score / own.size, at });
    at += 1;
  }
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, most).map((s) => s.one);
}
