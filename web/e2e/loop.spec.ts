// One case round the loop through the desk's screens: reported by a worker's program, verified, filed and assigned
// at the desk, accepted and done by the unit, checked and answered at the desk, confirmed, closed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { newId, pointOf, program, type CaseView, type Program } from './lib/api.ts';
import { BASE, launch, open, signIn, type Watched } from './lib/browser.ts';

/** Accounts of the demo city; another city names its own. */
const DESKS = (process.env.E2E_DESKS ?? 'desk,county,city').split(',');
const UNIT = process.env.E2E_UNIT ?? 'unit';

let browser: Browser;
let worker: Program;
const pages = new Map<string, Watched>();

before(async () => {
  browser = await launch();
  worker = await program('worker');
});
after(async () => {
  await browser?.close();
});

async function pageOf(account: string): Promise<Page> {
  let w = pages.get(account);
  if (!w) {
    w = await open(browser);
    pages.set(account, w);
    await signIn(w.page, account);
  }
  return w.page;
}

const look = (id: string) => worker.get<CaseView>(`/cases/${id}`);

/** Who among some accounts may do an act on the case now. */
async function whoMay(id: string, act: string, accounts: string[]): Promise<string | null> {
  for (const a of accounts) {
    try {
      const seen = await (await program(a)).get<CaseView>(`/cases/${id}`);
      if (seen.legal.some((l) => l.act === act)) return a;
    } catch {
      // not theirs to see
    }
  }
  return null;
}

/** Opens the case, presses the act's key, fills the form if one opens, sends it, and waits for the log to grow. */
async function act(account: string, id: string, key: string, name: string, fill?: (page: Page) => Promise<void>): Promise<CaseView> {
  const page = await pageOf(account);
  const before = await look(id);
  await page.goto(`${BASE}/desk/case/${before.no}`);
  await page.locator('main.case h1').waitFor();
  await page.getByRole('group', { name: '可办的动作' }).getByRole('button').first().waitFor();
  await page.locator('body').click({ position: { x: 2, y: 300 } });
  await page.keyboard.press(key);
  if (fill) {
    await page.locator('dialog').waitFor();
    await fill(page);
    await page.keyboard.press('Control+Enter');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }
  await page.locator('footer .done', { hasText: name }).waitFor(); // the desk's acts can be taken back for five seconds first
  const now = await look(id);
  assert.ok(now.version > before.version, `${name} left no entry in the log`);
  return now;
}

const picture = {
  name: 'after.png',
  mimeType: 'image/png',
  // 4 x 4 pixels, enough to be a picture
  buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADklEQVR4nGOIQgIMxHEAtwMQ4U4xecsAAAAASUVORK5CYII=', 'base64'),
};

test('a report travels through the screens until it is closed', { timeout: 240_000 }, async () => {
  const place = await pointOf(worker);
  const text = `路口东侧慢车道有坑槽，约半平方米，骑车要绕行（${Date.now() % 100000}）`;
  const id = newId();
  const classes = await worker.get<{ items: { code: string; name_zh: string; private: boolean; evidence: string[] }[] }>('/classes');
  const kind = classes.items.find((k) => !k.private && k.name_zh.includes('路')) ?? classes.items.find((k) => !k.private);
  assert.ok(kind, 'the city has no public class');
  await worker.post<CaseView>('/cases', { text, class: kind.code, place: { ...place, words: '路口东侧' }, evidence: [] }, id);

  const desk = (await whoMay(id, 'file', DESKS)) ?? (await whoMay(id, 'verify', DESKS));
  assert.ok(desk, 'no desk may take the report up');

  // The desk hears of it without asking again.
  const page = await pageOf(desk);
  await page.goto(`${BASE}/desk?view=verify`);
  await page.locator('nav.tabs').waitFor();

  const verifier = await whoMay(id, 'verify', [desk, 'worker', ...DESKS]);
  if (verifier) await act(verifier, id, 'v', '核实', (p) => p.locator('#f-note').fill('已到现场，坑槽属实'));

  await act(desk, id, 'f', '立案', async (p) => {
    await p.locator('#f-class').fill(kind.code);
    await p.locator('#f-class-l [role=option]').first().click();
  });

  // The unit's account must be the one that gets it: chosen by name, with a reason where another was suggested.
  const unit = (await program(UNIT)).session.unit?.id;
  assert.ok(unit !== undefined, 'the unit account has no unit');
  const filed = await (await program(desk)).get<CaseView>(`/cases/${id}`);
  if (filed.suggestion?.lead === unit) await act(desk, id, 'a', '交办');
  else {
    await act(desk, id, filed.suggestion?.lead != null ? 'Shift+A' : 'a', '交办', async (p) => {
      const all = await (await program(UNIT)).get<{ items: { id: number; name_zh: string; code: string }[] }>('/units');
      const mine = all.items.find((u) => u.id === unit);
      await p.locator('#f-unit').fill(mine?.code ?? '');
      await p.locator('#f-unit-l [role=option]').first().click();
      const instead = p.locator('#f-instead');
      if (await instead.isVisible()) await instead.fill('测试账号所在单位');
    });
  }
  assert.equal((await look(id)).lead?.unit, unit);

  await act(UNIT, id, 'a', '接收');
  await act(UNIT, id, 'e', '办结', async (p) => {
    await p.locator('#f-note').fill('已用冷补料填平并压实');
    // As found and as left: what most classes want to see before work counts as done.
    await p.locator('dialog .adds input').last().setInputFiles([{ ...picture, name: 'before.png' }, picture]);
    await p.locator('dialog li select').nth(1).waitFor();
    await p.locator('dialog li select').first().selectOption('before');
  });

  const checker = await whoMay(id, 'check', [desk, ...DESKS, 'worker']);
  assert.ok(checker, 'nobody may check the work');
  await act(checker, id, 'c', '核查', (p) => p.getByRole('radio', { name: '通过', exact: true }).check());
  const answerer = await whoMay(id, 'answer', [desk, ...DESKS]);
  assert.ok(answerer, 'nobody may answer the reporter');
  await act(answerer, id, 't', '反馈', (p) => p.locator('#f-text').fill('坑槽已经补好，谢谢提醒。'));

  const witness = await whoMay(id, 'confirm', ['worker', desk, ...DESKS]);
  assert.ok(witness, 'nobody may confirm');
  await act(witness, id, 'o', '确认', (p) => p.getByRole('radio', { name: '满意', exact: true }).check());

  // Evaluation is the clock's own act; it comes without anyone asking.
  let end = await look(id);
  for (let i = 0; i < 60 && end.state !== 'closed'; i++) {
    await new Promise((r) => setTimeout(r, 1000));
    end = await look(id);
  }
  assert.equal(end.state, 'closed');

  // The page that is open tells the same, and the log hangs together.
  const last = await pageOf(desk);
  await last.goto(`${BASE}/desk/case/${end.no}`);
  await last.locator('section.log table tbody tr').first().waitFor();
  assert.ok((await last.locator('section.log tbody tr').count()) >= 7);
  await last.locator('section.log', { hasText: '链完整' }).waitFor();
  for (const [account, w] of pages) {
    assert.deepEqual(w.foreign, [], `${account} asked another origin`);
    assert.deepEqual(w.faults, [], `${account} had faults`);
  }
});
