// Okta's own OpenAPI file as servers: one passes requests on and says in the header sl-violations what of an answer the file does not allow, the others answer by
// themselves with random bodies that it allows, each with its own seed. Prints where they listen.
import { readFileSync } from 'node:fs';
import { createLogger } from '@stoplight/prism-core';
import { getHttpOperationsFromSpec } from '@stoplight/prism-http';
import { createServer } from '@stoplight/prism-http-server';
import yaml from 'js-yaml';

const [, , file, paths, upstream, ...seeds] = process.argv;
const spec = yaml.load(readFileSync(file, 'utf8'), { schema: yaml.JSON_SCHEMA });

// Examples judge nothing, and some of them refer to what the file does not hold. A schema may still have a property of that name.
const withoutExamples = (node, isMap = false) => {
  if (Array.isArray(node)) return node.map((item) => withoutExamples(item));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => isMap || (key !== 'example' && key !== 'examples'))
      .map(([key, value]) => [key, withoutExamples(value, key === 'properties' && !isMap)]),
  );
};

const wanted = new Set(paths.split(' '));
const read = {};
for (const [path, { get, parameters = [] }] of Object.entries(spec.paths)) {
  if (get && wanted.has(path.replace(/\{[^}]*\}/g, '{}'))) {
    read[path] = { parameters, get };
  }
}

const { examples, ...components } = spec.components;
const operations = await getHttpOperationsFromSpec(
  withoutExamples({ openapi: spec.openapi, info: { title: 'judge', version: '1' }, paths: read, components }),
);
const listen = (config) =>
  createServer(operations, {
    cors: false,
    config: { checkSecurity: true, validateRequest: true, validateResponse: true, errors: false, upstreamProxy: undefined, ...config },
    components: { logger: createLogger('judge', { enabled: false }) },
  }).listen(0, '127.0.0.1');
const proxy = await listen({ isProxy: true, upstream: new URL(upstream), mock: { dynamic: true } });
const mocks = [];
for (const seed of seeds) {
  mocks.push(await listen({ isProxy: false, mock: { dynamic: true, seed } }));
}

console.log(JSON.stringify({ paths: Object.keys(read), proxy, mocks }));
