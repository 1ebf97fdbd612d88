// A whole hunt from VS Code: squiggle, quick fix, the tree, a permission, the changes, the landed fix, no squiggle.
// node story_hunt.mjs URL FOLDER
import { act, choose, command, open, openFile, press, row, rows, story, toast } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await press(page, 'is run before you trust it', 'Trust and run');
  await openFile(page, 'test_half.py');
  await page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
  say('squiggle');
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await shot('red');
  await page.locator('.view-line', { hasText: 'assert' }).first().click();
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget').getByText('Fix with agent', { exact: true }).click();
  await press(page, 'may the checkout be fast-forwarded', 'Fast-forward it');
  await row(page, 'Sessions', 'permission').waitFor();
  say(`sessions: ${await rows(page, 'Sessions')}`);
  say(`failures: ${await rows(page, 'Failures')}`);
  await toast(page, 'sed -i').waitFor();
  await page.locator('.codelens-decoration', { hasText: 'Show' }).first().waitFor();
  await shot('asks');
  await act(page, 'Sessions', 'permission', 'Show What a Session Changed');
  const note = page.locator('.multiDiffEditor .modified .view-line', { hasText: 'looking into it' });
  await note.click();
  await page.keyboard.press('End');
  await page.keyboard.type('\n# by hand');
  await shot('edited');
  await page.keyboard.press('Control+S');
  // The file and the editor of many files: both show that it is not saved.
  await page.waitForFunction(() => document.querySelector('.tab.dirty') === null);
  await command(page, 'View: Close All Editors');
  await openFile(page, 'test_half.py');
  await act(page, 'Sessions', 'permission', 'Answer an Agent');
  await choose(page, 'Yes, do it');
  // What asked it elsewhere is put away.
  await page.waitForFunction(() => document.querySelector('.notifications-toasts.visible .notification-toast') === null);
  say('answered');
  await page.locator('.squiggly-error').first().waitFor({ state: 'detached', timeout: 60000 });
  say('gone');
  await row(page, 'Sessions', 'Over').click();
  await row(page, 'Sessions', 'landed').waitFor();
  await shot('landed');
  await row(page, 'Landing queue', 'Fix test_half').waitFor();
  await act(page, 'Sessions', 'landed', 'Show What a Session Changed');
  await page.locator('.multiDiffEditor .view-line', { hasText: 'a / 2' }).first().waitFor();
  say('changes');
  await shot('changes');
});
