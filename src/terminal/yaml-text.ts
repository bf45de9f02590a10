// Plain data as YAML. The yaml package costs a one-shot command 20 ms to load, so only -o yaml loads it.
import type { ScalarTag } from 'yaml';
import { safeText, safeYaml } from '../domain/safe-text.ts';
import type { JsonValue } from './json-value.ts';

/** A YAML document of the value, with its line end; strings and numbers read back the same in YAML 1.1 and 1.2. */
export type YamlWriter = (value: JsonValue) => string;

export async function loadYaml(): Promise<YamlWriter> {
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const { Document, visit } = (await import('yaml')).default;
  return (value) => {
    const document = new Document(value, {
      compat: 'yaml-1.1',
      aliasDuplicateObjects: false,
      customTags: (tags) => [withExponent, ...tags],
    });
    visit(document, {
      Scalar(_key, node) {
        // Only double quotes have the escapes for what a terminal would obey.
        if (typeof node.value === 'string' && safeText(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
      },
    });
    return safeYaml(document.toString({ lineWidth: 0 }));
  };
}

/** YAML 1.1 takes 1e+21 for a string: a number with an exponent needs a point there. */
const withExponent: ScalarTag = {
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+]?\d+\.\d+e[-+]?\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};
