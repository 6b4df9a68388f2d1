// The desk as an instrument: taking back, many at once, finding, taking a call, telling twins apart, naming views, paper.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { newId, pointOf, program, type CaseView, type Program } from './lib/api.ts';
import { BASE, launch, open, signIn } from './lib/browser.ts';

let browser: Browser;
let worker: Program;
let desk: Program;
let kind: string;
before(async () => {
  browser = await launch();
  worker = await program('worker');
  desk = await program('desk');
  const all = await worker.get<{ items: { code: string; private: boolean; name_zh: string }[] }>('/classes');
  kind = all.items.find((k) => !k.private && k.name_zh.includes('路'))?.code ?? all.items[0]!.code;
});
after(async () => {
  await browser?.close();
});

async function fresh(text: string, more: object = {}): Promise<CaseView> {
  const place = await pointOf(worker);
  return worker.post<CaseView>('/cases', { text, class: kind, place: { ...place, words: '测试路口' }, evidence: [], ...more }, newId());
}
async function onCase(no: string): Promise<Page> {
  const { page } = await open(browser);
  await signIn(page, 'desk', `/desk/case/${no}`);
  await page.locator('main.case h1').waitFor();
  await page.getByRole('group', { name: '可办的动作' }).getByRole('button').first().waitFor();
  return page;
}
const version = async (id: string) => (await desk.get<CaseView>(`/cases/${id}`)).version;

test('a desk act can be taken back before it is sent, and is sent when it is not', { timeout: 90_000 }, async () => {
  const one = await fresh('路灯不亮，测试撤销');
  const page = await onCase(one.no);
  const refuse = async () => {
    await page.keyboard.press('r');
    await page.locator('#f-reason').selectOption('not_found');
    await page.keyboard.press('Control+Enter');
    await page.locator('footer .heldline', { hasText: one.no }).waitFor();
  };
  await refuse();
  assert.equal(await version(one.id), one.version, 'it was sent at once');
  await page.keyboard.press('z');
  await page.locator('footer .done', { hasText: '已撤销' }).waitFor();
  await page.waitForTimeout(5_500);
  assert.equal(await version(one.id), one.version, 'what was taken back was sent');
  await refuse();
  await page.getByRole('button', { name: '马上发出' }).click();
  await page.locator('footer .done', { hasText: one.no }).waitFor();
  assert.equal(await version(one.id), one.version + 1);
  await page.context().close();
});

test('an act that is still held when the page is left is sent all the same', { timeout: 60_000 }, async () => {
  const one = await fresh('路灯不亮，测试离开');
  const page = await onCase(one.no);
  await page.keyboard.press('r');
  await page.locator('#f-reason').selectOption('not_found');
  await page.keyboard.press('Control+Enter');
  await page.locator('footer .heldline').waitFor();
  await page.goto('about:blank');
  for (let i = 0; i < 40 && (await version(one.id)) === one.version; i++) await new Promise((r) => setTimeout(r, 200));
  assert.equal(await version(one.id), one.version + 1);
  await page.context().close();
});

test('a held act that the law refuses says so, and its form opens again as it was', { timeout: 60_000 }, async () => {
  const one = await fresh('路灯不亮，测试退信');
  const page = await onCase(one.no);
  await page.route(/\/acts$/, (r) => r.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ status: 409, code: 'wrong_step', title: 'x', detail: 'x', refusal: { why: 'wrong_step', at: 'filed', act: 'refuse', legal: ['assign'] } }) }));
  await page.keyboard.press('r');
  await page.locator('#f-reason').selectOption('not_found');
  await page.locator('#f-note').fill('到场没有看到');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: '马上发出' }).click();
  const strip = page.getByRole('alert', { name: '没有办成的动作' });
  await strip.filter({ hasText: '现在可以：交办' }).waitFor();
  await strip.getByRole('button', { name: '改了再发' }).click();
  await page.locator('dialog').waitFor();
  assert.equal(await page.locator('#f-note').inputValue(), '到场没有看到');
  await page.context().close();
});

test('selected cases take one act together and each tells what became of it', { timeout: 120_000 }, async () => {
  const tag = `测试批量${Date.now() % 100000}`;
  const made = [await fresh(`${tag}甲，盖板响`), await fresh(`${tag}乙，树枝断`), await fresh(`${tag}丙，栏杆歪`)];
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk?view=all');
  await page.locator('[role=row][aria-selected]').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(tag);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('[role=row][aria-selected]').length === 3);
  assert.doesNotMatch(page.url(), /%E6%B5%8B/, 'searched words stand in the address');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+X');
  await page.locator('section.bulk', { hasText: '已选 3 件' }).waitFor();
  await page.locator('section.bulk .can li').first().waitFor();
  // One of them is refused by the server; the others are done.
  await page.route(new RegExp(`${made[1]!.id}/acts$`), (r) => r.fulfill({ status: 412, contentType: 'application/problem+json', body: JSON.stringify({ status: 412, code: 'stale', title: 'x', detail: 'x' }) }));
  await page.locator('section.bulk').getByRole('button', { name: /^不予受理|^不立案|^拒/ }).or(page.locator('section.bulk .can button', { hasText: 'R' })).first().click();
  await page.locator('#b-reason').selectOption('not_found');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: '马上发出' }).first().click();
  await page.locator('section.bulk h3', { hasText: '办成 2 件，1 件没有办成' }).waitFor();
  assert.equal(await version(made[0]!.id), made[0]!.version + 1);
  assert.equal(await version(made[1]!.id), made[1]!.version);
  await page.unrouteAll();
  await page.locator('section.bulk .res').getByRole('button', { name: '再试' }).click();
  await page.locator('section.bulk h3', { hasText: '办成 3 件' }).waitFor();
  assert.equal(await version(made[1]!.id), made[1]!.version + 1);
  await page.context().close();
});

