import type { MllmPrompt } from './prompt.js';

/** The same function, called once for each prompt object. */
export function rememberingPerObject<Prompt>(
  encodePrompt: (prompt: Prompt) => MllmPrompt,
): (prompt: Prompt) => MllmPrompt {
  const encoded = new WeakMap<object, MllmPrompt>();
  return (prompt) => {
    if (typeof prompt !== 'object' || prompt === null) return encodePrompt(prompt);
    let known = encoded.get(prompt);
    if (known === undefined) {
      known = encodePrompt(prompt);
      encoded.set(prompt, known);
    }
    return known;
  };
}
