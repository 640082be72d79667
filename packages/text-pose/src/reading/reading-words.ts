/** Spellings of several words that mean one, put right before the words are looked at one by one. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/['’]s\b/g, ''],
  [/\b(?:n['’]t|cannot)\b/g, ' not'],
  [/°/g, ' degrees '],
  [/\b90\b/g, 'ninety'],
  [/\bninety[- ]degrees?[- ]angles?\b/g, 'right angle'],
  [/\bright[- ]angles?\b/g, 'rightangle'],
  [/\bninety[- ]degrees?\b/g, 'ninety degrees'],
  [/\bl[- ]shaped?\b/g, 'lshape'],
  [/\bl[- ]shapes?\b/g, 'lshape'],
  [/\b(?:shoulder|shoulders)[- ](?:width|wide)\b/g, 'shoulderwidth'],
  [/\b(?:hip|hips)[- ](?:width|wide)\b/g, 'hipwidth'],
  [/\bmid[- ]stride\b/g, 'midstride'],
  [/\b(?:a (?:little|tiny|small) bit|a bit|a little|somewhat)\b/g, 'slightly'],
  [/\bat the same time\b/g, 'meanwhile'],
  [/\bin (?:the|this) (?:pose|picture|image)\b/g, ' '],
  [/\b(?:in a|as if|so that|such that)\b/g, ' '],
  [/\bover ?head\b/g, 'over head'],
  [/\bup ?right\b/g, 'upright'],
  [/\bhalf[- ]?way\b/g, 'halfway'],
  [/\bside[- ]ways?\b/g, 'sideways'],
  [/\bin contact with\b/g, 'touching'],
  [/\bon top of\b/g, 'on'],
  [/\bin the direction of\b/g, 'to'],
  [/\bhands[- ]and[- ]knees\b/g, 'handsandknees'],
  [/\b(?:down )?(?:at|by|along|alongside|beside) (?:the|his|her|their) (?:body|sides?)\b/g, 'at side'],
  [/\bat a right\b/g, 'at right'],
];

/** Words that carry nothing that is read: with and without them a phrase means the same. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(
  (
    'the a an their his her its my your our is are was were be been being am has have had having keep keeps keeping kept ' +
    'also meanwhile very quite really just gently comfortably about roughly approximately nearly ' +
    'pose posture position this that these where which who there then so'
  ).split(' '),
);

const SAME: readonly (readonly [meaning: string, words: string])[] = [
  [
    'person',
    'person someone somebody people man woman guy lady boy girl human individual figure dancer athlete performer character ' +
      'they he she subject male female model dude gentleman',
  ],
  ['torso', 'trunk'],
  ['hand', 'wrist palm fist'],
  ['hands', 'wrists palms fists'],
  ['foot', 'ankle'],
  ['feet', 'ankles'],
  ['thigh', 'lap'],
  ['hips', 'waist'],
  ['ground', 'floor earth'],
  ['raised', 'raise raises raising elevated'],
  ['lifted', 'lift lifts lifting'],
  ['lowered', 'lowers lowering'],
  ['bent', 'bend bends'],
  ['flexed', 'flex flexes flexing'],
  ['folded', 'fold folds folding'],
  ['stretched', 'stretch stretches stretching outstretched'],
  ['extended', 'extend extends extending'],
  ['straight', 'straightened straighten straightens'],
  ['crossed', 'cross crosses'],
  ['twisted', 'twist twists'],
  ['turned', 'turn turns'],
  ['rotated', 'rotate rotates rotating'],
  ['tilted', 'tilt tilts tilting'],
  ['leaning', 'lean leans leaned leant'],
  ['spread', 'spreads spreading'],
  ['hanging', 'hang hangs'],
  ['pointing', 'point points pointed'],
  ['reaching', 'reach reaches reached'],
  ['resting', 'rest rests rested'],
  ['touching', 'touch touches'],
  ['held', 'hold holds'],
  ['placed', 'put puts'],
  ['facing', 'faces faced'],
  ['looking', 'look looks looked'],
  ['sitting', 'sit sits sat'],
  ['standing', 'stand stands stood'],
  ['kneeling', 'kneel kneels knelt'],
  ['squatting', 'squat squats squatted'],
  ['crouching', 'crouch crouches'],
  ['lunging', 'lunge lunges'],
  ['kicking', 'kick kicks'],
  ['walking', 'walk walks'],
  ['stepping', 'steps'],
  ['striding', 'stride strides'],
  ['balancing', 'balance balances balanced'],
  ['bowing', 'bows'],
  ['lying', 'lie lies laying lays'],
  ['crawling', 'crawl crawls'],
  ['forward', 'forwards'],
  ['backward', 'backwards'],
  ['up', 'upward upwards'],
  ['down', 'downward downwards'],
  ['to', 'towards toward'],
  ['strongly', 'heavily considerably'],
  ['partially', 'partly'],
  ['completely', 'fully entirely totally'],
];

const MEANING: ReadonlyMap<string, string> = new Map(
  SAME.flatMap(([meaning, words]) => words.split(' ').map((word) => [word, meaning] as const)),
);

/**
 * A text as the words that reading looks at: lower case, inflections and synonyms made one, articles and auxiliaries
 * gone, `,` and `.` as words of their own. What captions write goes through it too, so it need only be consistent.
 */
export function readingWords(text: string): string[] {
  let plain = text.toLowerCase();
  for (const [pattern, meaning] of PHRASES) plain = plain.replace(pattern, meaning);
  return plain
    .replaceAll(/[,;:()]/gu, ' , ')
    .replaceAll(/[.!?\n]+/gu, ' . ')
    .replaceAll(/[^\p{Letter}\p{Number},.]+/gu, ' ')
    .split(' ')
    .filter((word) => word !== '' && !EMPTY_WORDS.has(word))
    .map((word) => MEANING.get(word) ?? word);
}
