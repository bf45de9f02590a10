// Takes over and restores the terminal: alternate screen, raw mode, frames that write only changed lines.
import type { Screen } from '../screen.ts';
import { styledWidth } from '../text.ts';
import type { Writer } from '../writer.ts';
import { BEGIN_FRAME, CLEAR_ALL, CLEAR_LINE_END, END_FRAME, ENTER_SCREEN, LEAVE_SCREEN } from './escapes.ts';
import { createKeyReader } from './keys.ts';

/** How long the rest of a sequence may take to arrive over a slow line. */
const ESCAPE_MS = 60;

export type TerminalInput = {
  readonly isTTY?: boolean | undefined;
  setRawMode?(on: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  on(event: 'data', listener: (piece: string) => void): unknown;
  off(event: 'data', listener: (piece: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
};

/** Signals and the end of the process; tests give their own. */
export type DisplayProcess = {
  on(event: 'exit' | NodeJS.Signals, listener: () => void): unknown;
  off(event: 'exit' | NodeJS.Signals, listener: () => void): unknown;
  /** Stops this process until SIGCONT. */
  suspend(): void;
  /** The stop of the whole job, as the terminal's own Ctrl-Z. */
  suspendJob(): void;
  /** Writes at once, while the process ends. */
  writeNow(text: string): void;
};

export type DisplayParts = {
  readonly writer: Writer;
  /** Asked for each picture, so that it fits the window as it is. */
  readonly readScreen: () => Screen;
  /** `process.stdout`: its `resize` redraws the last picture. */
  readonly stream: {
    on(event: 'resize', listener: () => void): unknown;
    off(event: 'resize', listener: () => void): unknown;
  };
  readonly input: TerminalInput;
  readonly process?: DisplayProcess | undefined;
};

export type Display = {
  /** Draws soon; calls while a frame is being written become one. */
  redraw(): void;
  /** Resolves when the last frame is out and the terminal is as it was. Idempotent. */
  close(): Promise<void>;
};

type Handlers = {
  /** Lines for the window as it is; more than fit are left out. */
  readonly draw: (screen: Screen) => readonly string[];
  readonly onKey: (key: string) => void;
  /** The writer failed, or the terminal has gone. */
  readonly onEnd: (error?: unknown) => void;
};

export function openDisplay(parts: DisplayParts, { draw, onKey, onEnd }: Handlers): Display {
  const { writer, input, stream, process: target = hostProcess } = parts;
  const keys = createKeyReader();
  const frames = createFrames(parts.readScreen, draw);
  let isOpen = false;
  let isClosed = false;
  let isDirty = false;
  let writing: Promise<void> | undefined;
  let escapeTimer: NodeJS.Timeout | undefined;

  const press = (pressed: readonly string[]): void => {
    for (const key of pressed) {
      if (key === 'ctrl-z') target.suspendJob();
      else if (key === 'ctrl-l') frames.reset();
      else onKey(key);
    }
    redraw();
  };
  const onData = (piece: string): void => {
    clearTimeout(escapeTimer);
    press(keys.read(piece));
    if (keys.isWaiting()) escapeTimer = setTimeout(() => press(keys.flush()), ESCAPE_MS);
  };

  function enter(): void {
    isOpen = true;
    frames.reset();
    if (!input.isTTY) return;
    input.setRawMode?.(true);
    input.setEncoding('utf8');
    input.on('data', onData);
    input.resume();
  }

  /** What must be undone of the input; the text undoes the rest. */
  function leave(): string {
    if (!isOpen) return '';
    isOpen = false;
    clearTimeout(escapeTimer);
    if (input.isTTY) {
      input.off('data', onData);
      input.setRawMode?.(false);
      input.pause();
    }
    return frames.isShown() ? LEAVE_SCREEN : '';
  }

  const onExit = () => target.writeNow(leave());
  const onStop = () => {
    target.writeNow(leave());
    target.suspend();
  };
  const onContinue = () => {
    if (isOpen || isClosed) return;
    enter();
    redraw();
  };

  async function drain(): Promise<void> {
    while (isDirty && isOpen) {
      isDirty = false;
      const text = frames.next();
      if (text !== '' && !(await writer.write(text))) return onEnd();
    }
  }

  function redraw(): void {
    isDirty = true;
    writing ??= drain()
      .catch(onEnd)
      .finally(() => {
        writing = undefined;
      });
  }

  stream.on('resize', redraw);
  target.on('exit', onExit);
  target.on('SIGTSTP', onStop);
  target.on('SIGCONT', onContinue);
  enter();
  redraw();

  return {
    redraw,
    async close() {
      if (isClosed) return;
      isClosed = true;
      stream.off('resize', redraw);
      target.off('SIGTSTP', onStop);
      target.off('SIGCONT', onContinue);
      const text = leave();
      await writing;
      target.off('exit', onExit);
      if (text !== '') await writer.write(text).catch(() => false);
    },
  };
}

/** What to write so that the terminal shows the lines as they are now: those that changed, or all of them. */
function createFrames(readScreen: () => Screen, draw: Handlers['draw']) {
  let shown: string[] = [];
  let size = '';

  function next(): string {
    const screen = readScreen();
    const lines = draw(screen).slice(0, screen.rows);
    const newSize = `${screen.columns}x${screen.rows}`;
    let text = '';
    if (size === '') text += ENTER_SCREEN;
    else if (newSize !== size) text += CLEAR_ALL;
    if (newSize !== size) shown = [];
    size = newSize;
    for (let row = 0; row < Math.max(lines.length, shown.length); row++) {
      const line = lines[row] ?? '';
      if (line === (shown[row] ?? '')) continue;
      // A line that ends at the edge would lose its last character.
      const rest = styledWidth(line) < screen.columns ? CLEAR_LINE_END : '';
      text += `\u001b[${row + 1};1H${line}${rest}`;
    }
    shown = [...lines];
    return text === '' ? '' : BEGIN_FRAME + text + END_FRAME;
  }

  return {
    next,
    isShown: (): boolean => size !== '',
    /** The next one is written whole. */
    reset(): void {
      shown = [];
      size = '';
    },
  };
}

const hostProcess: DisplayProcess = {
  on: (event, listener) => process.on(event, listener),
  off: (event, listener) => process.off(event, listener),
  suspend: () => process.kill(process.pid, 'SIGSTOP'),
  suspendJob: () => process.kill(0, 'SIGTSTP'),
  writeNow: (text) => {
    if (text !== '') process.stdout.write(text);
  },
};
