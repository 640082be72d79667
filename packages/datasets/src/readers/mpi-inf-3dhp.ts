import { findFiles } from '../files/dataset-files.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord, RecordIdentity } from '../record/dataset-record.js';
import { readPersonCrops } from './person-crops.js';

/**
 * MPI-INF-3DHP as the crops that SPIN prepares from it (`mpi_inf_3dhp_train.npz`, `mpi_inf_3dhp_test.npz`), with the
 * frames extracted as SPIN does. The data set's own `annot.mat` and the HDF5 files of its test set are not read. Format:
 * SPIN `datasets/preprocess/mpi_inf_3dhp.py`.
 */
export async function* readMpiInf3dhp(
  context: ReadingContext,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const name = `mpi_inf_3dhp_${context.split}.npz`;
  const [file] = await findFiles(context.folder, name);
  if (file === undefined) {
    context.problem('missing-file', name, 'the file of crops is not there');
    return;
  }
  yield* readPersonCrops(context, {
    dataset: 'mpi-inf-3dhp',
    file,
    imagePrefix: '',
    identityOf: mpiInf3dhpIdentity,
  });
}

/** `S1/Seq1/imageFrames/video_0/frame_000001.jpg`, or `mpi_inf_3dhp_test_set/TS1/imageSequence/img_000001.jpg`. */
export function mpiInf3dhpIdentity(imageName: string): RecordIdentity {
  const train = /(S\d+)\/(Seq\d+)\/imageFrames\/(video_\d+)\/frame_(\d+)\./.exec(imageName);
  if (train !== null) {
    const [, subject = '', part = '', video = '', frame = ''] = train;
    return { subject, sequence: `${subject}/${part}/${video}`, frame: Number(frame) };
  }
  const [, subject, frame = ''] = /(TS\d+)\/imageSequence\/img_(\d+)\./.exec(imageName) ?? [];
  return subject === undefined ? {} : { subject, sequence: subject, frame: Number(frame) };
}
