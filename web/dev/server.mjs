// A stand-in for the server while the screens are drawn: the contract's addresses over made-up cases in memory.
// Not shipped, not a test of anything: tests run against the real binary. Start: node dev/server.mjs [port]
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { areas, areasById, chainOf, classes, grids, shapesFor, units, calendar } from './city.mjs';
import { advance, legalFor, makeCases, view, words } from './cases.mjs';

const port = Number(process.argv[2] ?? 8080);
const dist = new URL('../dist/', import.meta.url).pathname;
const cases = makeCases();
const sessions = new Map();
const keys = new Map();
const streams = new Set();
const blobs = new Map();
let cursor = 1000;

const accounts = { worker: 'worker', desk: 'desk', unit: 'handler', county: 'desk', city: 'leader', analyst: 'analyst', admin: 'admin' };
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const send = (res, status, body, headers = {}) => {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  res.writeHead(status, { 'content-type': type, ...headers });
  res.end(body === undefined ? '' : JSON.stringify(body));
};
const no = (res, status, code, extra = {}) => send(res, status, { title: code, status, code, detail: code, ...extra });
const read = async (req) => {
  const parts = [];
  for await (const p of req) parts.push(p);
  return Buffer.concat(parts);
};

function sessionOf(account) {
  const role = accounts[account];
  const county = areas.find((a) => a.level === 'county');
  return {
    person: { id: randomUUID(), name: { desk: '调度台 3 号席', unit: '市政值班员', worker: '04 网格员' }[account] ?? account, account },
    role, area: county, unit: account === 'unit' ? units[0] : null, grids: account === 'worker' ? [grids[0].id] : [],
    expires_at: new Date(Date.now() + 8 * 3600e3).toISOString(), city: { name_zh: '样城', name_en: 'Sample City', zone: 'Asia/Shanghai' },
    server_now: new Date().toISOString(),
  };
}

function matches(c, filter, who) {
  const now = Date.now();
  for (const m of filter.matchAll(/([a-z]+):("([^"]*)"|\S+)/g)) {
    const vals = m[3] !== undefined ? [m[3]] : m[2].split(',');
    const one = (v) => {
      switch (m[1]) {
        case 'step': return c.step === v;
        case 'stage': return String(c.stage) === v;
        case 'class': return c.class === v;
        case 'unit': return String(c.lead?.unit) === v;
        case 'area': return Object.values(c.place.areas).map(String).includes(v);
        case 'urgency': return c.urgency === v;
        case 'state': return v === 'late' ? c.state === 'open' && c.due && Date.parse(c.due.at) < now : v === 'soon' ? c.state === 'open' && c.due && Date.parse(c.due.most) < now && Date.parse(c.due.at) > now : c.state === v;
        case 'holder': return legalFor(c, who).some((l) => l.primary);
        case 'no': return c.no === v;
        case 'text': return c.text.includes(v);
        default: return true;
      }
    };
    if (!vals.some(one)) return false;
  }
  return true;
}

function emit(c, act) {
  cursor += 1;
  const data = { cursor: String(cursor), case: c.id, version: c.version, no: c.no, act, at: new Date().toISOString(), step: c.step, stage: c.stage, state: c.state, lead: c.lead?.unit ?? null, grid: c.place.areas.grid, county: c.place.areas.county, township: c.place.areas.township, due_at: c.due?.at ?? null, overdue: c.overdue, urgency: c.urgency };
  for (const s of streams) s.write(`id: ${cursor}\nevent: act\ndata: ${JSON.stringify(data)}\n\n`);
}

