// What a terminal sends in raw mode as keys: letters as they are, others by name.

export type KeyReader = {
  /** The keys that are whole by now; the beginning of a sequence is kept for the next piece. */
  read(piece: string): readonly string[];
  /** A lone Escape is a key when nothing follows it. */
  flush(): readonly string[];
  readonly isWaiting: () => boolean;
};

const ESCAPE = '\u001b';
const SEQUENCES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '3~': 'delete',
  '5~': 'pageup',
  '6~': 'pagedown',
  Z: 'shift-tab',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0002': 'pageup',
  '\u0003': 'ctrl-c',
  '\u0004': 'ctrl-d',
  '\u0006': 'pagedown',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u001a': 'ctrl-z',
};
/** CSI and SS3 sequences, whole or begun: ESC [ parameters letter, ESC O letter. */
const SEQUENCE = /^\u001b(?:\[([\d;?]*[A-Za-z~])|O([A-Za-z]))/;
const BEGUN = /^\u001b(?:\[[\d;?]*|O)?$/;

export function createKeyReader(): KeyReader {
  let pending = '';
  return {
    isWaiting: () => pending !== '',
    read(piece) {
      let text = pending + piece;
      pending = '';
      const keys: string[] = [];
      while (text !== '') {
        if (BEGUN.test(text)) {
          pending = text;
          break;
        }
        const sequence = SEQUENCE.exec(text);
        if (sequence) {
          const key = SEQUENCES[sequence[1] ?? sequence[2]!];
          // What is not known (function keys, answers of the terminal) is no key, not some letters.
          if (key) keys.push(key);
          text = text.slice(sequence[0].length);
          continue;
        }
        const [char] = text;
        if (char === ESCAPE) keys.push('escape');
        else if (CONTROLS[char!]) keys.push(CONTROLS[char!]!);
        else if (char! >= ' ') keys.push(char!);
        text = text.slice(char!.length);
      }
      return keys;
    },
    flush() {
      const isEscape = pending === ESCAPE;
      pending = '';
      return isEscape ? ['escape'] : [];
    },
  };
}
