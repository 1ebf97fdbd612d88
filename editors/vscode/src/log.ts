/** The output of the extension and its server. */
import * as vscode from 'vscode';

export class Log implements vscode.Disposable {
  readonly channel = vscode.window.createOutputChannel('Agent Orchestrator', { log: true });

  info(text: string): void {
    this.channel.info(text);
  }

  error(text: string): void {
    this.channel.error(text);
  }

  show(): void {
    this.channel.show(true);
  }

  /** Say what is wrong, with one button that shows why. */
  async offer(problem: string): Promise<void> {
    const show = vscode.l10n.t('Show Why');
    if ((await vscode.window.showErrorMessage(problem, show)) === show) {
      this.show();
    }
  }

  dispose(): void {
    this.channel.dispose();
  }
}
