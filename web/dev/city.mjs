// A made-up corner of a city for drawing the screens: one county, three streets, 12 communities, 432 grids.
let seed = 7;
export const rnd = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
export const pick = (a) => a[Math.floor(rnd() * a.length)];

export const areas = [];
let next = 1;
const add = (level, parent, code, name_zh, name_en) => {
  const up = parent ? { ...parent.ancestors } : { city: null, county: null, township: null, community: null, grid: null };
  const a = { id: next++, parent: parent?.id ?? null, level, code, name_zh, name_en, pinyin: '', kind: level === 'grid' ? 'basic' : null, ancestors: up, valid_from: '2024-01-01', valid_to: null, successors: [] };
  a.ancestors = { ...up, [level]: a.id };
  areas.push(a);
  return a;
};
const city = add('city', null, '9901', '样城', 'Sample City');
const county = add('county', city, '990102', '东区', 'East District');
const W = 24, H = 18, X0 = 115.94, Y0 = 36.42, DX = 0.0034, DY = 0.003;
const streets = [['古槐街道', 'Guhuai'], ['柳岸街道', 'Liuan'], ['新河街道', 'Xinhe']].map(([z, e], i) => add('township', county, `99010200${i + 1}`, z, e));
const commNames = [['汇金', 'Huijin'], ['铁西', 'Tiexi'], ['文苑', 'Wenyuan'], ['向阳', 'Xiangyang'], ['新时代', 'Xinshidai'], ['越河街', 'Yuehejie'], ['公园', 'Gongyuan'], ['育新', 'Yuxin'], ['广场', 'Guangchang'], ['新世纪', 'Xinshiji'], ['站前', 'Zhanqian'], ['振兴', 'Zhenxing']];
const comms = commNames.map(([z, e], i) => add('community', streets[Math.floor(i / 4)], `99010200${Math.floor(i / 4) + 1}${String(i + 1).padStart(3, '0')}`, `${z}社区`, e));
const corner = Array.from({ length: H + 1 }, () => Array.from({ length: W + 1 }, () => [(rnd() - 0.5) * 0.5, (rnd() - 0.5) * 0.5]));
const pt = (x, y) => [X0 + (x + (x % W ? corner[y][x][0] : 0)) * DX, Y0 + (y + (y % H ? corner[y][x][1] : 0)) * DY].map((v) => +v.toFixed(5));
export const grids = [];
for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) {
  const comm = comms[Math.floor(x / 8) * 4 + Math.floor(y / 4.5)];
  const n = grids.filter((g) => g.parent === comm.id).length + 1;
  const g = add('grid', comm, `${comm.code}${String(n).padStart(3, '0')}`, `${comm.name_zh} ${String(n).padStart(2, '0')} 网格`, `${comm.name_en} grid ${String(n).padStart(2, '0')}`);
  g.ring = [pt(x, y), pt(x + 1, y), pt(x + 1, y + 1), pt(x, y + 1), pt(x, y)];
  g.mid = [X0 + (x + 0.5) * DX, Y0 + (y + 0.5) * DY];
  grids.push(g);
}
export const areasById = new Map(areas.map((a) => [a.id, a]));
export const chainOf = (lng, lat) => {
  const x = Math.min(W - 1, Math.max(0, Math.floor((lng - X0) / DX))), y = Math.min(H - 1, Math.max(0, Math.floor((lat - Y0) / DY)));
  return grids[y * W + x].ancestors;
};
export const shapesFor = (level, open) => {
  const feature = (a, coordinates) => ({ type: 'Feature', id: a.id, properties: { id: a.id, code: a.code, name_zh: a.name_zh, name_en: a.name_en, level: a.level, open: open.get(a.id)?.[0] ?? 0, overdue: open.get(a.id)?.[1] ?? 0 }, geometry: { type: 'Polygon', coordinates: [coordinates] } });
  if (level === 'grid') return { type: 'FeatureCollection', features: grids.map((g) => feature(g, g.ring)) };
  if (level === 'township') return { type: 'FeatureCollection', features: streets.map((s, i) => feature(s, [...Array.from({ length: H + 1 }, (_, y) => pt(i * 8, y)), ...Array.from({ length: H + 1 }, (_, y) => pt((i + 1) * 8, H - y)), pt(i * 8, 0)])) };
  return { type: 'FeatureCollection', features: [feature(county, [pt(0, 0), pt(W, 0), pt(W, H), pt(0, H), pt(0, 0)])] };
};
export const units = [['市政工程服务中心', 'Municipal Works'], ['消防救援大队', 'Fire & Rescue'], ['环卫中心', 'Sanitation'], ['综合执法局', 'Enforcement'], ['交警一大队', 'Traffic Police'], ['园林中心', 'Parks'], ['住建局', 'Housing'], ['民政局', 'Civil Affairs']].map(([z, e], i) => ({ id: 101 + i, code: `U${i + 1}`, name_zh: z, name_en: e, level: 'county', area: county.id, parent: null }));
const span = (span, zh, en) => ({ span, zh, en });
const cls = (code, z, e, urgent = false, gz = '市容环境', ge = 'Streets') => ({ code, name_zh: z, name_en: e, group_zh: gz, group_en: ge, urgency: urgent ? 'emergency' : 'ordinary', private: false, evidence: ['before', 'after'], criteria_zh: '现场可见即立案，恢复原状即结案', criteria_en: 'Filed when seen on site, closed when put right', stages: { verify: span({ work_minutes: 30 }, '30 工作分钟', '30 working min'), accept: span({ work_hours: 2 }, '2 工作小时', '2 working hours'), handle: urgent ? span({ urgent_hours: 24 }, '24 小时', '24 hours') : span({ work_days: 2 }, '2 个工作日', '2 working days') } });
export const classes = [cls('06013', '道路破损', 'Damaged road'), cls('09012', '占用消防通道', 'Blocked fire lane', true), cls('07004', '噪声扰民', 'Noise'), cls('06021', '暴露垃圾', 'Exposed rubbish'), cls('08003', '机动车乱停放', 'Illegal parking'), cls('06030', '架空线缆脱落', 'Fallen cable', true), cls('09020', '燃气隐患', 'Gas hazard', true), cls('10001', '咨询', 'Advice'), cls('06040', '绿地脏乱', 'Littered green')];
const hours = [['08:30', '12:00'], ['14:00', '17:30']];
export const calendar = () => ({ zone: 'Asia/Shanghai', week: { mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: [], sun: [] }, exceptions: [], covers: ['2024-01-01', '2027-12-31'] });
