/** The client library, in a file of its own (see esbuild.mjs): what the window waits for stays small. */
export { LanguageClient, State } from 'vscode-languageclient/node';
