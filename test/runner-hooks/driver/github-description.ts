import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Validator } from '@cfworker/json-schema';
import { expect } from 'vitest';
import type { Call } from '../../../scripts/network/forge/server.ts';

export { assertDescribed, assertAnswer };

interface Operation {
  readonly parameters?: readonly ({ readonly $ref: string } | Parameter)[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: object }> }
  >;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}
interface Description {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly parameters: Record<string, Parameter>;
    readonly schemas: Record<string, object>;
  };
}

const file = createRequire(import.meta.url).resolve(
  '@octokit/openapi/generated/api.github.com.json'
);
let description: Description | undefined;
const described = (): Description =>
  (description ??= JSON.parse(readFileSync(file, 'utf8')) as Description);

/** Holds requests against GitHub's published description: paths, parameters and bodies. */
function assertDescribed(calls: readonly Call[]): void {
  const { components } = described();
  expect(calls.length).toBeGreaterThan(0);
  for (const { method, path, query, body } of calls) {
    const own = path.replace(/^\/api\/v3/, '');
    const operation = operationAt(method, own);
    const parameters = (operation.parameters ?? []).map((parameter) =>
      '$ref' in parameter ? components.parameters[parameter.$ref.split('/').at(-1)!]! : parameter
    );
    const known = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    for (const name of query.keys()) expect(known, `${method} ${own}`).toContain(name);
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (schema === undefined) expect(body.length, `${method} ${own}`).toBe(0);
    else
      expect(
        new Validator({ ...schema, additionalProperties: false }, '2020-12').validate(
          JSON.parse(body.toString())
        )
      ).toMatchObject({ valid: true });
  }
}

/** Holds what a test answers in GitHub's stead against what the description says that it answers. */
function assertAnswer(method: string, path: string, body: unknown): void {
  const schema = operationAt(method, path).responses['200']?.content?.['application/json']?.schema;
  const { schemas } = described().components;
  const whole: unknown = JSON.parse(
    JSON.stringify(schema, (_, value: unknown) =>
      typeof value === 'object' && value !== null && '$ref' in value
        ? schemas[String(value.$ref).split('/').at(-1)!]
        : value
    )
  );
  expect(new Validator(whole as object, '2020-12').validate(body), path).toMatchObject({
    valid: true,
  });
}

function operationAt(method: string, path: string): Operation {
  const { paths } = described();
  const templates = Object.keys(paths).filter((template) => matches(template, path));
  // Of several the one with the most words of its own.
  const [template] = templates.sort((a, b) => a.split('{').length - b.split('{').length);
  const operation = paths[template ?? '']?.[method.toLowerCase()];
  expect(operation, `${method} ${path}`).toBeDefined();
  return operation!;
}

const matches = (template: string, path: string): boolean =>
  new RegExp(
    `^${template.replace(/\{path\}|\{ref\}$/g, '.+').replace(/\{[^}]+\}/g, '[^/]+')}$`
  ).test(path);
