// The least that any supported version must do: the extension wakes up, the failing test has its squiggle and its line.
// node story_smoke.mjs URL FOLDER
import { command, open, openFile, press, row, story } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await press(page, 'is run before you trust it', 'Trust and run');
  await openFile(page, 'test_half.py');
  await page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
  say('squiggle');
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await row(page, 'Failures', 'test_half').waitFor();
  say('failure');
  await shot('smoke');
});
