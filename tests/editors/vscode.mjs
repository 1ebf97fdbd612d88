// VS Code in a browser, as a person uses it. `PLAYWRIGHT` is the folder of playwright-core, `SHOTS` where pictures go.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire(`${process.env.PLAYWRIGHT}/`)('playwright-core');
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--no-first-run'];
const PATIENCE = 30000;

/** Do something with a page of a browser of its own. */
export async function browse(work) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 860 }, deviceScaleFactor: 1 })).newPage();
  page.setDefaultTimeout(PATIENCE);
  await work(page);
  await browser.close();
}

/** Run a story with a page; its failure is printed with a picture of the last moment. */
export async function story(tell) {
  mkdirSync(process.env.SHOTS, { recursive: true });
  const say = (what) => console.log(what);
  await browse(async (page) => {
    const shot = (name) => page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
    try {
      await tell({ page, shot, say });
    } catch (error) {
      console.log(`FAILED: ${error.message}`);
      await shot('failed');
      process.exitCode = 1;
    }
  });
}

/** Open a folder and wait until the workbench is there. */
export async function open(page, url, folder) {
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
  await page.waitForSelector('.monaco-workbench .part.statusbar .statusbar-item');
}

/** Run a command of the palette by its whole title. */
export async function command(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget:visible input');
  await input.waitFor();
  await input.fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
}

/** Answer what the editor asks for in words. */
export async function say(page, text) {
  const input = page.locator('.quick-input-widget:visible input');
  await input.waitFor();
  await input.fill(text);
  await page.keyboard.press('Enter');
}

/** Choose one of what the editor offers. */
export async function choose(page, text) {
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().click();
}

/** Open a file by its name. */
export async function openFile(page, name) {
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget:visible input');
  await input.waitFor();
  await input.fill(name);
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: name }).first().click();
  await page.getByRole('tab', { name }).waitFor();
}

/** A notification by what it says. */
export const toast = (page, text) => page.locator('.notification-toast').filter({ hasText: text });

/** Press a button of a notification. */
export async function press(page, text, button) {
  await toast(page, text).getByRole('button', { name: button, exact: true }).click();
}

/** One of our views, by its name. */
export const view = (page, name) =>
  page.locator('.sidebar .pane', { has: page.locator(`.pane-header[aria-label^="${name}" i]`) });

/** A row of a view. */
export const row = (page, name, text) => view(page, name).locator('.monaco-list-row').filter({ hasText: text });

/** What a view shows, top to bottom. */
export async function rows(page, name) {
  const all = await view(page, name).locator('.monaco-list-row').allInnerTexts();
  return all.map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ');
}

/** Press the inline button of a row. */
export async function act(page, name, text, button) {
  await row(page, name, text).hover();
  await row(page, name, text).getByRole('button', { name: button }).click();
}
