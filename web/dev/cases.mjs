// Made-up cases and a rough likeness of the loop, for drawing only. The real law is the server's.
import { createHash, randomUUID } from 'node:crypto';
import { chainOf, classes, grids, pick, rnd, units } from './city.mjs';

const TEXTS = ['3 号院消防通道停两辆厢式货车，消防车无法驶入', '公园西侧工地夜间切割，三户来电', '12 号楼门厅内 6 辆电动车飞线充电', '花园路东侧线缆垂落 2.1 米，行人绕行', '兴河路口北侧慢车道坑槽，约 0.6 平方米，深 8 厘米', '广场西门 4 只桶满溢落地，气味明显', '楼上漏水，双方约定今日下午到社区调解', '沿街非机动车道停车 11 辆', '烧烤店油烟直排二楼住户窗口', '高龄津贴申领材料，来电人听力不便', '7 号楼地下室燃气味，已关总阀通风', '铁路桥下积水约 15 厘米，已设警示', '学校围墙连片喷涂，约 30 处', '医院东门盲道砖缺 9 块', '单元门口旧沙发两组，堵住半边坡道', '河边南侧绿地散落餐盒'];
const iso = (ms) => new Date(ms).toISOString();
const due = (from, ms, span) => ({ from: iso(from), half: iso(from + ms / 2), most: iso(from + ms * 0.8), at: iso(from + ms), span });
const STAGE = { reported: 1, filed: 3, assigned: 3, handled: 5, answered: 5, evaluated: 6, ended: 6 };
let serial = 0;

function log(c, act, body, who, at = Date.now()) {
  const prev = c.log.at(-1)?.hash ?? '0'.repeat(64);
  const e = { version: c.log.length + 1, act, at: iso(at), by: { name: who?.person.name ?? '系统', role: who?.role ?? 'system', unit: who?.unit?.id ?? null }, body, prev };
  e.hash = createHash('sha256').update(JSON.stringify(e)).digest('hex');
  c.log.push(e);
  c.version = e.version;
  c.last_at = e.at;
}
function blank(id, text, place, at, who) {
  const c = { id, no: `261125-${(serial++ + 46656).toString(36).toUpperCase().padStart(6, '0')}`, version: 0, step: 'reported', stage: 1, state: 'open', class: null, urgency: 'ordinary', text, place, channel: 'worker', lead: null, co: [], due: due(at, 30 * 60e3, { work_minutes: 30 }), hold_until: null, reported_at: iso(at), last_at: iso(at), bounces: 0, reworks: 0, reopens: 0, urged: 0, overdue: false, evidence: [], verified: false, checked: false, confirmed: null, private: false, desk: null, level: 'county', log: [], shares: [], side: { hold: null, asked: null, pauses: [], links: [], absorbed: [], postponed: 0, warned_pct: 0, escalated: 0, appeal: null }, ended: null, answer: null };
  log(c, 'report', { text }, who, at);
  return c;
}
const restage = (c) => { c.stage = c.step === 'reported' ? 1 : c.step === 'filed' ? 2 : c.step === 'assigned' ? (c.shares.some((s) => s.lead && s.state !== 'given') ? 4 : 3) : c.step === 'handled' ? 4 : STAGE[c.step]; c.overdue = c.state === 'open' && !!c.due && Date.parse(c.due.at) < Date.now(); };

