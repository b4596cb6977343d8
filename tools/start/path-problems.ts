import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { errorCode } from '../error-code.ts';
import { serviceNames } from '../../services/manifest.ts';
import type { Settings } from '../settings.ts';

/** A line for each place of the data that can't be used. Makes nothing. */
export function pathProblems({ dataFolder, services }: Settings): string[] {
  const reason = folderProblem(dataFolder);
  // Databases that lie in the data folder have its problem.
  const problems = serviceNames
    .map((name) => services[name])
    .filter(({ databaseUrlIsSet }) => databaseUrlIsSet || reason === null)
    .map(({ databaseSetting, databaseUrlIsSet, database }) =>
      database.kind === 'postgres'
        ? null
        : databaseProblem(databaseUrlIsSet ? databaseSetting : 'DATA_DIR', database.path),
    );
  return [
    reason &&
      `The data folder ${dataFolder} can't be written (${reason}): set DATA_DIR to one that can.`,
    ...problems,
  ].filter((problem) => problem !== null);
}

/**
 * The system's word for why nothing can be put into a folder, there or still to be made; null when
 * it can.
 */
function folderProblem(folder: string): string | null {
  let nearest = folder;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  return accessProblem(nearest + sep, constants.W_OK | constants.X_OK);
}

function databaseProblem(setting: string, path: string): string | null {
  if (!existsSync(path)) {
    const reason = folderProblem(dirname(path));
    return reason && `The folder of ${path} can't be written (${reason}): check ${setting}.`;
  }
  if (!statSync(path).isFile()) return `${path} is no file: check ${setting}.`;
  const reason = accessProblem(path, constants.R_OK | constants.W_OK);
  return (
    reason && `The database ${path} can't be written (${reason}): check its rights and ${setting}.`
  );
}

function accessProblem(path: string, mode: number): string | null {
  try {
    accessSync(path, mode);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
