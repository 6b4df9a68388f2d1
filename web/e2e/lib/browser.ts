// A real Chromium for the specs: started once a file, its pages watched for faults and for requests to elsewhere.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const BASE = (process.env.BASE_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
export const PASSWORD = process.env.GRIDWARD_DEMO_PASSWORD ?? process.env.DEMO_PASSWORD ?? 'demo';

/** Software drawing, no sandbox (the test machine is root), nothing that talks to the network on its own. */
const FLAGS = [
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, headless: true });
}

export interface Watched {
  page: Page;
  /** Requests that went to another origin; must stay empty. */
  foreign: string[];
  /** Errors the page threw or the policy refused; must stay empty. */
  faults: string[];
}

export interface Look {
  lang?: 'zh-CN' | 'en';
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  options?: BrowserContextOptions;
}

/** A page of its own with language and light already chosen. */
export async function open(browser: Browser, look: Look = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    locale: look.lang ?? 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    ...look.options,
  });
  await context.addInitScript(
    ([lang, theme]) => {
      localStorage.setItem('gridward.lang', lang!);
      localStorage.setItem('gridward.theme', theme!);
    },
    [look.lang ?? 'zh-CN', look.theme ?? 'light'] as const,
  );
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const foreign: string[] = [];
  const faults: string[] = [];
  page.on('request', (r) => {
    const url = r.url();
    if (!url.startsWith(`${BASE}/`) && !url.startsWith('blob:') && !url.startsWith('data:')) foreign.push(url);
  });
  page.on('pageerror', (e) => faults.push(e.message));
  page.on('console', (m) => {
    if (m.type() === 'error' && /Content.Security.Policy|Refused to/i.test(m.text())) faults.push(m.text());
  });
  return { page, foreign, faults };
}

/** Through the door as a person would: types account and password and waits for the queue. */
export async function signIn(page: Page, account: string, next = '/desk'): Promise<void> {
  await page.goto(`${BASE}${next}`);
  await page.locator('#account').fill(account);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('form button[type=submit]').click();
  await page.locator('nav.tabs, main.case, main.rep').first().waitFor();
}
