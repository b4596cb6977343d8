/** Browser storage that may be missing, full or hold nonsense: then there is nothing in it. */
export function readStored(storage: Storage, name: string): unknown {
  try {
    return JSON.parse(storage.getItem(name) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

/** Says whether it is kept: what can't be lasts as long as this page. */
export function store(storage: Storage, name: string, value: unknown): boolean {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
