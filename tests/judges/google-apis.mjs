// Reads a simulated organization with Google's own client for Node and prints what it sees, for a comparison with the recording that the simulator serves.
// Google's generated package for Apigee is not on the npm registry, so its methods are generated here by the same library from the descriptions that Google's client
// for Go carries as comments; that client is a package of Debian's, and the argument is its file.
import { readFileSync } from 'node:fs';
import { Endpoint, OAuth2Client } from 'googleapis-common';

const [, , origin, organization, token, source] = process.argv;
const schema = { rootUrl: origin + '/', servicePath: '', resources: {} };
const descriptions = readFileSync(source, 'utf8').matchAll(/^\t\/\/ \{\n(?:\t\/\/ .*\n)*?\t\/\/ \}$/gm);
for (const [comment] of descriptions) {
  const method = JSON.parse(comment.replace(/^\t\/\/ /gm, ''));
  const [, ...names] = method.id.split('.');
  const name = names.pop();
  let place = schema;
  for (const resource of names) {
    place.resources ??= {};
    place = place.resources[resource] ??= {};
  }
  (place.methods ??= {})[name] = method;
}

const auth = new OAuth2Client();
auth.setCredentials({ access_token: token });
const build = (options) => {
  const built = new Endpoint({ auth, ...options });
  built.applySchema(built, schema, schema, built);
  return built.organizations;
};
const organizations = build({});
const bytesOf = build({ responseType: 'arraybuffer' });

const parent = `organizations/${organization}`;
const get = async (method, params) => (await method(params)).data;
// Lists of names are in no description: the client sends them as they are.
const names = async (path) => (await auth.request({ url: `${origin}/v1/${parent}/${path}` })).data;
const byToken = async (method, params, member) => {
  const rows = [];
  for (let pageToken; ; ) {
    const page = await get(method, { ...params, pageSize: 2, ...(pageToken && { pageToken }) });
    rows.push(...(page[member] ?? []));
    pageToken = page.nextPageToken;
    if (!pageToken) return rows;
  }
};
// The first row of a page is the last one of the page before.
const byStartKey = async (method, params, member, key, size) => {
  const rows = [];
  for (let startKey; ; startKey = rows.at(-1)[key]) {
    const page = (await get(method, { ...params, [size]: 2, ...(startKey && { startKey }) }))[member] ?? [];
    if (startKey && page[0][key] !== startKey) throw new Error(`${member}: the page does not begin with ${startKey}`);
    rows.push(...page.slice(startKey ? 1 : 0));
    if (page.length < 2) return rows;
  }
};

const seen = { documents: {}, bundles: {}, files: {} };
const keep = (path, document) => (seen.documents[path] = document);
keep('organization', await get(organizations.get, { name: parent }));
keep('environments', await names('environments'));
keep('envgroups', { environmentGroups: await byToken(organizations.envgroups.list, { parent }, 'environmentGroups') });
for (const { name } of seen.documents.envgroups.environmentGroups) {
  keep(`envgroups/${name}/attachments`, {
    environmentGroupAttachments: await byToken(
      organizations.envgroups.attachments.list,
      { parent: `${parent}/envgroups/${name}` },
      'environmentGroupAttachments',
    ),
  });
}
const flags = { parent, includeRevisions: true, includeMetaData: true };
for (const [kind, member] of [
  ['apis', 'proxies'],
  ['sharedflows', 'sharedFlows'],
]) {
  keep(kind, await get(organizations[kind].list, flags));
}
keep('deployments', await get(organizations.deployments.list, { parent }));
keep('deployments@sharedFlows=true', await get(organizations.deployments.list, { parent, sharedFlows: true }));
for (const [file, kind] of [
  ['deployments', 'apis'],
  ['deployments@sharedFlows=true', 'sharedflows'],
]) {
  for (const { apiProxy, revision } of seen.documents[file].deployments) {
    const path = `${kind}/${apiProxy}/revisions/${revision}`;
    const bytes = await get(bytesOf[kind].revisions.get, { name: `${parent}/${path}`, format: 'bundle' });
    seen.bundles[path] = Buffer.from(bytes).toString('base64');
  }
}
keep('apiproducts', { apiProduct: await byStartKey(organizations.apiproducts.list, { parent, expand: true }, 'apiProduct', 'name', 'count') });
keep('developers', { developer: await byStartKey(organizations.developers.list, { parent, expand: true }, 'developer', 'email', 'count') });
const apps = { parent, expand: true, includeCred: true };
keep('apps', { app: await byStartKey(organizations.apps.list, apps, 'app', 'appId', 'rows') });
for (const environment of seen.documents.environments) {
  const of = `environments/${environment}`;
  const name = `${parent}/${of}`;
  keep(of, await get(organizations.environments.get, { name }));
  keep(`${of}/debugmask`, await get(organizations.environments.getDebugmask, { name: `${name}/debugmask` }));
  for (const kind of ['flowhooks', 'targetservers', 'references', 'keystores']) {
    keep(`${of}/${kind}`, await names(`${of}/${kind}`));
    for (const item of seen.documents[`${of}/${kind}`]) {
      keep(`${of}/${kind}/${item}`, await get(organizations.environments[kind].get, { name: `${name}/${kind}/${item}` }));
    }
  }
  for (const keystore of seen.documents[`${of}/keystores`]) {
    for (const alias of seen.documents[`${of}/keystores/${keystore}`].aliases ?? []) {
      const path = `keystores/${keystore}/aliases/${alias}`;
      keep(`${of}/${path}`, await get(organizations.environments.keystores.aliases.get, { name: `${name}/${path}` }));
    }
  }
  keep(`${of}/resourcefiles`, await get(organizations.environments.resourcefiles.list, { parent: name }));
  for (const file of seen.documents[`${of}/resourcefiles`].resourceFile ?? []) {
    const params = { parent: name, type: file.type, name: file.name };
    const bytes = await get(bytesOf.environments.resourcefiles.get, params);
    seen.files[`${of}/resourcefiles/${file.type}/${file.name}`] = Buffer.from(bytes).toString('base64');
  }
}
console.log(JSON.stringify(seen));
