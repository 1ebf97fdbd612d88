// What a window goes through: killed servers, a reload, a session that is begun, joined in a terminal, edited and stopped.
// node story_life.mjs URL FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { act, choose, command, open, press, row, say as answerWith, story, view } from './vscode.mjs';

const [, , url, folder] = process.argv;

/** Kill the daemon, and the server that the window talks to. */
function killServers() {
  const bundled = join(dirname(folder), 'ext');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let words = [];
    try {
      words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      // It has ended meanwhile.
    }
    if (words.some((word) => word.startsWith(bundled) && /ao\.py$|daemon\/__main__\.py$/.test(word))) {
      process.kill(Number(pid), 'SIGKILL');
    }
  }
}

await story(async ({ page, shot, say }) => {
  await open(page, url, folder);
  await press(page, 'is run before you trust it', 'Trust and run');
  await command(page, 'Agent Orchestrator: Focus on Sessions View');
  await row(page, 'Failures', 'test_half').waitFor();
  await act(page, 'Failures', 'test_half', 'Fix with Agent');
  await press(page, 'may the checkout be fast-forwarded', 'Leave it alone');
  await row(page, 'Sessions', 'permission').waitFor();
  say('asks');

  killServers();
  await page.reload();
  await row(page, 'Sessions', 'permission').waitFor();
  say('asks after all was killed');

  await command(page, 'Agent Orchestrator: New Session with Agent');
  await choose(page, 'scripted');
  await answerWith(page, 'think for ever');
  await row(page, 'Sessions', 'think for ever').filter({ hasText: 'working' }).waitFor();
  await act(page, 'Sessions', 'think for ever', 'Attach to a Session');
  await page.locator('.terminal-wrapper .xterm-rows').getByText('thinking for ever').waitFor();
  say('attached');
  await shot('attached');

  await command(page, 'Terminal: Create New Terminal');
  await page.keyboard.type('echo see app-think-for-ever\n');
  const line = page.locator('.terminal-wrapper.active .xterm-rows > div', { hasText: /^see app-think/ });
  const { x, y, height } = await line.boundingBox();
  // A link is one under the mouse, with the key held.
  await page.keyboard.down('Control');
  await page.mouse.move(x + 60, y + height / 2);
  await page.locator('.terminal-hover-target, .xterm-cursor-pointer').first().waitFor({ state: 'attached' });
  await page.mouse.click(x + 60, y + height / 2);
  await page.keyboard.up('Control');
  await view(page, 'Sessions').locator('.monaco-list-row.selected.focused', { hasText: 'think for ever' }).waitFor();
  say('linked');

  await row(page, 'Sessions', 'think for ever').click();
  await row(page, 'Sessions', 'permission').click({ modifiers: ['Control'] });
  await page.keyboard.press('Delete');
  await row(page, 'Sessions', 'Over').waitFor();
  await row(page, 'Sessions', 'Needs you').waitFor({ state: 'detached' });
  await row(page, 'Sessions', 'At work').waitFor({ state: 'detached' });
  say('stopped');
  await shot('stopped');
});