export function makeCases(n = Number(process.env.CASES ?? 1200)) {
  const out = [];
  const now = Date.now();
  for (let i = 0; i < n; i++) {
    const g = pick(grids), at = now - rnd() * 72 * 3600e3;
    const place = { words: null, lng: g.mid[0] + (rnd() - 0.5) * 0.002, lat: g.mid[1] + (rnd() - 0.5) * 0.002, areas: g.ancestors, off_m: null };
    const c = blank(randomUUID(), TEXTS[i % TEXTS.length], place, at, null);
    const far = rnd();
    if (far > 0.1) { c.verified = true; log(c, 'verify', {}, null, at + 600e3); }
    if (far > 0.2) { const k = pick(classes); c.class = k.code; c.urgency = k.urgency; c.step = 'filed'; log(c, 'file', { class: k.code }, null, at + 1200e3); }
    if (far > 0.4) { c.step = 'assigned'; c.lead = { unit: pick(units).id }; c.shares = [{ unit: c.lead.unit, lead: true, task: null, state: far > 0.6 ? 'accepted' : 'given', accept: due(at, 7200e3, { work_hours: 2 }), handle: due(at, 48 * 3600e3, { work_days: 2 }), at: iso(at) }]; log(c, 'assign', { unit: c.lead.unit }, null, at + 2400e3); if (rnd() > 0.8) { const u = units.find((x) => x.id !== c.lead.unit).id; c.co = [u]; c.shares.push({ unit: u, lead: false, task: '配合现场', state: 'given', accept: due(at, 7200e3, { work_hours: 2 }), handle: due(at, 72 * 3600e3, { work_days: 2 }), at: iso(at) }); } }
    if (far > 0.9) { c.step = 'handled'; log(c, 'handle', { note: '已处置' }, null, at + 7200e3); }
    c.due = due(at, (far > 0.4 ? 96 : 74) * 3600e3 * (0.85 + rnd() * 0.3), c.urgency === 'emergency' ? { urgent_hours: 24 } : { work_days: 2 });
    c.bounces = rnd() > 0.93 ? 1 : 0;
    if (rnd() > 0.96) { c.state = 'held'; c.hold_until = iso(now + 12 * 86400e3); c.side.hold = { from: iso(at), until: c.hold_until, reason: '待法院裁定' }; }
    restage(c);
    out.push(c);
  }
  return out;
}

export function view(c) {
  const { log: _l, shares: _s, side: _d, ended: _e, answer: _a, ...row } = c;
  return { ...row, evidence: c.evidence.length };
}

