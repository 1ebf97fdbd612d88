// The walkthrough says how far a person is: node story_walkthrough.mjs URL FOLDER
import { command, open, story } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await page.locator('.statusbar-item', { hasText: /\bao\b/ }).first().waitFor();
  await command(page, 'Welcome: Open Walkthrough...');
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Agent Orchestrator' }).first().click();
  const done = page.locator('.getting-started-step[aria-checked="true"]');
  await done.filter({ hasText: 'Set up the repository' }).waitFor();
  say(`done: ${await done.count()}`);
  await shot('walkthrough');
});
