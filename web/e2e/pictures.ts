// Takes the pictures that looks.md talks about: node_modules/.e2e/pictures.js OUT_DIR [queue|case|signin]
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { launch, open, signIn, BASE, type Look } from './lib/browser.ts';

const out = process.argv[2] ?? 'pictures';
const only = process.argv[3] ?? '';
mkdirSync(out, { recursive: true });

const looks: (Look & { name: string })[] = [
  { name: 'zh-1440', lang: 'zh-CN', width: 1440, height: 900 },
  { name: 'en-1440', lang: 'en', width: 1440, height: 900 },
  { name: 'zh-1440-dark', lang: 'zh-CN', theme: 'dark', width: 1440, height: 900 },
  { name: 'zh-1024', lang: 'zh-CN', width: 1024, height: 768 },
  { name: 'en-1024-dark', lang: 'en', theme: 'dark', width: 1024, height: 768 },
  { name: 'en-720', lang: 'en', width: 720, height: 450 }, // 1440 at 200 %
  { name: 'zh-360', lang: 'zh-CN', width: 360, height: 740 },
];

/** The map is drawn and the pane is filled; a slow machine may take a while. */
async function drawn(page: Page): Promise<void> {
  await page.locator('[data-drawn]').first().waitFor({ state: 'attached', timeout: 30_000 }).catch(() => console.log('the map was not drawn'));
  await page.waitForTimeout(600);
}

const browser = await launch();
for (const look of looks) {
  if (only && !look.name.includes(only)) continue;
  const { page, faults, foreign } = await open(browser, look);
  const narrow = (look.width ?? 1440) < 900;
  await page.goto(`${BASE}/signin`);
  await page.locator('#account').waitFor();
  await page.screenshot({ path: `${out}/signin-${look.name}.png` });
  await signIn(page, 'desk');
  await page.locator('[role=grid] [role=row][aria-selected]').first().waitFor();
  await drawn(page);
  await page.screenshot({ path: `${out}/queue-${look.name}.png`, fullPage: narrow });
  await page.goto(page.url().replace(/\?.*/, '?view=dispatch'));
  await page.locator('[role=grid] [role=row][aria-selected]').first().waitFor();
  await drawn(page);
  await page.screenshot({ path: `${out}/dispatch-${look.name}.png`, fullPage: narrow });
  if (!narrow) {
    await page.keyboard.press('Shift+A');
    await page.locator('dialog').waitFor();
    await page.screenshot({ path: `${out}/assign-${look.name}.png` });
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }
  await page.goto(`${BASE}/desk?view=late`);
  await page.locator('[role=grid] [role=row][aria-selected]').first().waitFor();
  if (narrow) {
    await page.locator('[role=grid] [role=row][aria-selected]').first().click(); // a tap opens the case, there is no pane
  } else {
    await page.locator('section.pane h2').waitFor();
    await page.locator('[role=grid]').focus();
    await page.keyboard.press('Enter');
  }
  await page.locator('main.case h1').waitFor();
  await drawn(page);
  await page.screenshot({ path: `${out}/case-${look.name}.png`, fullPage: narrow });
  if (look.name === 'zh-1440') {
    await page.emulateMedia({ media: 'print' });
    await page.screenshot({ path: `${out}/print-case.png`, fullPage: true });
    await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
    await page.screenshot({ path: `${out}/forced-case.png` });
    await page.goto(`${BASE}/desk?view=all`);
    await page.locator('section.pane h2').waitFor();
    await drawn(page);
    await page.screenshot({ path: `${out}/forced-queue.png` });
  }
  if (faults.length || foreign.length) console.log(look.name, faults, foreign);
  await page.context().close();
}
await browser.close();
