/** Beginnings of programs, as their makers' tools write them; none of them runs. */

/** For Windows: the head for DOS, which says that the newer one lies at byte 128. */
export const WINDOWS_PROGRAM = Buffer.alloc(1024);
WINDOWS_PROGRAM.write('MZ\x90\0\x03', 'latin1');
WINDOWS_PROGRAM.writeUInt32LE(128, 0x3c);
WINDOWS_PROGRAM.write('PE\0\0\x64\x86', 128, 'latin1');

/** For Linux, 64 bits. */
export const ELF = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(500)]);