async function api(req, res, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const token = /gridward_session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? /^Bearer (.+)/.exec(req.headers.authorization ?? '')?.[1];
  const account = sessions.get(token);
  if (path === '/session' && req.method === 'POST') {
    const b = JSON.parse(await read(req));
    if (!accounts[b.account] || b.password !== (process.env.GRIDWARD_DEMO_PASSWORD ?? 'demo')) return no(res, 401, 'unauthorized');
    const t = randomUUID();
    sessions.set(t, b.account);
    return send(res, 200, { ...sessionOf(b.account), ...(b.bearer ? { token: t } : {}) }, { 'set-cookie': `gridward_session=${t}; HttpOnly; SameSite=Strict; Path=/` });
  }
  if (!account) return no(res, 401, 'unauthorized');
  if (req.method !== 'GET' && !req.headers['x-gridward'] && !req.headers.authorization) return no(res, 403, 'csrf');
  const who = sessionOf(account);
  if (path === '/session') {
    if (req.method === 'DELETE') { sessions.delete(token); return send(res, 204); }
    return send(res, 200, who);
  }
  if (path === '/classes') return send(res, 200, { version: 1, items: classes });
  if (path === '/units') return send(res, 200, { items: units });
  if (path.startsWith('/calendars/')) return send(res, 200, calendar());
  if (path === '/areas') {
    const level = url.searchParams.get('level');
    return send(res, 200, { items: areas.filter((a) => !level || a.level === level), next: null });
  }
  let m;
  if ((m = /^\/areas\/(\d+)\/(shapes|loads)$/.exec(path))) {
    const open = new Map();
    for (const c of cases) if (c.state !== 'closed') { const o = open.get(c.place.areas.grid) ?? [0, 0]; o[0] += 1; if (c.overdue) o[1] += 1; open.set(c.place.areas.grid, o); }
    if (m[2] === 'loads') return send(res, 200, { items: [...open].map(([area, [o, d]]) => ({ area, open: o, overdue: d })) });
    return send(res, 200, shapesFor(url.searchParams.get('level') ?? 'grid', open));
  }
  if ((m = /^\/areas\/(\w+)$/.exec(path))) { const a = areasById.get(Number(m[1])); return a ? send(res, 200, a) : no(res, 404, 'not_found'); }
  if (path === '/cases/counts') {
    const out = {};
    for (const v of url.searchParams.getAll('v')) { const i = v.indexOf('='); out[v.slice(0, i)] = cases.filter((c) => matches(c, v.slice(i + 1), who)).length; }
    return send(res, 200, out);
  }
  if (path === '/cases' && req.method === 'GET') {
    const limit = Number(url.searchParams.get('limit') ?? 100), from = Number(url.searchParams.get('cursor') ?? 0);
    const list = cases.filter((c) => matches(c, url.searchParams.get('filter') ?? '', who));
    if (url.searchParams.get('sort') === '-reported') list.sort((a, b) => b.reported_at.localeCompare(a.reported_at));
    else list.sort((a, b) => (a.due?.at ?? '9').localeCompare(b.due?.at ?? '9'));
    return send(res, 200, { items: list.slice(from, from + limit).map(view), next: from + limit < list.length ? String(from + limit) : null, total: list.length, total_capped: false });
  }
  if (path === '/cases' && req.method === 'POST') {
    const b = JSON.parse(await read(req));
    const c = words.report(b, grids, chainOf, req.headers['idempotency-key'] ?? b.id ?? randomUUID(), cases, who);
    emit(c, 'report');
    return send(res, 201, words.full(c, who, cases), { etag: `"v${c.version}"` });
  }
  if ((m = /^\/cases\/([^/]+)(?:\/(\w+))?$/.exec(path))) {
    const c = cases.find((x) => x.id === m[1] || x.no === decodeURIComponent(m[1]));
    if (!c) return no(res, 404, 'not_found');
    if (!m[2]) return send(res, 200, words.full(c, who, cases), { etag: `"v${c.version}"` });
    if (m[2] === 'log') return send(res, 200, { items: c.log, ok: true });
    if (m[2] === 'acts') {
      const b = JSON.parse(await read(req));
      const key = req.headers['idempotency-key'];
      if (keys.has(key)) return send(res, 200, words.full(c, who, cases), { 'idempotent-replay': 'true' });
      if (req.headers['if-match'] && req.headers['if-match'] !== `"v${c.version}"`) return no(res, 412, 'stale');
      const legal = legalFor(c, who);
      if (!legal.some((l) => l.act === b.act)) return no(res, 409, 'wrong_step', { refusal: { why: 'wrong_step', at: c.step, act: b.act, legal: legal.map((l) => l.act) } });
      const fields = advance(c, b, who);
      if (fields) return no(res, 422, 'invalid', { fields });
      keys.set(key, true);
      emit(c, b.act);
      return send(res, 200, words.full(c, who, cases), { etag: `"v${c.version}"` });
    }
  }
  if (path === '/attachments' && req.method === 'POST') {
    const bytes = await read(req), id = randomUUID();
    blobs.set(id, { bytes, type: req.headers['content-type'] });
    return send(res, 201, { id, sha256: createHash('sha256').update(bytes).digest('hex'), mime: req.headers['content-type'], bytes: bytes.length, width: 0, height: 0, taken_at: null });
  }
  if ((m = /^\/attachments\/(.+)$/.exec(path))) { const b = blobs.get(m[1]); if (!b) return no(res, 404, 'not_found'); res.writeHead(200, { 'content-type': b.type }); return res.end(b.bytes); }
  if (path === '/events') {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(': hello\n\n');
    streams.add(res);
    const beat = setInterval(() => res.write(': beat\n\n'), 20_000);
    req.on('close', () => { streams.delete(res); clearInterval(beat); });
    return;
  }
  return no(res, 404, 'not_found');
}

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml' };
createServer((req, res) => {
  const url = new URL(req.url, `http://127.0.0.1:${port}`);
  if (url.pathname.startsWith('/api/v1')) return void api(req, res, url).catch((e) => { console.error(e); no(res, 500, 'fault'); });
  const file = extname(url.pathname) ? url.pathname.slice(1) : 'index.html';
  readFile(join(dist, file)).then(
    (b) => { res.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP }); res.end(b); },
    () => no(res, 404, 'not_found'),
  );
}).listen(port, '127.0.0.1', () => console.log(`stand-in on http://127.0.0.1:${port}`));

if (process.env.LIVE) setInterval(() => { const c = words.report({ text: '模拟新报 ' + new Date().toLocaleTimeString('zh-CN'), place: { lng: 115.98, lat: 36.455 } }, grids, chainOf, randomUUID(), cases, sessionOf('worker')); emit(c, 'report'); }, 4000);