test('search finds a case by its number and a grid by pinyin, from anywhere', { timeout: 60_000 }, async () => {
  const one = await fresh('测试搜索，井盖松动');
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk/new');
  await page.locator('.seek').click();
  const box = page.locator('dialog [role=combobox]');
  await box.fill(one.no);
  await page.locator('#hits [role=option]', { hasText: one.no }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('main.case h1', { hasText: '测试搜索' }).waitFor();
  await page.keyboard.press('Control+k');
  await box.fill(one.no.slice(7).toLowerCase()); // as people dictate it
  await page.locator('#hits [role=option]', { hasText: one.no }).waitFor();
  await box.fill('gucheng');
  await page.locator('#hits [data-hit^=a]', { hasText: '古城' }).first().click(); // units stand there before the areas arrive
  await page.locator('.tok', { hasText: '古城' }).waitFor(); // named, not numbered
  assert.match(page.url(), /f=area%3A\d+/);
  await page.context().close();
});

test('a call is taken: in words, on the map, with its hotline number, and told back as a case number', { timeout: 90_000 }, async () => {
  const { page, foreign, faults } = await open(browser);
  await signIn(page, 'desk', '/desk');
  await page.keyboard.press('Shift+N');
  await page.locator('#r-text').waitFor();
  await page.locator('#r-text').press('Control+Enter');
  await page.locator('#r-text-h', { hasText: '写一句发生了什么' }).waitFor();
  await page.locator('#r-text').fill('南门外道路破损，电动车摔倒过两次');
  await page.locator('.gs button').first().click();
  await page.locator('#r-out').fill('12345-0001');
  await page.locator('[data-drawn]').first().waitFor({ state: 'attached', timeout: 60_000 });
  const box = (await page.locator('.canvas').boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.45);
  await page.locator('#r-place-h b').waitFor();
  // A look elsewhere loses nothing.
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  await page.locator('nav a', { hasText: '队列' }).click();
  await page.locator('nav.tabs').waitFor();
  await page.locator('nav a', { hasText: '登记来电' }).click();
  assert.equal(await page.locator('#r-text').inputValue(), '南门外道路破损，电动车摔倒过两次');
  assert.equal(await page.evaluate(() => Object.values({ ...localStorage, ...sessionStorage }).some((v) => String(v).includes('摔倒'))), false, 'the report was stored on the machine');
  await page.locator('#r-text').press('Control+Enter');
  const no = ((await page.locator('#h-taken').textContent()) ?? '').trim();
  assert.match(no, /^\d{6}-[0-9A-Z]+$/);
  const found = await desk.get<CaseView & { channel: string; outside_no: string | null }>(`/cases/${no}`);
  assert.equal(found.channel, 'hotline');
  assert.equal(found.outside_no, '12345-0001');
  assert.ok(found.place.areas.grid, 'the point lies in a grid');
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test('two reports of one matter are compared and merged, and the caller sees the first while still speaking', { timeout: 90_000 }, async () => {
  const text = `测试重复，路口东侧坑槽约半平方米${Date.now() % 100000}`;
  const first = await fresh(text);
  const second = await fresh(`${text}，骑车要绕行`);
  const page = await onCase(second.no);
  await page.keyboard.press('d');
  const dialog = page.locator('dialog');
  await dialog.locator('thead', { hasText: first.no }).waitFor();
  await dialog.getByRole('button', { name: new RegExp(`并入 ${first.no}`) }).click();
  await page.getByRole('button', { name: '马上发出' }).click();
  await page.locator('footer .done', { hasText: second.no }).waitFor();
  const after = await desk.get<CaseView & { ended: { how: string } | null }>(`/cases/${second.id}`);
  assert.equal(after.ended?.how, 'merged');
  await page.context().close();
});

test('a view is named and stays, without the words that were searched', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk?view=urgent');
  await page.locator('nav.tabs').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('某人');
  await page.keyboard.press('Enter');
  await page.locator('.tok', { hasText: '某人' }).waitFor();
  await page.getByRole('button', { name: '存为视图' }).click();
  await page.locator('#sv-name').fill('夜班');
  await page.keyboard.press('Enter');
  await page.locator('nav.tabs .own', { hasText: '夜班' }).waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage }).includes('某人')), false);
  await page.goto(`${BASE}/desk`);
  await page.locator('nav.tabs .own a', { hasText: '夜班' }).click();
  await page.waitForURL(/view=urgent/);
  await page.locator('nav.tabs a[aria-current=page]', { hasText: '紧急' }).waitFor();
  await page.getByRole('button', { name: '删除视图 夜班' }).click();
  await page.locator('nav.tabs .own').waitFor({ state: 'detached' });
  await page.context().close();
});

test('the whole queue goes on paper, not only what is on screen', { timeout: 60_000 }, async () => {
  const { page } = await open(browser, { height: 420 });
  await signIn(page, 'desk', '/desk?view=all');
  await page.locator('[role=row][aria-selected]').first().waitFor();
  const total = Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')) - 1;
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.paper tbody tr').count(), total);
  assert.equal(await page.locator('.tabs').isVisible(), false);
  await page.context().close();
});

test('a server that cannot be reached says so, and the page comes back by itself', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk');
  await page.route(/\/api\/v1\/session$/, (r) => r.abort('connectionrefused'));
  await page.reload();
  await page.getByRole('heading', { name: '连不上服务器' }).waitFor();
  await page.unrouteAll();
  await page.locator('nav.tabs').waitFor();
  await page.context().close();
});
