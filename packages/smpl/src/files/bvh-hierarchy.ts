import type { Vector3 } from '../vector3.js';
import type { BvhChannel, BvhJoint } from './bvh.js';
import { MotionFileError } from './motion-file-error.js';
import { parseNumber, shown, type MotionFileLine } from './motion-file-lines.js';

export interface BvhHierarchy {
  readonly joints: readonly BvhJoint[];
  readonly channelCount: number;
  /** Of the line that says MOTION. */
  readonly line: number;
}

const CHANNELS: readonly BvhChannel[] = [
  'Xposition',
  'Yposition',
  'Zposition',
  'Xrotation',
  'Yrotation',
  'Zrotation',
];

/** A joint, or an end site, while its block is open. */
interface OpenBlock {
  /** Index of the joint; of the joint that it ends, for an end site. */
  readonly joint: number;
  readonly isEndSite: boolean;
  readonly line: number;
  readonly name: string;
  offset: Vector3 | undefined;
  channels: readonly BvhChannel[] | undefined;
}

interface JointUnderConstruction {
  readonly name: string;
  readonly parent: number;
  offsetMetres: Vector3;
  channels: readonly BvhChannel[];
  firstChannel: number;
  endSiteMetres: Vector3 | undefined;
}

/**
 * Reads the lines of a BVH file up to and including `MOTION`. Nesting is held in a list: its depth is no deeper than
 * the file is long.
 *
 * @throws MotionFileError
 */
export function readBvhHierarchy(
  lines: Iterator<MotionFileLine>,
  metresPerUnit: number,
  file: string,
): BvhHierarchy {
  const joints: JointUnderConstruction[] = [];
  const open: OpenBlock[] = [];
  let channelCount = 0;
  const words = wordsOf(lines);
  const fail = (line: number, field: string, expected: string, found: string): MotionFileError =>
    new MotionFileError(file, line, field, expected, found);
  const endOfFile = (): MotionFileError =>
    fail(
      words.line() + 1,
      open.at(-1)?.name ?? 'HIERARCHY',
      open.length > 0 ? "'}'" : "'MOTION'",
      'the end of the file',
    );

  const openBlock = (line: number, isEndSite: boolean, name: string): void => {
    const brace = words.next();
    if (brace !== '{') throw fail(words.line(), name, "'{'", shown(brace));
    const parent = open.at(-1);
    if (isEndSite) {
      if (parent === undefined || parent.isEndSite)
        throw fail(line, 'End Site', 'a joint around it', parent === undefined ? 'none' : 'an end site');
      open.push({ joint: parent.joint, isEndSite, line, name, offset: undefined, channels: [] });
      return;
    }
    if (parent?.isEndSite === true) throw fail(line, name, "'OFFSET' or '}' in an end site", "'JOINT'");
    joints.push({
      name,
      parent: parent?.joint ?? -1,
      offsetMetres: [0, 0, 0],
      channels: [],
      firstChannel: 0,
      endSiteMetres: undefined,
    });
    open.push({ joint: joints.length - 1, isEndSite, line, name, offset: undefined, channels: undefined });
  };

  const readOffset = (block: OpenBlock, line: number): void => {
    if (block.offset !== undefined) throw fail(line, `OFFSET of ${block.name}`, 'one such line', 'a second');
    const axis = (): number =>
      parseNumber(words.next(), file, words.line(), `OFFSET of ${block.name}`) * metresPerUnit;
    block.offset = [axis(), axis(), axis()];
  };

  const readChannels = (block: OpenBlock, line: number): void => {
    const field = `CHANNELS of ${block.name}`;
    if (block.channels !== undefined)
      throw fail(line, field, block.isEndSite ? 'none in an end site' : 'one such line', 'a second');
    const count = parseNumber(words.next(), file, line, field);
    if (!(Number.isInteger(count) && count >= 0 && count <= CHANNELS.length))
      throw fail(line, field, `a whole number from 0 to ${CHANNELS.length}`, String(count));
    const channels = Array.from({ length: count }, () => {
      const word = words.next();
      const channel = CHANNELS.find((candidate) => candidate.toLowerCase() === word?.toLowerCase());
      if (channel === undefined) throw fail(words.line(), field, `of ${CHANNELS.join(', ')}`, shown(word));
      return channel;
    });
    if (new Set(channels).size < channels.length)
      throw fail(line, field, 'each channel once', shown(channels.join(' ')));
    block.channels = channels;
    // Frames hold the channels in the order of these lines.
    const joint = joints[block.joint] as JointUnderConstruction;
    joint.channels = channels;
    joint.firstChannel = channelCount;
    channelCount += count;
  };

  const closeBlock = (line: number): void => {
    const block = open.pop();
    if (block === undefined) throw fail(line, 'HIERARCHY', "'ROOT'", "'}'");
    if (block.offset === undefined) throw fail(line, block.name, 'an OFFSET line', 'none');
    const joint = joints[block.joint] as JointUnderConstruction;
    if (block.isEndSite) joint.endSiteMetres ??= block.offset;
    else joint.offsetMetres = block.offset;
  };

  const first = words.next();
  if (first?.toUpperCase() !== 'HIERARCHY')
    throw fail(words.line(), 'HIERARCHY', "'HIERARCHY'", shown(first));
  for (;;) {
    const word = words.next();
    if (word === undefined) throw endOfFile();
    const line = words.line();
    const block = open.at(-1);
    const key = word.toUpperCase();
    if (block === undefined) {
      if (key === 'MOTION' && joints.length > 0) break;
      if (key !== 'ROOT' || joints.length > 0)
        throw fail(
          line,
          'HIERARCHY',
          joints.length > 0 ? "'MOTION' after the one root" : "'ROOT'",
          shown(word),
        );
      openBlock(line, false, words.restOfName());
    } else if (key === 'OFFSET') readOffset(block, line);
    else if (key === 'CHANNELS') readChannels(block, line);
    else if (key === 'JOINT') openBlock(line, false, words.restOfName());
    else if (key === 'END') {
      const site = words.next();
      if (site?.toUpperCase() !== 'SITE')
        throw fail(line, block.name, "'End Site'", shown(`End ${site ?? ''}`));
      openBlock(line, true, `End Site of ${block.name}`);
    } else if (key === '}') closeBlock(line);
    else throw fail(line, block.name, 'OFFSET, CHANNELS, JOINT, End Site or }', shown(word));
  }
  return {
    joints: joints.map(({ endSiteMetres, ...joint }) =>
      endSiteMetres === undefined ? joint : { ...joint, endSiteMetres },
    ),
    channelCount,
    line: words.line(),
  };
}

interface Words {
  /** The next word; undefined at the end of the file. */
  readonly next: () => string | undefined;
  /** The words up to the end of the line, or to a brace: names may hold spaces. */
  readonly restOfName: () => string;
  /** The line of the last word. */
  readonly line: () => number;
}

function wordsOf(lines: Iterator<MotionFileLine>): Words {
  let current: readonly string[] = [];
  let at = 0;
  let line = 0;
  const next = (): string | undefined => {
    while (at >= current.length) {
      const step = lines.next();
      if (step.done === true) return undefined;
      current = step.value.words;
      line = step.value.number;
      at = 0;
    }
    return current[at++];
  };
  const restOfName = (): string => {
    const start = at;
    while (at < current.length && current[at] !== '{') at++;
    return current.slice(start, at).join(' ');
  };
  return { next, restOfName, line: () => Math.max(1, line) };
}
