import { describe, expect, it } from 'vitest';
import { formatDuration } from './format-duration.js';
import { createProgressDisplay, type Progress } from './progress-display.js';

function recorder(isTTY: boolean): {
  text: () => string;
  write: (text: string) => void;
  isTTY: boolean;
  columns: number;
} {
  let written = '';
  return { text: () => written, write: (text) => (written += text), isTTY, columns: 80 };
}

const at = (done: number): Progress => ({ phase: 'tuning', done, total: 10, figures: [['reward', '0.51']] });

describe('a terminal', () => {
  it('is redrawn in place, with the time left from the pace so far', () => {
    const stream = recorder(true);
    let clock = 0;
    const display = createProgressDisplay(stream, () => clock);
    display.update(at(0));
    clock = 4000;
    display.update(at(4));
    expect(stream.text()).toContain('4/10  6 s left');
    expect(stream.text()).toContain('\u001b[2A\u001b[0J');
    display.finish();
  });

  it('keeps log lines above the live part', () => {
    const stream = recorder(true);
    const display = createProgressDisplay(stream, () => 0);
    display.update(at(1));
    display.log('checkpoint written');
    expect(stream.text()).toContain('checkpoint written\n');
    expect(stream.text().lastIndexOf('tuning')).toBeGreaterThan(stream.text().indexOf('checkpoint written'));
  });
});

describe('a pipe', () => {
  it('gets plain lines, seldom, and always the last one', () => {
    const stream = recorder(false);
    let clock = 0;
    const display = createProgressDisplay(stream, () => clock);
    for (let done = 0; done <= 10; done++) {
      display.update(at(done));
      clock += 100;
    }
    const lines = stream.text().trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('tuning 10/10  done in 1 s');
    expect(stream.text()).not.toContain('\u001b');
  });
});

describe('formatDuration', () => {
  it('picks the unit that people would', () => {
    expect([7.4, 65, 3725, -1].map(formatDuration)).toEqual(['7 s', '1 min 05 s', '1 h 02 min', '0 s']);
  });
});
