/** Answering what an agent asks: a permission, a question, a dialog. */
import * as vscode from 'vscode';
import type { Client } from './client';
import type { Mirror } from './mirror';
import type { AskRow, OptionRow, SessionRow } from './protocol.gen';
import { Command } from './protocol.gen';

const ICONS: Readonly<Record<string, string>> = {
  allow: 'check',
  'allow-always': 'check-all',
  deny: 'close',
  'deny-always': 'circle-slash',
};

type Choice = vscode.QuickPickItem & { option?: OptionRow };

/** Ask the person, and tell the agent. It closes by itself when somebody else has answered. */
export async function answer(client: Client, mirror: Mirror, session: SessionRow): Promise<void> {
  const ask = session.asks[0];
  if (!ask) {
    throw new Error(vscode.l10n.t('{0} asks nothing', session.id));
  }
  const chosen = await choose(mirror, session, ask);
  if (!chosen) {
    return;
  }
  const named = { session: session.id, ask: ask.id };
  if (chosen.option) {
    await client.run(Command.answer, { ...named, option: chosen.option.id });
    return;
  }
  const text = await vscode.window.showInputBox({ title: session.title, prompt: ask.text, ignoreFocusOut: true });
  if (text) {
    await client.run(Command.answer, { ...named, text });
  }
}

function choose(mirror: Mirror, session: SessionRow, ask: AskRow): Promise<Choice | undefined> {
  const pick = vscode.window.createQuickPick<Choice>();
  pick.title = `${session.id}: ${[ask.text, ask.tool, ...ask.subjects].filter(Boolean).join(' · ')}`;
  pick.placeholder = session.title;
  pick.ignoreFocusOut = true;
  pick.items = [
    ...ask.options.map((option) => ({ label: `$(${ICONS[option.does] ?? 'circle-outline'}) ${option.label}`, option })),
    ...(ask.free ? [{ label: `$(edit) ${vscode.l10n.t('Answer in words…')}` }] : []),
  ];
  return new Promise((resolve) => {
    const open = mirror.onChanged(() => {
      if (!mirror.session(session.id)?.asks.some(({ id }) => id === ask.id)) {
        pick.hide();
      }
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]);
      pick.hide();
    });
    pick.onDidHide(() => {
      open.dispose();
      pick.dispose();
      resolve(undefined);
    });
    pick.show();
  });
}
