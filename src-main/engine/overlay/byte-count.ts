/** Bytes that went and came, added up for whoever wants to know what something costs. */
export class ByteCount {
  up = 0;
  down = 0;
}
