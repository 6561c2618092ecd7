import type { FileSystem, ReadHandle } from '../engine/ports/index.ts';

type Lie = {
  /** Files with this name are lied about. */
  readonly name: string;
  /** So many bytes are told truly first, so that the liar is trusted for a while. */
  readonly honestBytes: number;
};

/** The files of a peer that sends altered bytes of one file: hashing has its own way to the disk and believes the truth. */
export function lieAbout(files: FileSystem, { name, honestBytes }: Lie): FileSystem {
  let read = 0;
  const openRead: FileSystem['openRead'] = async (path) => {
    const handle = await files.openRead(path);
    if (!handle || files.paths.name(path) !== name) return handle;
    const lying: ReadHandle = {
      stat: () => handle.stat(),
      close: () => handle.close(),
      async read(target, position) {
        const length = await handle.read(target, position);
        read += length;
        if (read > honestBytes && length > 0) target[0] = (target[0] ?? 0) ^ 1;
        return length;
      },
    };
    return lying;
  };
  // A file system is a class with private state: a proxy forwards all but one call to it.
  return new Proxy(files, {
    get(target, key) {
      if (key === 'openRead') return openRead;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
