// What a list and a form show when things do not go well: empty, slow, failing, forbidden, offline, refused, stale.
// The server is real; single answers are replaced on the way, as a bad network or a busy database would.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page, Route } from 'playwright-core';
import { BASE, launch, open, signIn } from './lib/browser.ts';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

const LIST = /\/api\/v1\/cases\?/;
const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) => (route: Route) =>
  route.fulfill({ status, headers: { 'content-type': 'application/problem+json', ...headers }, body: JSON.stringify({ status, code, title: code, detail: code, ...more }) });

async function queue(): Promise<Page> {
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk?view=all');
  await page.locator('[role=row][aria-selected]').first().waitFor();
  return page;
}

test('an empty list says so and offers the way on', { timeout: 60_000 }, async () => {
  const page = await queue();
  await page.route(LIST, (r) => r.fulfill({ json: { items: [], next: null, total: 0, total_capped: false } }));
  await page.keyboard.press('1');
  await page.getByRole('heading', { name: '没有要你办的' }).waitFor();
  await page.getByRole('button', { name: /全部未结/ }).waitFor();
  await page.context().close();
});

test('a slow list keeps its rows high and its page still', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await page.route(LIST, async (r) => {
    await new Promise((done) => setTimeout(done, 3000));
    await r.continue();
  });
  await signIn(page, 'desk', '/desk?view=all');
  await page.locator('.wait[aria-busy=true]').waitFor();
  await page.locator('[role=row][aria-selected]').first().waitFor();
  await page.context().close();
});

test('a list that fails keeps what it had and can be asked again', { timeout: 60_000 }, async () => {
  const page = await queue();
  await page.route(LIST, problem(500, 'fault'));
  await page.keyboard.press('5');
  const alert = page.getByRole('alert').filter({ has: page.getByRole('button', { name: '再试' }) });
  await alert.waitFor();
  await page.unroute(LIST);
  await alert.getByRole('button', { name: '再试' }).click();
  await alert.waitFor({ state: 'detached' });
  await page.context().close();
});

test('an account without a queue is told whom to ask', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await page.route(LIST, problem(403, 'forbidden'));
  await signIn(page, 'desk', '/desk');
  await page.getByRole('alert').filter({ hasText: '请联系管理员' }).waitFor();
  await page.context().close();
});

test('without a network the list stays and says how old it is', { timeout: 60_000 }, async () => {
  const page = await queue();
  await page.context().setOffline(true);
  await page.getByText(/离线，显示 \d\d:\d\d 的数据/).first().waitFor();
  assert.ok((await page.locator('[role=row][aria-selected]').count()) > 0);
  await page.context().setOffline(false);
  await page.context().close();
});

test('a session that ended leads to the door and back', { timeout: 60_000 }, async () => {
  const page = await queue();
  await page.context().clearCookies();
  await page.keyboard.press('5');
  await page.locator('#account').waitFor();
  assert.match(page.url(), /signin\?next=/);
  await page.context().close();
});

test('a refusal stands at the button, says what is legal, and keeps what was typed', { timeout: 90_000 }, async () => {
  const page = await queue();
  await page.locator('section.pane h2').waitFor();
  const refusal = { why: 'wrong_step', at: 'filed', act: 'note', legal: ['assign', 'urge'] };
  await page.route(/\/acts$/, problem(409, 'wrong_step', { refusal }));
  await page.getByRole('group', { name: '可办的动作' }).waitFor();
  await page.keyboard.press('n');
  const send = async () => {
    await page.locator('dialog button[type=submit]:enabled').waitFor(); // the case may be read anew at this moment
    await page.keyboard.press('Control+Enter');
  };
  await page.locator('#f-text').fill('电话里说明天上午到');
  await send();
  const said = page.locator('dialog').getByRole('alert');
  await said.waitFor();
  const words = (await said.textContent()) ?? '';
  assert.match(words, /现在不能“备注”/);
  assert.match(words, /核实立案/);
  assert.match(words, /现在可以：交办、督办/);
  assert.equal(await page.locator('#f-text').inputValue(), '电话里说明天上午到');

  await page.unroute(/\/acts$/);
  await page.route(/\/acts$/, problem(412, 'stale'));
  await send();
  await said.filter({ hasText: '刚被别人办过一步' }).waitFor();
  assert.equal(await page.locator('#f-text').inputValue(), '电话里说明天上午到');

  await page.unroute(/\/acts$/);
  await page.route(/\/acts$/, problem(503, 'busy', {}, { 'retry-after': '7' }));
  await send();
  await said.filter({ hasText: '7 秒后再试' }).waitFor();

  await page.unroute(/\/acts$/);
  await page.route(/\/acts$/, problem(422, 'invalid', { fields: [{ path: '/text', code: 'range', detail: '2001 characters are too many; 2000 is the most' }] }));
  await send();
  await page.locator('#f-text-h', { hasText: /^太长/ }).waitFor();
  assert.equal(await page.locator('#f-text').getAttribute('aria-invalid'), 'true');
  await page.context().close();
});

test('an act sent again after silence is the same act', { timeout: 90_000 }, async () => {
  const page = await queue();
  await page.locator('section.pane h2').waitFor();
  const keys: (string | undefined)[] = [];
  await page.route(/\/acts$/, (r) => {
    keys.push(r.request().headers()['idempotency-key']);
    return r.abort('connectionreset');
  });
  await page.getByRole('group', { name: '可办的动作' }).waitFor();
  await page.keyboard.press('n');
  await page.locator('#f-text').fill('同一句话');
  await page.keyboard.press('Control+Enter');
  await page.locator('dialog').getByRole('alert').filter({ hasText: '没有送到' }).waitFor();
  await page.keyboard.press('Control+Enter');
  for (let i = 0; i < 50 && keys.length < 2; i++) await page.waitForTimeout(100);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await page.context().close();
});

test('a wrong password is told at the door and the account stays typed', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await page.goto(`${BASE}/signin`);
  await page.locator('#account').fill('desk');
  await page.locator('#password').fill('not-the-password');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: '账号或密码不对' }).waitFor();
  assert.equal(await page.locator('#account').inputValue(), 'desk');
  await page.context().close();
});

test('new cases wait until they are asked for', { timeout: 60_000 }, async () => {
  const page = await queue();
  const rows = await page.locator('[role=grid]').getAttribute('aria-rowcount');
  const first = await page.locator('[role=row][aria-selected]').first().getAttribute('id');
  const { program, pointOf, newId } = await import('./lib/api.ts');
  const worker = await program('worker');
  await worker.post('/cases', { text: `楼道堆放杂物 ${Date.now() % 100000}`, place: { ...(await pointOf(worker)), words: '三单元' }, evidence: [] }, newId());
  const fresh = page.getByRole('button', { name: /新到 \d+ 件/ });
  await fresh.waitFor();
  assert.equal(await page.locator('[role=grid]').getAttribute('aria-rowcount'), rows, 'the list moved by itself');
  assert.equal(await page.locator('[role=row][aria-selected]').first().getAttribute('id'), first);
  await page.keyboard.press('.');
  await fresh.waitFor({ state: 'detached' });
  assert.notEqual(await page.locator('[role=grid]').getAttribute('aria-rowcount'), rows);
  await page.context().close();
});
