// What a form asks of whom: a worker's own report, the evidence a class wants, lists that keep what was chosen, and a
// case that leaves one's hands.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { newId, pointOf, program, type CaseView, type Program } from './lib/api.ts';
import { launch, open, signIn } from './lib/browser.ts';

interface Kind { code: string; name_zh: string; private: boolean; evidence: string[] }
interface Unit { id: number; code: string; name_zh: string; area: number; level: string }

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PNG });

let browser: Browser;
let worker: Program;
let desk: Program;
let point: { lng: number; lat: number };
let both: Kind;
before(async () => {
  browser = await launch();
  worker = await program('worker');
  desk = await program('desk');
  point = await pointOf(worker);
  const { items } = await worker.get<{ items: Kind[] }>('/classes');
  const found = items.find((k) => !k.private && k.evidence.join() === 'before,after');
  assert.ok(found, 'no class asks for a picture before and one after');
  both = found;
});
after(async () => {
  await browser?.close();
});

const fresh = (text: string) => worker.post<CaseView>('/cases', { text, class: both.code, place: { ...point, words: '测试路口' }, evidence: [] }, newId());
const look = (id: string) => desk.get<CaseView & { class: string; channel: string; co: number[] }>(`/cases/${id}`);

/** A phone in a hand: small, touched, and knowing where it is. */
async function phone(next: string, granted = true): Promise<{ page: Page; faults: string[] }> {
  const { page, faults } = await open(browser, {
    width: 360, height: 740,
    options: { hasTouch: true, isMobile: true, ...(granted ? { permissions: ['geolocation'], geolocation: { longitude: point.lng, latitude: point.lat } } : {}) },
  });
  await signIn(page, 'worker', next);
  return { page, faults };
}
async function onCase(account: string, no: string): Promise<{ page: Page; faults: string[] }> {
  const { page, faults } = await open(browser);
  await signIn(page, account, `/desk/case/${no}`);
  await page.locator('main.case h1').waitFor();
  await page.getByRole('group', { name: '可办的动作' }).getByRole('button').first().waitFor();
  return { page, faults };
}

test('a worker reports what they saw, where the phone is, and is not asked about a caller', { timeout: 90_000 }, async () => {
  const { page, faults } = await phone('/desk/new');
  await page.getByRole('heading', { name: '上报', exact: true }).waitFor();
  for (const word of ['热线', '来电人', '外系统']) assert.equal(await page.locator('main').getByText(word).count(), 0, `a worker is asked about ${word}`);
  assert.equal(await page.locator('kbd:visible').count(), 0, 'a phone shows hints of keys');
  await page.getByRole('button', { name: '用我的位置' }).tap();
  await page.locator('#r-place-h b').waitFor();
  await page.locator('#r-text').fill('测试上报，便道塌陷约半平方米');
  await page.getByRole('button', { name: '上报', exact: true }).tap();
  const no = ((await page.locator('#h-taken').textContent()) ?? '').trim();
  const found = await look(no);
  assert.equal(found.channel, 'worker');
  assert.ok(found.place.areas.grid, 'the position lies in a grid');
  assert.deepEqual(faults, []);
  await page.context().close();
});

test('a position that is not allowed is told in words, and the report can still be made', { timeout: 60_000 }, async () => {
  const { page } = await phone('/desk/new', false);
  await page.getByRole('button', { name: '用我的位置' }).tap();
  await page.getByText('没有允许使用位置').waitFor();
  await page.locator('#r-words').fill('学校东门');
  assert.equal(await page.locator('#r-words').inputValue(), '学校东门');
  await page.context().close();
});

test('a file that is not taken says why and holds the report back until it is removed', { timeout: 90_000 }, async () => {
  const { page } = await phone('/desk/new');
  await page.locator('#r-text').fill('测试附件');
  await page.locator('#r-words').fill('学校东门');
  await page.locator('.adds input').setInputFiles([{ name: 'note.docx', mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', buffer: Buffer.from('PK') }, { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') }, picture('seen.png')]);
  await page.locator('li', { hasText: 'note.docx' }).getByText('不收这种文件').waitFor();
  await page.locator('li', { hasText: 'broken.jpg' }).getByText(/没有收下/).waitFor();
  await page.locator('li', { hasText: 'seen.png' }).locator('select').waitFor();
  await page.getByRole('button', { name: '上报', exact: true }).tap();
  await page.getByText('有 2 个文件没有收下').waitFor();
  assert.equal(await page.locator('#h-taken').count(), 0, 'it was sent without the files');
  await page.getByRole('button', { name: '移除 note.docx' }).tap();
  await page.getByRole('button', { name: '移除 broken.jpg' }).tap();
  await page.getByText(/没有收下/).first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '上报', exact: true }).tap();
  const no = ((await page.locator('#h-taken').textContent()) ?? '').trim();
  const found = await desk.get<{ evidence: unknown[]; place: CaseView['place'] }>(`/cases/${no}`);
  assert.equal(found.evidence.length, 1);
  assert.ok(found.place.areas.community, 'a place in words went to no community');
  await page.context().close();
});

