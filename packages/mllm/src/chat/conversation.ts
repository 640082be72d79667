import { match } from 'ts-pattern';
import type { MllmConfig } from '../config.js';
import type { PixelValues } from '../image/pixel-values.js';
import { shapeSizeOf } from '../pose-head-parameters.js';
import type { ImageFeatures } from '../vision/vision-encoder.js';
import { ConversationError } from './conversation-error.js';

/** Words. Whatever they spell, no special token comes from them. */
export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
}

/** A picture: the features of a frozen encoder, or what each tower's preprocessing made of it. */
export type ImagePart =
  | { readonly kind: 'image'; readonly features: Float32Array | ImageFeatures }
  | { readonly kind: 'image'; readonly pixels: readonly PixelValues[] };

/** A pose: given in a question, or (to be) answered. */
export interface PosePart {
  readonly kind: 'pose';
  /** [poseSize] 6D rotations, joint after joint. */
  readonly rotation6d: Float32Array;
  /** [shapeSize] shape coefficients: a target where the pose head gives them. The pose projector reads rotations alone. */
  readonly shape?: Float32Array;
  /** [3] the weak-perspective camera: a target, as `shape` is. */
  readonly camera?: Float32Array;
}

export type ConversationPart = TextPart | ImagePart | PosePart;
export type ConversationRole = 'system' | 'user' | 'assistant';

/** What one side says at a time. */
export interface ConversationTurn {
  readonly role: ConversationRole;
  /** A system's are texts, a user's may be images and poses too, an assistant's texts and poses. */
  readonly parts: readonly ConversationPart[];
  /**
   * The tokens of an assistant's turn as the model wrote them, if it did; the end of the answer may be among them. They
   * stand for `parts` in later prompts, so that the history is what the model said, token for token.
   */
  readonly tokenIds?: readonly number[];
}

/** Turns in order: perhaps a system's, then user and assistant alternating. */
export type Conversation = readonly ConversationTurn[];

/**
 * A turn in short: strings are texts.
 *
 * @example
 * ```ts
 * import { conversationTurn } from '@pose-rft/mllm';
 *
 * const pose = { kind: 'pose', rotation6d: new Float32Array(144) } as const;
 * const turn = conversationTurn('user', pose, 'describe this pose.');
 * console.assert(turn.parts[1]?.kind === 'text');
 * ```
 */
export function conversationTurn(
  role: ConversationRole,
  ...parts: readonly (string | ConversationPart)[]
): ConversationTurn {
  return {
    role,
    parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
  };
}

/** What a conversation ends in: a question to be answered, or an answer to learn from. */
export type ConversationEnd = 'question' | 'answer';

/**
 * Whether a model can take a conversation: the order of its roles, and in each turn only parts that the model reads or
 * writes there, of its sizes.
 *
 * @throws ConversationError
 */
export function checkConversation(
  conversation: Conversation,
  config: MllmConfig,
  end: ConversationEnd,
): void {
  if (conversation.length === 0)
    throw new ConversationError('empty', 'the conversation has no turns; expected a user turn at least');
  conversation.forEach((turn, index) => {
    checkRole(conversation, index);
    if (turn.parts.length === 0 && turn.tokenIds === undefined)
      throw new ConversationError(
        'empty-turn',
        `turn ${index} (${turn.role}) has no parts; expected one or more`,
      );
    if (turn.tokenIds !== undefined && turn.role !== 'assistant')
      throw new ConversationError(
        'misplaced-part',
        `turn ${index} (${turn.role}) has tokenIds; expected them in answers of the model alone`,
      );
    for (const part of turn.parts) checkPart(part, turn.role, `turn ${index} (${turn.role})`, config);
  });
  const last = conversation.at(-1)?.role;
  if (end === 'question' && last !== 'user')
    throw new ConversationError(
      'role-order',
      `the last turn is the ${last}'s; expected a user turn to be answered`,
    );
  if (end === 'answer' && last !== 'assistant')
    throw new ConversationError(
      'role-order',
      `the last turn is the ${last}'s; expected an assistant turn to learn from`,
    );
}

function checkRole(conversation: Conversation, index: number): void {
  const role = conversation[index]?.role;
  if (role === 'system') {
    if (index === 0) return;
    throw new ConversationError(
      'system-not-first',
      `turn ${index} is a system turn; expected it first or not at all`,
    );
  }
  const before = conversation[index - 1]?.role;
  const expected = before === 'user' ? 'assistant' : 'user';
  if (role !== expected)
    throw new ConversationError(
      'role-order',
      `turn ${index} is the ${role}'s ${before === undefined ? 'and the first' : `after the ${before}'s`}; expected ` +
        `the ${expected}'s. Join turns of one side into one of several parts`,
    );
}

function checkPart(part: ConversationPart, role: ConversationRole, where: string, config: MllmConfig): void {
  match(part)
    .with({ kind: 'text' }, () => undefined)
    .with({ kind: 'image' }, () => {
      if (role !== 'user')
        throw new ConversationError(
          'misplaced-part',
          `${where} has an image; expected images in user turns alone`,
        );
      if (config.tokenIds.image === null || config.imageTokenCount === 0)
        throw new ConversationError(
          'image-without-vision',
          `${where} has an image, but the model sees none (imageTokenCount ${config.imageTokenCount}, ` +
            `tokenIds.image ${config.tokenIds.image}). Take the image out, or load a model with a projector`,
        );
    })
    .with({ kind: 'pose' }, (pose) => {
      checkPose(pose, role, where, config);
    })
    .exhaustive();
}

function checkPose(pose: PosePart, role: ConversationRole, where: string, config: MllmConfig): void {
  if (role === 'system')
    throw new ConversationError('misplaced-part', `${where} has a pose; expected texts alone`);
  if (role === 'user' && config.poseInput === null)
    throw new ConversationError(
      'pose-without-input',
      `${where} has a pose, but the model reads none (poseInput is null). Give the configuration a poseInput`,
    );
  if (role === 'assistant' && config.tokenIds.pose === null)
    throw new ConversationError(
      'pose-without-head',
      `${where} has a pose, but the model answers with none (tokenIds.pose is null)`,
    );
  const check = (numbers: Float32Array | undefined, size: number, what: string): void => {
    if (numbers === undefined) return;
    const broken = numbers.findIndex((value) => !Number.isFinite(value));
    if (numbers.length !== size || broken >= 0)
      throw new ConversationError(
        'pose-size',
        `${where} has a ${what} of ${numbers.length} numbers` +
          `${broken >= 0 ? `, of which number ${broken} is ${numbers[broken]}` : ''}; expected ${size} finite ones`,
      );
  };
  check(pose.rotation6d, config.poseSize, 'pose');
  const shapeSize = shapeSizeOf(config.poseHead);
  if (role === 'assistant' && shapeSize > 0) check(pose.shape, shapeSize, 'shape');
  if (role === 'assistant' && config.poseHead.hasCamera === true) check(pose.camera, 3, 'camera');
}
