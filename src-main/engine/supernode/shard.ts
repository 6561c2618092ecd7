import { ContentRows } from './content-rows.ts';
import { TermCounts } from './term-counts.ts';

/** What is known in memory of the rows of one shard of the index (see IndexStore). */
export class Shard {
  readonly number: number;
  readonly counts = new TermCounts();
  readonly contents = new ContentRows();

  constructor(number: number) {
    this.number = number;
  }
}
