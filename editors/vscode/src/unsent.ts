/** What a person wrote in a box of comments. */
import * as vscode from 'vscode';

/** Send it. The editor empties its box whatever comes of that, so what could not be sent is shown. */
export async function orShown(text: string, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: 'markdown' }));
    throw error;
  }
}
