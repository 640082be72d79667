import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { jointsOf, posed, randomAxisAngles } from '../../test/structured-poses.js';
import { constraintKey, constraintOf, holds } from '../constraint/constraint.js';
import { describePose } from '../fact/describe-pose.js';
import { FACTS } from '../fact/facts.js';
import { bareText } from '../fact/phrase.js';
import { POSTURES, SIDELESS_POSTURES } from '../fact/postures.js';
import { CAPTION_VOCABULARY } from '../sentence/caption-vocabulary.js';
import { contentWords } from '../sentence/content-words.js';
import { normaliseSentence, unknownWords } from '../sentence/normalise-sentence.js';
import { SYNONYMS } from '../sentence/synonyms.js';
import { parseStatement, parseStatements, statement, UnwordedConstraintError } from './statement.js';

const anyPose = fc.integer().map((seed) => jointsOf(randomAxisAngles(createRandom(seed))));

describe('statement', () => {
  test.prop([anyPose, fc.integer()])('says every described fact, and is read back', (joints, seed) => {
    const facts = describePose(joints, 0);
    expect(facts.length).toBeGreaterThan(0);
    const random = createRandom(seed);
    for (const fact of facts) {
      expect(holds(fact, joints, 0)).toBe(true);
      expect(parseStatement(statement(fact, random))).toEqual(fact);
      expect(parseStatement(`The ${statement(fact)}.`)).toEqual(fact);
    }
  });

  it('is not for what takes several constraints or no words', () => {
    expect(() => statement(constraintOf('pitchRoll:left_thigh', 'flat'))).toThrow(UnwordedConstraintError);
    expect(parseStatement('left hand on the hip')).toBeUndefined();
    expect(parseStatement('')).toBeUndefined();
  });

  test.prop([anyPose, fc.integer(), fc.constantFrom(', ', ' and ', '. ', '; ', ', and ')])(
    'says any number of facts, which are read back in order',
    (joints, seed, separator) => {
      const facts = describePose(joints, 0);
      const random = createRandom(seed);
      const answer = facts.map((fact) => statement(fact, random)).join(separator);
      expect(parseStatements(`${answer}: <POSE>.`)).toEqual(facts);
      expect(parseStatements(`nothing to see, ${answer} <POSE> ${answer}`)).toEqual([undefined, ...facts]);
    },
  );

  it('does not describe what is true of nearly everybody', () => {
    const described = describePose(posed({}), 0).map((fact) => statement(fact));
    expect(described).not.toContain('left foot on the ground');
    expect(described).not.toContain('torso upright');
  });
});

describe('wordings', () => {
  it('each mean one thing only', () => {
    const meaning = new Map<string, string>();
    const check = (text: string, keys: string): void => {
      const words = contentWords(text).join(' ');
      expect(meaning.get(words) ?? keys, text).toBe(keys);
      meaning.set(words, keys);
    };
    for (const { constraints, phrases } of FACTS) {
      for (const phrase of phrases) check(bareText(phrase), constraints.map(constraintKey).sort().join());
    }
    for (const { constraints, wordings } of [...POSTURES, ...new Set(SIDELESS_POSTURES.values())]) {
      for (const wording of wordings) check(wording, constraints.map(constraintKey).sort().join());
    }
  });

  it('come at least four to a fact and a posture', () => {
    for (const { phrases, name } of FACTS)
      expect(new Set(phrases.map(bareText)).size, name).toBeGreaterThanOrEqual(4);
    for (const { wordings, name } of POSTURES) expect(wordings.length, name).toBeGreaterThanOrEqual(4);
  });
});

describe('normaliseSentence', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom(...CAPTION_VOCABULARY, ...Object.keys(SYNONYMS), 'Zebra', '!'), {
        maxLength: 12,
      })
      .map((words) => words.join(' ')),
  );

  test.prop([anyText])('is idempotent', (text) => {
    const once = normaliseSentence(text);
    expect(normaliseSentence(once.join(' '))).toEqual(once);
  });

  it('leaves every vocabulary word as it is, and synonyms lead into the vocabulary', () => {
    for (const word of CAPTION_VOCABULARY) expect(normaliseSentence(word)).toEqual([word]);
    for (const [word, meaning] of Object.entries(SYNONYMS)) {
      expect(CAPTION_VOCABULARY, `${word} need not be mapped`).not.toContain(word);
      expect(
        meaning.split(' ').filter((part) => !CAPTION_VOCABULARY.includes(part)),
        word,
      ).toEqual([]);
    }
  });

  it('splits punctuation, lowers case, maps inflections and names strangers', () => {
    expect(normaliseSentence("A woman's LEFT-arm is lifted: she squats!")).toEqual(
      'a woman left arm is lifted , person squatting .'.split(' '),
    );
    expect(unknownWords('a dancer squats like a dancer')).toEqual(['dancer', 'like']);
  });
});