const LAW = {
  reported: (c) => [[c.verified ? 'file' : 'verify', c.verified ? ['class'] : [], true], ...(c.verified ? [] : [['file', ['class'], false]]), ['refuse', ['reason']], ['merge', ['into']], ['note', ['text']]],
  filed: () => [['assign', ['unit'], true], ['hand_up', ['reason']], ['suspend', ['until', 'reason']], ['urge', ['note']], ['merge', ['into']], ['link', ['to']], ['note', ['text']]],
  assigned: (c) => (c.shares.some((s) => s.lead && s.state === 'given') ? [['accept', [], true], ['return', ['reason']]] : [['handle', ['note', 'evidence'], true], ['progress', ['note']], ['ask_postpone', ['until', 'reason']]]).concat([['suspend', ['until', 'reason']], ['urge', ['note']], ['note', ['text']], ...(c.side.asked ? [['decide_postpone', ['granted'], true]] : [])]),
  handled: (c) => [[c.checked ? 'answer' : 'check', c.checked ? ['text'] : ['passed', 'note'], true], ['note', ['text']]],
  answered: () => [['confirm', ['satisfaction'], true], ['reopen', ['reason']], ['note', ['text']]],
  evaluated: () => [['appeal', ['reason']]],
  ended: () => [],
};
export function legalFor(c) {
  if (c.state === 'held') return [{ act: 'resume', needs: [], primary: true }, { act: 'note', needs: ['text'], primary: false }];
  return LAW[c.step](c).map(([act, needs, primary]) => ({ act, needs, primary: !!primary }));
}
export function advance(c, b, who) {
  if (b.act === 'assign' && !b.unit) return [{ path: '/unit', code: 'required', detail: 'required' }];
  const { act, ...body } = b;
  const now = Date.now();
  if (act === 'verify') c.verified = true;
  if (act === 'file') { c.class = b.class; c.verified = true; c.step = 'filed'; c.due = due(now, 3600e3, { work_minutes: 60 }); }
  if (act === 'refuse') { c.step = 'ended'; c.state = 'closed'; c.ended = { how: 'refused', reason: b.reason }; c.due = null; }
  if (act === 'merge') { c.step = 'ended'; c.state = 'closed'; c.ended = { how: 'merged', into: b.into }; c.due = null; }
  if (act === 'assign') { c.step = 'assigned'; c.lead = { unit: b.unit }; c.co = (b.co ?? []).map((x) => x.unit); c.shares = [{ unit: b.unit, lead: true, task: b.task ?? null, state: 'given', accept: due(now, 7200e3, { work_hours: 2 }), handle: due(now, 48 * 3600e3, { work_days: 2 }), at: iso(now) }, ...c.co.map((u) => ({ unit: u, lead: false, task: null, state: 'given', accept: due(now, 7200e3, { work_hours: 2 }), handle: due(now, 48 * 3600e3, { work_days: 2 }), at: iso(now) }))]; c.due = c.shares[0].accept; }
  if (act === 'accept') { c.shares[0].state = 'accepted'; c.due = c.shares[0].handle; }
  if (act === 'return') { c.step = 'filed'; c.bounces += 1; c.lead = null; c.shares = []; }
  if (act === 'handle') { c.step = 'handled'; c.shares.forEach((s) => (s.state = 'done')); for (const e of b.evidence ?? []) c.evidence.push({ ...e, sha256: 'x'.repeat(64), at: iso(now) }); }
  if (act === 'check') { if (b.passed) c.checked = true; else { c.step = 'assigned'; c.reworks += 1; c.shares.forEach((s) => (s.state = 'accepted')); } }
  if (act === 'answer') { c.step = 'answered'; c.answer = { at: iso(now), text: b.text, wait_until: iso(now + 86400e3), confirmed: null }; }
  if (act === 'confirm') { c.step = 'evaluated'; c.state = 'closed'; c.confirmed = b.satisfaction; c.due = null; }
  if (act === 'suspend') { c.state = 'held'; c.hold_until = b.until; c.side.hold = { from: iso(now), until: b.until, reason: b.reason }; }
  if (act === 'resume') { c.state = 'open'; c.hold_until = null; c.side.hold = null; }
  if (act === 'urge') c.urged += 1;
  if (act === 'ask_postpone') c.side.asked = { unit: c.lead.unit, at: iso(now), until: b.until, reason: b.reason };
  if (act === 'decide_postpone') c.side.asked = null;
  log(c, act, body, who);
  restage(c);
  return null;
}
function full(c, who, all) {
  const legal = legalFor(c);
  const start = Date.parse(c.reported_at), now = Date.now();
  const near = all.filter((x) => x !== c && x.place.areas.grid === c.place.areas.grid).slice(0, 2);
  const lead = units[c.text.length % units.length];
  return {
    ...c, log: undefined, legal, evidence: c.evidence,
    steps: [1, 2, 3, 4, 5, 6].map((s) => ({ stage: s, name: ['reported', 'filed', 'assigned', 'handled', 'answered', 'evaluated'][s - 1], started_at: s <= c.stage ? iso(start + s * 600e3) : null, ended_at: s < c.stage ? iso(start + (s + 1) * 600e3) : null, due: s === c.stage ? c.due : null, used_s: s < c.stage ? 600 : s === c.stage ? (now - start) / 1000 : null, over_s: s === c.stage && c.overdue ? 4000 : 0 })),
    route: c.lead ? { suggested: c.lead.unit, because_zh: '责任清单：道路破损 × 柳岸街道 → 本单位', because_en: 'Duty list: damaged road × Liuan → this unit', instead: null } : null,
    suggestion: legal.some((l) => l.act === 'assign') ? { lead: lead.id, because_zh: `责任清单：${c.class} × 本街道 → ${lead.name_zh}`, because_en: `Duty list: ${c.class} × this street → ${lead.name_en}`, gap: false, alternatives: [units[2].id, units[3].id] } : null,
    duplicates: near.map((x) => ({ id: x.id, no: x.no, distance_m: 38, score: 0.82, text: x.text, reported_at: x.reported_at, step: x.step, class: x.class })),
    clocks: legal.some((l) => l.act === 'assign') ? { accept: due(now, 7200e3, { work_hours: 2 }), handle: due(now, 48 * 3600e3, { work_days: 2 }) } : null,
    chain: { ok: true, entries: c.log.length, head: c.log.at(-1).hash },
  };
}
function report(b, _grids, _chain, id, all, who) {
  const place = { words: b.place.words ?? null, lng: b.place.lng, lat: b.place.lat, areas: chainOf(b.place.lng, b.place.lat), off_m: null };
  const c = blank(id, b.text, place, Date.now(), who);
  c.class = b.class ?? null;
  all.push(c);
  return c;
}
export const words = { full, report };