test('what is missing is marked until it is there, and no longer', { timeout: 60_000 }, async () => {
  const { page } = await phone('/desk/new');
  await page.getByRole('button', { name: '上报', exact: true }).tap();
  await page.getByText('写一句发生了什么').waitFor();
  await page.getByText('有内容要改').waitFor();
  await page.locator('#r-text').fill('测试标红');
  await page.getByText('写一句发生了什么').waitFor({ state: 'detached' });
  await page.locator('#r-words').fill('学校东门');
  await page.getByText('有内容要改').waitFor({ state: 'detached' });
  assert.equal(await page.locator('[aria-invalid=true]').count(), 0);
  await page.context().close();
});

test('mending on the spot asks for the pictures of the class before it is sent', { timeout: 90_000 }, async () => {
  const one = await fresh('测试自行处置，标识牌歪');
  const { page, faults } = await phone(`/desk/case/${one.no}`);
  const bar = page.getByRole('group', { name: '可办的动作' });
  await bar.getByRole('button').first().waitFor();
  if (!(await bar.getByRole('button', { name: '自行处置' }).isVisible())) await bar.locator('summary').tap();
  await bar.getByRole('button', { name: '自行处置' }).tap();
  const send = page.locator('dialog button[type=submit]');
  await page.locator('#f-note').fill('已扶正加固');
  await send.tap();
  await page.locator('dialog').getByText('本类别还缺：处置前照片、处置后照片').waitFor();
  assert.equal((await look(one.id)).version, one.version, 'it was sent although pictures are missing');
  // Two at once, without saying which is which: they pay what is owed, in order.
  await page.locator('dialog .adds input').last().setInputFiles([picture('a.png'), picture('b.png')]);
  await page.locator('dialog .adds .paid').nth(1).waitFor();
  await send.tap();
  await page.locator('dialog').waitFor({ state: 'detached' });
  const after = await desk.get<{ step: string; evidence: { kind: string }[] }>(`/cases/${one.id}`);
  assert.equal(after.step, 'handled');
  assert.deepEqual(after.evidence.map((e) => e.kind).sort(), ['after', 'before']);
  await page.getByText('上报人当场处置').first().waitFor();
  assert.deepEqual(faults, []);
  await page.context().close();
});

test('Enter in a list that was not touched keeps what was chosen', { timeout: 60_000 }, async () => {
  const one = await fresh('测试立案，回车');
  const { page } = await onCase('desk', one.no);
  await page.keyboard.press('f');
  await page.locator('#f-class').waitFor();
  await page.locator('dialog .now', { hasText: both.name_zh }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '马上发出' }).click();
  await page.locator('footer .done', { hasText: one.no }).waitFor();
  assert.equal((await look(one.id)).class, both.code);
  await page.context().close();
});

test('only units of the place are offered, and chosen co-units stay in sight', { timeout: 90_000 }, async () => {
  const one = await fresh('测试交办，单位');
  await desk.post(`/cases/${one.id}/acts`, { act: 'file', class: both.code });
  const { items } = await desk.get<{ items: Unit[] }>('/units');
  const areas = new Set(Object.values(one.place.areas));
  const far = items.find((u) => u.level === 'county' && !areas.has(u.area));
  const near = items.filter((u) => u.level === 'county' && areas.has(u.area)).slice(0, 2);
  assert.ok(far && near.length === 2, 'the city has too few units for this test');
  const { page } = await onCase('desk', one.no);
  const suggested = (await desk.get<CaseView>(`/cases/${one.id}`)).suggestion?.lead != null;
  await page.keyboard.press(suggested ? 'Shift+A' : 'a');
  await page.locator('#f-unit').fill(far.name_zh);
  await page.locator('#f-unit-l', { hasText: '没有匹配的' }).waitFor();
  await page.locator('#f-unit').fill('');
  for (const u of near) {
    await page.locator('#f-co').fill(u.name_zh);
    await page.locator('#f-co-l [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
  }
  const chips = page.locator('[data-field=co] .chip');
  assert.equal(await chips.count(), 2);
  await chips.first().getByRole('button').click();
  assert.equal(await chips.count(), 1);
  await page.context().close();
});

test('a case that a unit returns leaves its hands without a fault', { timeout: 90_000 }, async () => {
  const unit = await program('unit');
  const mine = unit.session.unit;
  assert.ok(mine, 'the unit account has no unit');
  const one = await fresh('测试退回，不归本单位');
  await desk.post(`/cases/${one.id}/acts`, { act: 'file', class: both.code });
  const filed = await desk.get<CaseView>(`/cases/${one.id}`);
  const other = filed.suggestion?.lead != null && filed.suggestion.lead !== mine.id;
  await desk.post(`/cases/${one.id}/acts`, { act: 'assign', unit: mine.id, co: [], ...(other ? { instead: '测试' } : {}) });
  const { page, faults } = await onCase('unit', one.no);
  await page.keyboard.press('b');
  await page.locator('#f-reason').fill('不属本单位职责');
  await page.keyboard.press('Control+Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('footer .done', { hasText: `退回：${one.no}` }).waitFor();
  assert.notEqual((await look(one.id)).step, 'assigned');
  assert.deepEqual(faults, []);
  await page.context().close();
});
