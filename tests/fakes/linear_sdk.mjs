// Linear's own library against the double: node linear_sdk.mjs FOLDER-OF-THE-LIBRARY URL KEY; prints JSON.
const [folder, apiUrl, apiKey] = process.argv.slice(2);
const { LinearClient } = await import(`${folder}/dist/index.mjs`);
const client = new LinearClient({ apiKey, apiUrl });
const viewer = await client.viewer;
const issues = await client.issues({ filter: { title: { eq: "Halve" } } });
const issue = issues.nodes[0];
const team = await issue.team;
const states = await team.states();
const done = states.nodes.find((state) => state.type === "completed");
await issue.update({ stateId: done.id });
await client.createComment({ issueId: issue.id, body: "mended" });
const comments = await (await client.issue(issue.identifier)).comments();
const missing = await client.issue("TEAM-99").catch((error) => error.constructor.name);
console.log(
  JSON.stringify({
    viewer: viewer.displayName,
    identifier: issue.identifier,
    labels: (await issue.labels()).nodes.map((label) => label.name),
    state: (await (await client.issue(issue.id)).state).name,
    comments: comments.nodes.map((comment) => comment.body),
    missing,
  }),
);
