/** The checks in the Test Explorer: run and run again, with what is red below each. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { type Client, sentence } from './client';
import { isHunted, isRed } from './failuresView';
import type { Mirror } from './mirror';
import type { CheckResults, FailureRow, ProjectRow } from './protocol.gen';
import { Command } from './protocol.gen';

export function testExplorer(client: Client, mirror: Mirror): vscode.Disposable & { controller: vscode.TestController } {
  const controller = vscode.tests.createTestController('agentOrchestrator', vscode.l10n.t('Agent Orchestrator'));
  /** What was told to be red, by the ids of failures. */
  let told = new Set<string>();
  const show = (): void => {
    const { projects, failures } = mirror.now;
    const red = failures.filter((row) => isRed(row) && isHunted(row));
    controller.items.replace(projects.flatMap((project) => project.checks.map((check) => checkItem(controller, project, check, red))));
    const news = red.filter((row) => !told.has(row.id));
    told = new Set(red.map((row) => row.id));
    if (news.length) {
      const run = controller.createTestRun(new vscode.TestRunRequest(), undefined, false);
      news.forEach((row) => eachItem(controller, row, (item) => run.failed(item, message(row, item))));
      run.end();
    }
  };
  const work = (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> =>
    runChecks(client, controller, request, token);
  controller.createRunProfile(vscode.l10n.t('Run the checks'), vscode.TestRunProfileKind.Run, work, true);
  const subscription = mirror.onChanged(show);
  return { controller, dispose: () => (subscription.dispose(), controller.dispose()) };
}

function checkItem(controller: vscode.TestController, project: ProjectRow, check: string, red: FailureRow[]): vscode.TestItem {
  const item = controller.items.get(idOf(project.id, check)) ?? controller.createTestItem(idOf(project.id, check), check);
  item.description = project.name || project.id;
  const below = red.filter((row) => row.project === project.id && row.check === check);
  item.children.replace(below.map((row) => item.children.get(row.id) ?? failureItem(controller, project, row)));
  return item;
}

function failureItem(controller: vscode.TestController, project: ProjectRow, row: FailureRow): vscode.TestItem {
  const file = row.path ? vscode.Uri.file(path.join(project.path, row.path)) : undefined;
  const item = controller.createTestItem(row.id, row.key || row.rule || row.message, file);
  if (file && row.line) {
    item.range = new vscode.Range(row.line - 1, 0, row.line - 1, 0);
  }
  return item;
}

/** What a check's item is known by. No project and no check has a line's end in its name. */
function idOf(project: string, check: string): string {
  return `${project}\n${check}`;
}

function eachItem(controller: vscode.TestController, row: FailureRow, work: (item: vscode.TestItem) => void): void {
  const item = controller.items.get(idOf(row.project, row.check))?.children.get(row.id);
  if (item) {
    work(item);
  }
}

function message(row: FailureRow, item: vscode.TestItem): vscode.TestMessage {
  const message = new vscode.TestMessage(row.message);
  message.location = item.uri && item.range ? new vscode.Location(item.uri, item.range) : undefined;
  return message;
}

async function runChecks(
  client: Client,
  controller: vscode.TestController,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  const run = controller.createTestRun(request);
  const wanted = request.include ?? [...controller.items].map(([, item]) => item);
  for (const item of wanted) {
    const check = item.parent ?? item;
    const [project = '', id = ''] = check.id.split('\n');
    const red = [...check.children].map(([, child]) => child);
    [check, ...red].forEach((one) => run.started(one));
    try {
      tell(run, check, red, await client.run(Command.check, { project, checks: [id] }));
    } catch (error) {
      run.errored(check, new vscode.TestMessage(sentence(error)));
    }
    if (token.isCancellationRequested) {
      break;
    }
  }
  run.end();
}

/** What a run of a check says of the check, and of what was red below it before. */
function tell(run: vscode.TestRun, check: vscode.TestItem, red: vscode.TestItem[], results: CheckResults): void {
  const [row] = results.checks;
  const failed = new Map(results.failures.map((failure) => [failure.id, failure]));
  for (const child of red) {
    const failure = failed.get(child.id);
    if (failure) {
      run.failed(child, message(failure, child));
    } else {
      run.passed(child);
    }
  }
  const duration = row && row.seconds * 1000;
  if (row?.problems.length) {
    run.errored(check, row.problems.map((problem) => new vscode.TestMessage(problem)), duration);
  } else if (row?.ok) {
    run.passed(check, duration);
  } else {
    run.failed(check, [], duration);
  }
}
