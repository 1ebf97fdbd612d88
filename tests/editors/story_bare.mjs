// A machine without `ao` and without a Python: one message with one button, which says what was tried.
// node story_bare.mjs URL FOLDER
import { command, open, press, story, toast, view } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await toast(page, 'needs `ao`, or Python 3.11').waitFor();
  say(`buttons: ${(await toast(page, 'needs `ao`').locator('.monaco-button').allInnerTexts()).join(', ')}`);
  say(`notifications: ${await toast(page, 'Agent Orchestrator').count()}`);
  await press(page, 'needs `ao`', 'Show Why');
  await page.locator('.part.panel .view-line', { hasText: '/nowhere/python: not found' }).first().waitFor();
  await page.locator('.part.panel .view-line', { hasText: 'ao: not found' }).first().waitFor();
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await view(page, 'Sessions').getByRole('button', { name: 'Start It Again' }).waitFor();
  say('explained');
  await shot('bare');
});
