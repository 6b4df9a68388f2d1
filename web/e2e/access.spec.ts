// Every screen in both languages and both lights: no accessibility violation, no untranslated word, no request to
// another origin, nothing the policy refuses; and the list by keyboard alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, launch, open, signIn } from './lib/browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

async function violations(page: Page): Promise<string[]> {
  // Through the debugger, not a script element: the page's own policy would refuse that, rightly.
  await page.evaluate(axe);
  const found = (await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`)) as { violations: Violation[] };
  return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join(' | ')}`);
}

/** Words of the interface on the page; what a person wrote (lang="zh-CN" inside English) and codes are left out. */
async function ownWords(page: Page): Promise<string> {
  return page.evaluate(() => {
    const out: string[] = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const el = n.parentElement;
      if (!el || el.closest('noscript, script, style, .mono, kbd, details.who, [data-name]')) continue;
      const own = el.closest('[lang]');
      if (own && own !== document.documentElement) continue;
      out.push(n.textContent ?? '');
    }
    for (const el of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      if (el.closest('[lang]') !== document.documentElement || el.closest('details.who')) continue;
      out.push(el.getAttribute('aria-label') ?? '', el.getAttribute('placeholder') ?? '');
    }
    return out.join('\n');
  });
}

async function toCase(page: Page): Promise<void> {
  await page.goto(`${BASE}/desk?view=all`);
  await page.locator('[role=grid] [role=row][aria-selected]').first().waitFor();
  await page.locator('section.pane h2').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('main.case h1').waitFor();
  await page.locator('section.log tbody tr').first().waitFor();
}

describe('each screen', { concurrency: false }, () => {
  for (const lang of ['zh-CN', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      test(`has no violation in ${lang}, ${theme}`, { timeout: 180_000 }, async () => {
        const { page, foreign, faults } = await open(browser, { lang, theme });
        const seen: Record<string, string[]> = {};
        const words: string[] = [];
        await page.goto(`${BASE}/signin`);
        await page.locator('#account').waitFor();
        seen.signin = await violations(page);
        words.push(await ownWords(page));
        await signIn(page, 'desk', '/desk?view=all');
        await page.locator('[role=grid] [role=row][aria-selected]').first().waitFor();
        await page.locator('section.pane h2').waitFor();
        await page.locator('[data-drawn]').first().waitFor({ state: 'attached', timeout: 60_000 });
        seen.queue = await violations(page);
        words.push(await ownWords(page));
        await page.keyboard.press('?');
        await page.locator('dialog').waitFor();
        seen.keys = await violations(page);
        words.push(await ownWords(page));
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+k');
        await page.locator('#hits [role=option]').first().waitFor();
        seen.palette = await violations(page);
        words.push(await ownWords(page));
        await page.keyboard.press('Escape');
        await page.locator('[role=grid]').focus();
        await page.keyboard.press('Shift+J');
        await page.locator('section.bulk .which li').first().waitFor();
        seen.bulk = await violations(page);
        words.push(await ownWords(page));
        await page.keyboard.press('Escape');
        await page.keyboard.press('Shift+S');
        await page.locator('#sv-name').waitFor();
        seen.save = await violations(page);
        await page.keyboard.press('Escape');
        await page.keyboard.press('m');
        await page.locator('.twin tbody').waitFor();
        seen.twin = await violations(page);
        await toCase(page);
        seen.case = await violations(page);
        words.push(await ownWords(page));
        await page.keyboard.press('n');
        await page.locator('dialog').waitFor();
        seen.act = await violations(page);
        words.push(await ownWords(page));
        await page.goto(`${BASE}/desk/new`);
        await page.locator('#r-text').waitFor();
        await page.locator('[data-drawn]').first().waitFor({ state: 'attached', timeout: 60_000 });
        seen.report = await violations(page);
        words.push(await ownWords(page));
        assert.deepEqual(seen, Object.fromEntries(Object.keys(seen).map((k) => [k, []])));
        assert.deepEqual(foreign, [], 'a request went to another origin');
        assert.deepEqual(faults, [], 'the page had faults');
        const text = words.join('\n');
        if (lang === 'en') {
          const chinese = text.split('\n').filter((l) => /[\u3400-\u9fff]/.test(l));
          assert.deepEqual(chinese, [], 'Chinese words in the English interface');
        } else {
          const english = text.split('\n').filter((l) => /[A-Za-z]{3,}/.test(l.replace(/Gridward|PDF|JPG|PNG|WebP|WAV|OGG|AMR|Ctrl|Esc|MB|\d{6}-[0-9A-Z]{6}/g, '')));
          assert.deepEqual(english, [], 'English words in the Chinese interface');
        }
        assert.doesNotMatch(text, /undefined|\[object|NaN|=>/, 'an untranslated key or a broken value');
        await page.context().close();
      });
    }
  }
});

test('the list is worked by keyboard alone', { timeout: 120_000 }, async () => {
  const { page } = await open(browser);
  await page.goto(`${BASE}/desk?view=all`);
  await page.locator('#account').waitFor();
  await page.keyboard.press('Tab');
  await page.locator('#account').focus();
  await page.keyboard.type('desk');
  await page.keyboard.press('Tab');
  await page.keyboard.type(process.env.GRIDWARD_DEMO_PASSWORD ?? process.env.DEMO_PASSWORD ?? 'demo');
  await page.keyboard.press('Enter');
  const chosen = page.locator('[role=row][aria-selected=true]');
  await chosen.waitFor();
  const first = await chosen.getAttribute('id');
  await page.keyboard.press('j');
  await page.waitForFunction((id) => document.querySelector('[role=row][aria-selected=true]')?.id !== id, first);
  await page.keyboard.press('k');
  await page.waitForFunction((id) => document.querySelector('[role=row][aria-selected=true]')?.id === id, first);
  await page.keyboard.press('x');
  await page.locator('[role=row][aria-selected=true] input:checked').waitFor();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'combobox');
  await page.keyboard.type('jkx'); // typed, not obeyed
  assert.equal(await page.locator('[role=combobox]').first().inputValue(), 'jkx');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('5');
  await page.locator('nav.tabs a[aria-current=page]', { hasText: '已超时' }).waitFor();
  assert.match(page.url(), /view=late/);
  await page.context().close();
});

test('an address of somewhere we are not says so and leads back', { timeout: 60_000 }, async () => {
  const { page } = await open(browser);
  await signIn(page, 'desk', '/desk');
  await page.goto(`${BASE}/desk/case/000000-AAAAAA`);
  await page.getByRole('heading', { name: '没有这个页面' }).waitFor();
  await page.getByRole('link', { name: '回到队列' }).click();
  await page.locator('nav.tabs').waitFor();
  await page.context().close();
});
