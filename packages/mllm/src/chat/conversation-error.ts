/** What is wrong with a conversation. */
export type ConversationProblem =
  | 'empty'
  | 'empty-turn'
  | 'system-not-first'
  | 'role-order'
  | 'misplaced-part'
  | 'image-without-vision'
  | 'image-count'
  | 'image-features'
  | 'pose-without-input'
  | 'pose-without-head'
  | 'pose-count'
  | 'pose-size'
  | 'broken-record'
  | 'too-long';

/** Thrown for a conversation that the model cannot take. */
export class ConversationError extends Error {
  override readonly name = 'ConversationError';
  readonly problem: ConversationProblem;

  constructor(problem: ConversationProblem, message: string) {
    super(`Conversation: ${message}.`);
    this.problem = problem;
  }
}
