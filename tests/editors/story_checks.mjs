// The checks in the Test Explorer: run, red, and given to an agent.
// node story_checks.mjs URL FOLDER
import { command, open, press, row, story } from './vscode.mjs';

const [, , url, folder] = process.argv;

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await press(page, 'is run before you trust it', 'Trust and run');
  await command(page, 'Testing: Focus on Test Explorer View');
  const tests = page.locator('.test-explorer-tree .monaco-list-row');
  await tests.filter({ hasText: 'unit' }).waitFor();
  await command(page, 'Test: Run All Tests');
  await page.locator('.test-explorer-tree .monaco-list-row[aria-label*="(Failed)"]', { hasText: 'unit' }).waitFor();
  say('failed');
  await shot('tests');
  await tests.filter({ hasText: 'unit' }).click({ button: 'right' });
  // A menu takes no click so soon after the one that opened it.
  await page.locator('.monaco-menu').getByText('Fix with Agent', { exact: true }).hover();
  await page.keyboard.press('Enter');
  await press(page, 'may the checkout be fast-forwarded', 'Leave it alone');
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await row(page, 'Sessions', 'permission').waitFor();
  say('asks');
});
