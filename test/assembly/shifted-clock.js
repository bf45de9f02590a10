// Loaded before a program in a process of its own (and in its threads): its wall clock is off by the milliseconds that
// stand in the file CLOCK_SHIFT_FILE, read anew all the time. Timers and monotonic clocks stay what they are.
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_SHIFT_FILE;
const Real = Date;
let shiftMs = 0;

function read() {
  const text = readFileSync(file, 'utf8');
  // Empty while it is being written.
  if (text !== '') shiftMs = Number(text);
}

globalThis.Date = class extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + shiftMs);
    else super(...args);
  }
  static now() {
    return Real.now() + shiftMs;
  }
};

if (file !== undefined) {
  read();
  setInterval(read, 20).unref();
}
