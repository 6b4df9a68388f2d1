/** Which classes a report's own words point to: names of classes share pairs of characters with what was said. Pure. */

/** Pairs that nearly every class has say nothing about one. */
const COMMON = ['异常', '秩序', '行为', '设施', '问题', '管理', '城市', '公共', '违规', '其他'];
/** Words for the state of a thing weigh less than the thing: a broken cover is a cover first. */
const STATES = new Set(['破损', '损坏', '缺失', '丢失', '松动', '堵塞', '积水', '脏污', '倾斜', '断裂', '移位']);
const STATE_WEIGHT = 0.4;

function pairs(text: string): Set<string> {
  const out = new Set<string>();
  let rest = text;
  for (const c of COMMON) rest = rest.replaceAll(c, ' '); // no pair across what says nothing
  for (const run of rest.match(/[\u3400-\u9fff]+/g) ?? []) {
    for (let i = 0; i + 2 <= run.length; i++) out.add(run.slice(i, i + 2));
  }
  return out;
}

/** The thing a class is about: the last pair of its name, for Chinese names end in what they name. */
function thing(name: string): string {
  let core = name;
  for (const w of [...COMMON, ...STATES]) core = core.replaceAll(w, '');
  return core.length >= 2 ? core.slice(-2) : '';
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
    for (const p of own) if (said.has(p)) score += STATES.has(p) ? STATE_WEIGHT : 1;
    if (said.has(thing(one.name_zh))) score += 1;
    if (score > 0) scored.push({ one, score: score + score / own.size, at });
    at += 1;
  }
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, most).map((s) => s.one);
}
