import { readAmassFolder } from '../readers/amass.js';
import { readBedlamScript } from '../readers/bedlam-script.js';
import { readCmu } from '../readers/cmu.js';
import { readCoco } from '../readers/coco.js';
import { readConversations } from '../readers/conversations.js';
import { readEmdb } from '../readers/emdb.js';
import { readHuman36m } from '../readers/human36m.js';
import { readMpii } from '../readers/mpii.js';
import { readMpiInf3dhp } from '../readers/mpi-inf-3dhp.js';
import { readReasoningPrompts } from '../readers/reasoning-prompts.js';
import { readThreeDpw } from '../readers/three-dpw.js';
import type { CataloguedDataset } from './dataset-descriptor.js';

const RPE_FILES = ['behavior', 'outfits', 'pose', 'shape'].map((kind) => `refine_vqa_${kind}_withGT.json`);

/** The real data sets that can be read, by name. None of them is part of this package. */
export const DATASETS: readonly CataloguedDataset[] = [
  {
    name: 'amass',
    title: 'AMASS: archive of motion capture as surface shapes',
    gives: 'bodies (SMPL-H or SMPL-X) in motion, in a world with z up',
    homepage: 'https://amass.is.tue.mpg.de',
    licence: 'registration; non-commercial research; parts have terms of their own',
    splits: [
      { name: 'train', what: 'all parts that are not for validation or test' },
      { name: 'validation', what: 'HumanEva, HDM05, SFU and MoSh' },
      { name: 'test', what: 'Transitions and SSM' },
      { name: 'all', what: 'everything in the folder' },
    ],
    files: [{ pattern: '**/*.npz', what: 'motions, part / subject / motion.npz' }],
    formatSource: 'AMASS files as NumPy writes them; splits of human_body_prior',
    generate: readAmassFolder,
  },
  {
    name: '3dpw',
    title: '3D Poses in the Wild',
    gives: 'pictures, bodies (SMPL), joints, keypoints and cameras; one or two people a picture',
    homepage: 'https://virtualhumans.mpi-inf.mpg.de/3DPW',
    licence: 'non-commercial research',
    splits: [
      { name: 'test', what: '24 sequences, the usual benchmark' },
      { name: 'train', what: '24 sequences' },
      { name: 'validation', what: '12 sequences' },
    ],
    files: [
      { pattern: 'sequenceFiles/train/*.pkl', what: 'training sequences', count: 24, splits: ['train'] },
      {
        pattern: 'sequenceFiles/validation/*.pkl',
        what: 'validation sequences',
        count: 12,
        splits: ['validation'],
      },
      { pattern: 'sequenceFiles/test/*.pkl', what: 'test sequences', count: 24, splits: ['test'] },
      { pattern: 'imageFiles/*/image_*.jpg', what: 'pictures', isOptional: true },
    ],
    formatSource: 'readme.txt of the data set; nkolot/SPIN datasets/preprocess/pw3d.py',
    generate: readThreeDpw,
  },
  {
    name: 'h36m',
    title: 'Human3.6M, in forms that others made of it',
    gives: 'pictures with joints and bodies, or joints in motion',
    homepage: 'http://vision.imar.ro/human3.6m',
    licence: 'registration; academic use',
    splits: [
      { name: 'protocol2', what: 'subjects S9 and S11, the frontal camera 60457274' },
      { name: 'protocol1', what: 'subjects S9 and S11, all cameras' },
      { name: 'train', what: 'subjects S1, S5, S6, S7, S8' },
      { name: 'motion-train', what: '3D joints in motion of S1, S5, S6, S7, S8' },
      { name: 'motion-test', what: '3D joints in motion of S9 and S11' },
    ],
    files: [
      {
        pattern: 'h36m_val_p2.npz',
        what: "HMR2's evaluation crops",
        splits: ['protocol2'],
        alternative: 'p2',
      },
      {
        pattern: 'h36m_valid_protocol2.npz',
        what: "SPIN's evaluation crops",
        splits: ['protocol2'],
        alternative: 'p2',
      },
      { pattern: 'h36m_valid_protocol1.npz', what: "SPIN's evaluation crops", splits: ['protocol1'] },
      { pattern: 'h36m_train.npz', what: "SPIN's training crops", splits: ['train'], alternative: 'train' },
      {
        pattern: 'h36m_mosh_train.npz',
        what: 'training crops with bodies',
        splits: ['train'],
        alternative: 'train',
      },
      { pattern: 'data_3d_h36m.npz', what: "VideoPose3D's joints", splits: ['motion-train', 'motion-test'] },
      { pattern: 'images/S*.jpg', what: 'pictures, as SPIN extracts them', isOptional: true },
    ],
    formatSource:
      'nkolot/SPIN datasets/preprocess/h36m.py; 4D-Humans datasets_eval.yaml; VideoPose3D data/prepare_data_h36m.py',
    generate: readHuman36m,
  },
  {
    name: 'mpi-inf-3dhp',
    title: "MPI-INF-3DHP, as SPIN's crops",
    gives: 'pictures with joints, and bodies fitted to several views',
    homepage: 'https://vcai.mpi-inf.mpg.de/3dhp-dataset',
    licence: 'non-commercial research',
    splits: [
      { name: 'train', what: 'subjects S1 to S8, every tenth frame of eight cameras' },
      { name: 'test', what: 'TS1 to TS6' },
    ],
    files: [
      { pattern: 'mpi_inf_3dhp_train.npz', what: "SPIN's training crops", splits: ['train'] },
      { pattern: 'mpi_inf_3dhp_test.npz', what: "SPIN's test crops", splits: ['test'] },
      { pattern: 'S*/Seq*/imageFrames/video_*/frame_*.jpg', what: 'training pictures', isOptional: true },
    ],
    formatSource: 'nkolot/SPIN datasets/preprocess/mpi_inf_3dhp.py',
    generate: readMpiInf3dhp,
  },
  {
    name: 'coco',
    title: 'COCO person keypoints',
    gives: 'pictures with 17 keypoints a person; bodies fitted to those of 2014',
    homepage: 'https://cocodataset.org',
    licence: 'annotations CC BY 4.0; pictures under the terms of Flickr; fits for non-commercial research',
    splits: [
      { name: 'train2017', what: 'training keypoints' },
      { name: 'val2017', what: 'validation keypoints' },
      { name: 'smpl-spin', what: 'training people of 2014, crops of SPIN with fits where there are' },
      { name: 'smpl-eft', what: 'training people of 2014 with fits of EFT' },
    ],
    files: [
      { pattern: 'annotations/person_keypoints_train2017.json', what: 'keypoints', splits: ['train2017'] },
      { pattern: 'annotations/person_keypoints_val2017.json', what: 'keypoints', splits: ['val2017'] },
      { pattern: 'coco_2014_train.npz', what: "SPIN's crops", splits: ['smpl-spin'] },
      { pattern: 'eft_fit/COCO2014-*.json', what: "EFT's fits", splits: ['smpl-eft'] },
      { pattern: '*201*/*.jpg', what: 'pictures', isOptional: true },
    ],
    formatSource: 'cocodataset.org, Data format; nkolot/SPIN; facebookresearch/eft README_dataformat.md',
    generate: readCoco,
  },
  {
    name: 'mpii',
    title: 'MPII human pose',
    gives: 'pictures with 16 keypoints a person; bodies fitted to them',
    homepage: 'http://human-pose.mpi-inf.mpg.de',
    licence: 'non-commercial research (simplified BSD for the annotations)',
    splits: [
      { name: 'train', what: 'training people, as HRNet divides them' },
      { name: 'valid', what: 'validation people, as HRNet divides them' },
      { name: 'smpl-spin', what: 'training people, crops of SPIN with fits where there are' },
      { name: 'smpl-eft', what: 'training people with fits of EFT' },
    ],
    files: [
      { pattern: 'annot/train.json', what: "HRNet's annotations", splits: ['train'] },
      { pattern: 'annot/valid.json', what: "HRNet's annotations", splits: ['valid'] },
      { pattern: 'mpii_train.npz', what: "SPIN's crops", splits: ['smpl-spin'] },
      { pattern: 'eft_fit/MPII_ver*.json', what: "EFT's fits", splits: ['smpl-eft'] },
      { pattern: 'images/*.jpg', what: 'pictures', isOptional: true },
    ],
    formatSource: 'deep-high-resolution-net.pytorch lib/dataset/mpii.py; nkolot/SPIN; facebookresearch/eft',
    generate: readMpii,
  },
  {
    name: 'emdb',
    title: 'EMDB: electromagnetic database of global human pose',
    gives: 'videos with bodies (SMPL), keypoints and moving cameras; one person',
    homepage: 'https://emdb.ait.ethz.ch',
    licence: 'registration; non-commercial research',
    splits: [
      { name: 'emdb1', what: '17 sequences for poses in the camera' },
      { name: 'emdb2', what: '25 sequences for global trajectories' },
      { name: 'all', what: 'all 81 sequences' },
    ],
    files: [
      { pattern: 'P*/*/*_data.pkl', what: 'sequences', count: 81 },
      { pattern: 'P*/*/images/*.jpg', what: 'pictures', isOptional: true },
    ],
    formatSource: 'eth-ait/emdb dataset.md',
    generate: readEmdb,
  },
  {
    name: 'bedlam-script',
    title: 'BEDLAM-Script: captions of BEDLAM',
    gives: 'pictures with bodies (SMPL-X) and three captions a person',
    homepage: 'https://github.com/naver/poseembroider',
    licence: 'CC BY-NC-SA 4.0 for the captions; BEDLAM by registration, non-commercial',
    splits: [
      { name: 'train', what: 'training, from PoseEmbroider files' },
      { name: 'validation', what: 'validation, from PoseEmbroider files' },
      { name: 'json-train', what: 'training, as pairs in LLaVA JSON' },
      { name: 'json-validation', what: 'validation, as pairs in LLaVA JSON' },
    ],
    files: [
      {
        pattern: 'processed/bedlam_training_*try.pkl',
        what: 'people and captions',
        count: 2,
        splits: ['train'],
      },
      {
        pattern: 'processed/imgpaths_*_training_try.pkl',
        what: 'chosen people',
        count: 1,
        splits: ['train'],
      },
      {
        pattern: 'processed/bedlam_validation_*try.pkl',
        what: 'people and captions',
        count: 2,
        splits: ['validation'],
      },
      {
        pattern: 'processed/imgpaths_*_validation_try.pkl',
        what: 'chosen people',
        count: 1,
        splits: ['validation'],
      },
      { pattern: 'bedlam_script_train.json', what: 'pairs', splits: ['json-train'] },
      { pattern: 'bedlam_script_validation.json', what: 'pairs', splits: ['json-validation'] },
      { pattern: 'images/*/*/png/*/*.png', what: 'pictures', isOptional: true },
    ],
    formatSource: 'naver/poseembroider datasets/bedlam.py and datasets/process_bedlam',
    generate: readBedlamScript,
  },
  {
    name: 'posescript',
    title: 'PoseScript: descriptions of poses of AMASS',
    gives: 'human and automatic descriptions of poses that lie in AMASS',
    homepage: 'https://github.com/naver/posescript',
    licence: 'CC BY-NC-SA 4.0; the poses under the terms of AMASS',
    splits: ['train', 'val', 'test'].map((name) => ({ name, what: `${name}_ids_100k.json` })),
    files: [
      { pattern: 'ids_2_dataset_sequence_and_frame_index_100k.json', what: 'which pose is where in AMASS' },
      { pattern: 'posescript_human_6293.json', what: 'human descriptions' },
      { pattern: 'posescript_auto_100k.json', what: 'automatic descriptions', isOptional: true },
      ...['train', 'val', 'test'].map((name) => ({
        pattern: `${name}_ids_100k.json`,
        what: 'which poses are in the split',
        splits: [name],
      })),
    ],
    formatSource: 'naver/posescript README.md',
    readBy: 'readPoseScript',
  },
  {
    name: 'posefix',
    title: 'PoseFix: instructions from one pose of AMASS to another',
    gives: 'human and automatic instructions between pairs of poses that lie in AMASS',
    homepage: 'https://github.com/naver/posescript',
    licence: 'CC BY-NC-SA 4.0; the poses under the terms of AMASS',
    splits: ['train', 'val', 'test'].map((name) => ({ name, what: `${name}_*_sequence_pair_ids.json` })),
    files: [
      { pattern: 'ids_2_dataset_sequence_and_frame_index_100k.json', what: 'which pose is where in AMASS' },
      { pattern: 'pair_id_2_pose_ids.json', what: 'which poses a pair has' },
      { pattern: 'posefix_human_6157.json', what: 'human instructions' },
      { pattern: 'posefix_auto_135305.json', what: 'automatic instructions', isOptional: true },
      ...['train', 'val', 'test'].map((name) => ({
        pattern: `${name}_*_sequence_pair_ids.json`,
        what: 'which pairs are in the split',
        count: 2,
        splits: [name],
      })),
    ],
    formatSource: 'naver/posescript README.md',
    readBy: 'readPoseFix',
  },
  {
    name: 'llava-instruct-150k',
    title: 'LLaVA visual instruct 150K',
    gives: 'conversations about pictures of COCO',
    homepage: 'https://huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K',
    licence: "CC BY 4.0; the texts are GPT-4's, whose terms apply",
    splits: [{ name: 'train', what: 'all of it' }],
    files: [
      { pattern: 'llava_instruct_150k.json', what: 'conversations' },
      { pattern: 'train2017/*.jpg', what: "COCO's pictures", isOptional: true },
    ],
    formatSource: 'haotian-liu/LLaVA docs/Finetune_Custom_Data.md',
    generate: (context) =>
      readConversations(context, {
        dataset: 'llava-instruct-150k',
        files: ['llava_instruct_150k.json'],
        imagePrefix: 'train2017/',
      }),
  },
  {
    name: 'rpe',
    title: 'RPE: reasoning-based pose estimation, refined',
    gives: 'questions about one person among several in pictures of 3DPW, with bodies and joints',
    homepage: 'https://github.com/jjunsss/RPE-Refined',
    licence: 'of ChatPose and of 3DPW: non-commercial research',
    splits: [{ name: 'test', what: 'questions about behaviour, outfit, pose and shape' }],
    files: [
      { pattern: 'refine_vqa_*_withGT.json', what: 'questions', count: 4 },
      { pattern: '3DPW/imageFiles/*/image_*.jpg', what: 'pictures', isOptional: true },
    ],
    formatSource: 'jjunsss/RPE-Refined README.md',
    generate: (context) => readConversations(context, { dataset: 'rpe', files: RPE_FILES, imagePrefix: '' }),
  },
  {
    name: 'reasoning-prompts',
    title: 'Prompts that ask for a pose by reasoning, in JSONL',
    gives: 'prompts, with pictures and answers where there are',
    homepage: 'https://yfeng95.github.io/ChatPose',
    licence: 'of whoever wrote them',
    splits: [{ name: 'all', what: 'all files of the folder' }],
    files: [{ pattern: '*.jsonl', what: 'prompts, one a line' }],
    formatSource: 'this project; or the conversations of LLaVA',
    generate: readReasoningPrompts,
  },
  {
    name: 'cmu',
    title: 'CMU Graphics Lab motion capture database',
    gives: 'poses of SMPL in motion',
    homepage: 'http://mocap.cs.cmu.edu',
    licence: 'free for research and commercial use; credit asked for',
    splits: [{ name: 'all', what: 'everything in the folder' }],
    files: [
      { pattern: '**/*.asf', what: 'skeletons' },
      { pattern: '**/*.amc', what: 'takes' },
    ],
    formatSource: 'readAsf and readAmc of @pose-rft/smpl',
    generate: readCmu,
  },
];

/** Thrown for a data set or split that the catalogue does not have. */
export class UnknownDatasetError extends Error {
  override readonly name = 'UnknownDatasetError';
}

/** @throws UnknownDatasetError */
export function findDataset(name: string): CataloguedDataset {
  const found = DATASETS.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  throw new UnknownDatasetError(
    `There is no data set "${name}". Use one of: ${DATASETS.map((dataset) => dataset.name).join(', ')}.`,
  );
}
