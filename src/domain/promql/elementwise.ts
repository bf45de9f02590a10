// Functions of single values, and of times in UTC.

export const MATH: Readonly<Record<string, (value: number) => number>> = {
  ...{ abs: Math.abs, ceil: Math.ceil, floor: Math.floor, exp: Math.exp, ln: Math.log },
  ...{ log2: Math.log2, log10: Math.log10, sqrt: Math.sqrt, sgn: Math.sign },
  ...{ sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan },
  ...{ sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh },
  ...{ acosh: Math.acosh, atanh: Math.atanh },
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
};

const utc = (read: (date: Date) => number) => (seconds: number) =>
  read(new Date(Math.trunc(seconds) * 1_000));

export const DATES: Readonly<Record<string, (seconds: number) => number>> = {
  minute: utc((date) => date.getUTCMinutes()),
  hour: utc((date) => date.getUTCHours()),
  day_of_week: utc((date) => date.getUTCDay()),
  day_of_month: utc((date) => date.getUTCDate()),
  day_of_year: utc(
    (date) =>
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) -
        Date.UTC(date.getUTCFullYear(), 0, 0)) /
      86_400_000,
  ),
  days_in_month: utc((date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ),
  month: utc((date) => date.getUTCMonth() + 1),
  year: utc((date) => date.getUTCFullYear()),
};

/** To the nearest multiple, halves up. */
export const roundTo = (value: number, to: number): number => {
  const inverse = 1 / to;
  return Math.floor(value * inverse + 0.5) / inverse;
};

export const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  atan2: Math.atan2,
};

export const COMPARING: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
