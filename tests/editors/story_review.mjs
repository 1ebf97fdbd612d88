// A note on a line of what an agent changed, from the editor of changes to the agent.
// node story_review.mjs URL FOLDER
import { act, command, open, openFile, press, row, story } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await press(page, 'is run before you trust it', 'Trust and run');
  await openFile(page, 'test_half.py');
  await page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await page.locator('.view-line', { hasText: 'assert' }).first().click();
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget').getByText('Fix with agent', { exact: true }).click();
  await press(page, 'may the checkout be fast-forwarded', 'Fast-forward it');
  await row(page, 'Sessions', 'permission').waitFor();
  await act(page, 'Sessions', 'permission', 'Show What a Session Changed');
  const note = page.locator('.multiDiffEditor .modified .view-line', { hasText: 'looking into it' }).first();
  const signs = page.locator('.multiDiffEditor .modified .comment-range-glyph').first();
  await note.waitFor();
  await signs.waitFor();
  // The sign beside the line appears under the mouse.
  const [line, sign] = [await note.boundingBox(), await signs.boundingBox()];
  await page.mouse.move(sign.x + sign.width / 2, line.y + line.height / 2);
  await page.mouse.down();
  await page.mouse.up();
  const thread = page.locator('.review-widget');
  await thread.locator('.comment-form .monaco-editor').first().click();
  await page.keyboard.type('Say what you look into.');
  await shot('note');
  await thread.getByRole('button', { name: 'Add Note' }).click();
  await thread.getByText('not sent yet').waitFor();
  say('noted');
  await shot('noted');
  await command(page, 'Agent Orchestrator: Send the Notes on a Session');
  await thread.waitFor({ state: 'detached' });
  say('sent');
});
