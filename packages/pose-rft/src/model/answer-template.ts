/**
 * The form of every answer: some text without angle brackets, exactly one `<POSE>`, and a full stop at the end. The
 * format reward pays for it and the format rate counts it, so both must mean the same.
 */
export const ANSWER_TEMPLATE = /^[^<>]*<POSE>\s*\.$/;
