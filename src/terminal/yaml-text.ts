// Plain data as YAML. By hand, since the yaml package costs a one-shot command 20 ms of start-up to load.
import type { JsonValue } from './json-value.ts';

// What every YAML version reads as this string and nothing else; all other strings are written as JSON writes them.
const BARE = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n|nan|inf|infinity)$/i;

/** A YAML document of the value, with its line end. Numbers read back as the same double in YAML 1.1 and 1.2. */
export function yamlText(value: JsonValue): string {
  return isBlock(value) ? `${block(value, '')}\n` : `${scalar(value)}\n`;
}

type Block = readonly JsonValue[] | { readonly [key: string]: JsonValue };

const isBlock = (value: JsonValue | undefined): value is Block =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function block(value: Block, indent: string): string {
  if (Array.isArray(value)) {
    return value
      .map((item: JsonValue) => {
        if (!isBlock(item)) return `${indent}- ${scalar(item)}`;
        // The first line of a nested block stands behind the dash.
        return `${indent}- ${block(item, `${indent}  `).slice(indent.length + 2)}`;
      })
      .join('\n');
  }
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => {
      const head = `${indent}${word(key)}:`;
      return isBlock(item) ? `${head}\n${block(item, `${indent}  `)}` : `${head} ${scalar(item)}`;
    })
    .join('\n');
}

function scalar(value: JsonValue): string {
  if (typeof value === 'string') return word(value);
  if (typeof value === 'number') return numeral(value);
  if (Array.isArray(value)) return '[]';
  return value === null || typeof value === 'boolean' ? String(value) : '{}';
}

const word = (text: string): string =>
  BARE.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);

/** YAML 1.1 takes 1e+21 for a string: a number with an exponent needs a point there. */
function numeral(value: number): string {
  const text = JSON.stringify(value);
  return /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
}
