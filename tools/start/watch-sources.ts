import { watch } from 'node:fs';
import { join } from 'node:path';
import { processNames, type ProcessName } from '../../services/manifest.ts';
import { projectFolder } from '../settings.ts';

/** What an editor or git writes at once is one change. */
const SETTLE_MS = 150;

/**
 * Calls `onChange` for each process whose source has changed, until `signal` is aborted; all of
 * them depend on the packages. Node's own watch mode is of no use here: it sends messages of its
 * own through worker threads.
 */
export function watchSources(onChange: (name: ProcessName) => void, signal: AbortSignal): void {
  const changed = new Set<ProcessName>();
  let timer: NodeJS.Timeout | undefined;

  function note(names: readonly ProcessName[], file: string | null): void {
    if (file === null || !file.endsWith('.ts') || /(^|[\\/])test[\\/]/.test(file)) return;
    for (const name of names) changed.add(name);
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const name of changed) onChange(name);
      changed.clear();
    }, SETTLE_MS);
  }

  const watchFolder = (folder: string, names: readonly ProcessName[]): void => {
    watch(join(projectFolder, folder), { recursive: true, signal }, (_event, file) =>
      note(names, file),
    );
  };
  watchFolder('packages', processNames);
  for (const name of processNames) watchFolder(join('services', name, 'src'), [name]);
  signal.addEventListener('abort', () => clearTimeout(timer));
}
