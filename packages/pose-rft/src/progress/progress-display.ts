import { formatDuration } from './format-duration.js';

/** What a run tells about itself while it goes on. */
export interface Progress {
  readonly phase: string;
  /** Units done and to do; the unit is the phase's own (iterations, steps, prompts). */
  readonly done: number;
  readonly total: number;
  /** Named figures to show, already formatted, in order. */
  readonly figures: readonly (readonly [name: string, value: string])[];
}

/** Where progress goes: a terminal is redrawn in place, anything else gets plain lines now and then. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Prints a line above the live display. */
  log(line: string): void;
  /** Leaves the last state on the screen and ends the display. */
  finish(): void;
}

/** The part of a writable stream that the display needs. */
export interface DisplayStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const REDRAW_INTERVAL_MILLISECONDS = 120;
const PLAIN_INTERVAL_MILLISECONDS = 5000;

/**
 * Creates the display for a stream.
 *
 * @param now - the clock in milliseconds; given in tests
 */
export function createProgressDisplay(
  stream: DisplayStream,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  return stream.isTTY === true ? liveDisplay(stream, now) : plainDisplay(stream, now);
}

function liveDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const clock = createPhaseClock(now);
  let drawnLines = 0;
  let lastDraw = Number.NEGATIVE_INFINITY;
  let current: Progress | undefined;

  const erase = (): void => {
    if (drawnLines > 0) stream.write(`\u001b[${drawnLines}A\u001b[0J`);
    drawnLines = 0;
  };
  const draw = (progress: Progress): void => {
    erase();
    const width = Math.max(40, Math.min(stream.columns ?? 80, 120));
    const lines = liveLines(progress, clock.remaining(progress), width);
    stream.write(`${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  return {
    update(progress) {
      current = progress;
      clock.observe(progress);
      if (now() - lastDraw < REDRAW_INTERVAL_MILLISECONDS && progress.done < progress.total) return;
      lastDraw = now();
      draw(progress);
    },
    log(line) {
      erase();
      stream.write(`${line}\n`);
      if (current !== undefined) draw(current);
    },
    finish() {
      if (current !== undefined) draw(current);
      drawnLines = 0;
      current = undefined;
    },
  };
}

function plainDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const clock = createPhaseClock(now);
  let lastLine = Number.NEGATIVE_INFINITY;
  let lastPhase = '';
  return {
    update(progress) {
      clock.observe(progress);
      const isNews = progress.phase !== lastPhase || progress.done >= progress.total;
      if (!isNews && now() - lastLine < PLAIN_INTERVAL_MILLISECONDS) return;
      lastLine = now();
      lastPhase = progress.phase;
      const figures = progress.figures.map(([name, value]) => `${name} ${value}`).join('  ');
      stream.write(
        `${progress.phase} ${progress.done}/${progress.total}  ${clock.remaining(progress)}${figures === '' ? '' : `  ${figures}`}\n`,
      );
    },
    log(line) {
      stream.write(`${line}\n`);
    },
    finish() {
      lastPhase = '';
    },
  };
}

function liveLines(progress: Progress, remaining: string, width: number): string[] {
  const share = progress.total === 0 ? 1 : Math.min(1, progress.done / progress.total);
  const barWidth = Math.max(10, Math.min(40, width - 40));
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const head = `${progress.phase}  ${bar} ${progress.done}/${progress.total}  ${remaining}`;
  const columns = Math.max(1, Math.floor(width / 32));
  const lines = [head.slice(0, width)];
  for (let start = 0; start < progress.figures.length; start += columns)
    lines.push(
      progress.figures
        .slice(start, start + columns)
        .map(([name, value]) => `  ${name.padEnd(20)} ${value.padStart(8)}`.padEnd(32))
        .join('')
        .slice(0, width),
    );
  return lines;
}

/** Estimates the time left of the current phase from the pace since it began. */
function createPhaseClock(now: () => number): {
  observe(progress: Progress): void;
  remaining(progress: Progress): string;
} {
  let phase = '';
  let start = 0;
  let doneAtStart = 0;
  return {
    observe(progress) {
      if (progress.phase === phase) return;
      phase = progress.phase;
      start = now();
      doneAtStart = progress.done;
    },
    remaining(progress) {
      const elapsed = (now() - start) / 1000;
      const done = progress.done - doneAtStart;
      if (progress.done >= progress.total) return `done in ${formatDuration(elapsed)}`;
      if (done <= 0) return 'starting';
      return `${formatDuration((elapsed / done) * (progress.total - progress.done))} left`;
    },
  };
}
