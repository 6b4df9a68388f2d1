// The first start in a browser: a city with areas and no account prints a link; it makes the first administrator, once.
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, open } from './lib/browser.ts';

const BIN = process.env.GRIDWARD_BIN;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let folder: string;
let server: ChildProcess;
let link: string;

/** Starts the server and reads the link it prints. */
async function start(db: string): Promise<void> {
  server = spawn(BIN!, ['serve', '--db', db, '--data', folder, '--listen', '127.0.0.1', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const piece of server.stdout!) {
    said += String(piece);
    if (said.includes('Gridward serves')) break;
  }
  link = /http:\/\/\S+\/setup#\S+/.exec(said)?.[0] ?? '';
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`)) as { violations: { id: string; nodes: { target: string[] }[] }[] };
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`);
}

describe('the first start', { concurrency: false, skip: BIN ? false : 'GRIDWARD_BIN is not set' }, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gridward-setup-'));
    const db = `sqlite:${join(folder, 'city.db')}`;
    const areas = join(folder, 'areas.csv');
    writeFileSync(areas, 'code,parent,name_zh,name_en,kind\n1701,,甲市,City A,city\n170101,1701,乙区,Ward B,district\n');
    execFileSync(BIN!, ['import', 'areas', areas, '--db', db], { stdio: 'ignore' });
    await start(db);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    server?.kill();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  test('the link takes its secret out of the address and can be used by everybody', async () => {
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/setup#gw_[0-9a-f]{64}$/);
    for (const [lang, title] of [['zh-CN', '设立首位管理员'], ['en', 'Make the first administrator']] as const) {
      for (const theme of ['light', 'dark'] as const) {
        const { page, faults } = await open(browser, { lang, theme, width: lang === 'en' ? 390 : 1440 });
        await page.goto(link);
        await page.locator('form.card h1').waitFor();
        assert.equal(await page.locator('h1').textContent(), title);
        assert.equal(new URL(page.url()).hash, '', 'the secret stays in no history');
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(faults, []);
        await page.context().close();
      }
    }
  });

  test('what makes no sense is said at its field, and what was typed stays', async () => {
    const { page } = await open(browser);
    await page.goto(link);
    await page.locator('form button[type=submit]').click();
    assert.equal(await page.locator('[aria-invalid=true]').getAttribute('id'), 'account');
    await page.locator('#account').fill('zhao');
    await page.locator('#name').fill('赵');
    await page.locator('#password').fill('1234567890');
    await page.locator('form button[type=submit]').click();
    await page.locator('#password[aria-invalid=true]').waitFor();
    assert.match((await page.locator('#said').textContent()) ?? '', /密码太短或太常见/);
    assert.equal(await page.locator('#account').inputValue(), 'zhao');
    await page.context().close();
  });

  test('by keyboard alone the first administrator is made and stands in the city; the link is used up', async () => {
    const { page, faults } = await open(browser, { lang: 'en' });
    await page.goto(link);
    await page.locator('#account').focus();
    await page.keyboard.type('zhao');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Zhao');
    await page.keyboard.press('Tab');
    await page.keyboard.type('a long walk home');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/desk');
    const who = (await page.evaluate(`fetch('/api/v1/session').then((r) => r.json())`)) as { role: string; person: { account: string } };
    assert.deepEqual([who.role, who.person.account], ['admin', 'zhao']);
    assert.deepEqual(faults, []);
    await page.context().close();
    const again = await open(browser);
    await again.page.goto(link);
    await again.page.locator('a.btn').waitFor();
    assert.equal(await again.page.locator('h1').textContent(), '链接已失效');
    assert.deepEqual(await violations(again.page), []);
    await again.page.locator('a.btn').click();
    await again.page.locator('#account').fill('zhao');
    await again.page.locator('#password').fill('a long walk home');
    await again.page.keyboard.press('Enter');
    await again.page.waitForURL('**/desk');
    await again.page.context().close();
  });
});
