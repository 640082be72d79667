import { describe, expect, it } from 'vitest';
import { boxArea, boxAround, parsePersonBox } from './person-box.js';

const PICTURE = { width: 640, height: 480 };

describe('parsePersonBox', () => {
  it('reads x, y, width, height', () => {
    expect(parsePersonBox('10, 20,100,200', PICTURE)).toEqual({ left: 10, top: 20, right: 110, bottom: 220 });
  });

  it.each([
    '',
    '1,2,3',
    '1,2,3,4,5',
    'a,b,c,d',
    '0,0,0,10',
    '-1,0,10,10',
    '600,0,100,10',
    '0,400,10,81',
    '1,,2,3',
  ])('refuses %j, saying what would be right', (text) => {
    expect(() => parsePersonBox(text, PICTURE)).toThrow(/--box must be x,y,width,height .*640 x 480/);
  });
});

describe('boxAround', () => {
  it('is wider than the keypoints, more so above, and ends with the picture', () => {
    const box = boxAround(
      [
        { x: 100, y: 100 },
        { x: 200, y: 470 },
      ],
      PICTURE,
    );
    expect(box.left).toBeLessThan(100);
    expect(box.right).toBeGreaterThan(200);
    expect(100 - box.top).toBeGreaterThan(100 - box.left);
    expect(box.bottom).toBe(480);
    expect(boxArea(box)).toBeGreaterThan(100 * 370);
  });
});
