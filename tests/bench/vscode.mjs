// Measure VS Code with the extension: node vscode.mjs URL FOLDER. A line of JSON for each figure, with its samples. FINDINGS
// is a file of what the project's check is to find, AO the `ao` that makes sessions.
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { browse, command, open, openFile, view } from '../editors/vscode.mjs';

const [, , url, folder] = process.argv;
const ACTIVATIONS = 10;
const SESSIONS = 200;
const CHANGES = 20;
const KEYS = 100;

const ao = (...words) => execFileSync(process.env.AO, words, { cwd: folder, stdio: 'pipe' });
const tell = (name, samples) => console.log(JSON.stringify({ name, samples }));

/** The status bar's item, once it says something. */
const status = (page, text) => page.locator('.statusbar-item', { hasText: text }).first();

/** What the editor of running extensions says of ours, in milliseconds, in a window that has just been opened. */
async function activation(page) {
  await open(page, url, folder);
  await status(page, /\bao\b/).waitFor();
  await command(page, 'Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: /agent.orchestrator/i });
  await row.filter({ hasText: /Activation: \d+ms/ }).waitFor();
  return Number(/Activation: (\d+)ms/.exec(await row.innerText())[1]);
}

/** Press keys one after the other; for each how long it took until its character was drawn. */
async function typing(page) {
  await page.evaluate(() => {
    globalThis.took = [];
    let pressed = 0;
    const lines = document.querySelector('.editor-instance .view-lines');
    document.addEventListener('keydown', ({ timeStamp }) => void (pressed = timeStamp), true);
    new MutationObserver(() => {
      if (pressed) {
        const since = pressed;
        pressed = 0;
        // Drawn when the frame after the change begins.
        requestAnimationFrame(() => globalThis.took.push(performance.now() - since));
      }
    }).observe(lines, { childList: true, subtree: true, characterData: true });
  });
  await page.locator('.editor-instance .view-line').first().click();
  await page.keyboard.press('End');
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press('abcdefghij'[key % 10]);
    await page.waitForFunction((count) => globalThis.took.length >= count, key + 1);
    // As fast as a fast typist.
    await page.waitForTimeout(60);
  }
  const took = await page.evaluate(() => globalThis.took.slice(0));
  await command(page, 'File: Revert File');
  return took;
}

/** Change one session, and give how many rows are drawn again and how long that takes. */
async function change(page, session, mark) {
  await page.evaluate((text) => {
    globalThis.drawn = new Set();
    globalThis.seen = new Promise((resolve) => {
      const tree = [...document.querySelectorAll('.sidebar .pane')].find((pane) => pane.textContent.includes(text));
      globalThis.observer?.disconnect();
      globalThis.observer = new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
          for (const node of [target, ...addedNodes]) {
            const row = (node.nodeType === 1 ? node : node.parentElement)?.closest('.monaco-list-row');
            globalThis.drawn.add(row?.getAttribute('data-index'));
            if (row?.textContent.includes(text) && row.textContent.includes('🔕') === globalThis.wanted) {
              resolve(Date.now());
            }
          }
        }
      });
      globalThis.observer.observe(tree, { childList: true, subtree: true, characterData: true });
    });
  }, session);
  await page.evaluate((wanted) => void (globalThis.wanted = wanted), mark);
  const begun = Date.now();
  ao('quiet', ...(mark ? [] : ['--off']), session);
  const took = (await page.evaluate(() => globalThis.seen)) - begun;
  // What else is drawn comes within the next frames.
  await page.waitForTimeout(200);
  const drawn = await page.evaluate(() => [...globalThis.drawn].filter(Boolean));
  return { took, rows: drawn.length };
}

await browse(async (page) => {
  // The list of extensions draws what is in sight.
  await page.setViewportSize({ width: 1400, height: 2400 });
  const activations = [];
  for (let number = 0; number < ACTIVATIONS; number += 1) {
    activations.push(await activation(page));
  }
  tell('activation', activations);
  await page.keyboard.press('Escape');

  await command(page, 'View: Close All Editors');
  await openFile(page, 'f7.txt');
  await page.waitForTimeout(2000);
  tell('bare', await typing(page));
  copyFileSync(process.env.FINDINGS, `${folder}/findings.txt`);
  await command(page, 'Agent Orchestrator: Run the Checks');
  await status(page, '5000 red').waitFor();
  await page.locator('.squiggly-warning').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(2000);
  tell('typing', await typing(page));

  writeFileSync(`${folder}/findings.txt`, '');
  await command(page, 'Agent Orchestrator: Run the Checks');
  await status(page, '5000 red').waitFor({ state: 'detached' });
  ao('pause');
  for (let number = 0; number < SESSIONS; number += 1) {
    ao('new', `task ${String(number).padStart(3, '0')}`);
  }
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await view(page, 'Sessions').locator('.monaco-list-row', { hasText: 'big-task-005' }).waitFor();
  const changes = [];
  for (let number = 0; number < CHANGES; number += 1) {
    changes.push(await change(page, `big-task-00${(number % 5) + 3}`, number < 5 || (number >= 10 && number < 15)));
  }
  tell('rows', changes.map(({ rows }) => rows));
  tell('row', changes.map(({ took }) => took));
});
