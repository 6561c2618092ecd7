import { getDocumentProxy } from 'unpdf';
import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';

/** Pages, title and author. */
export async function readPdf(blob: CappedBlob): Promise<RawFields> {
  const document = await getDocumentProxy(blob.readNow(), { verbosity: 0 });
  try {
    const { info } = await document.getMetadata();
    const fields = new Map<string, unknown>(Object.entries(info));
    return {
      pages: document.numPages,
      title: fields.get('Title'),
      artist: fields.get('Author'),
      language: fields.get('Language'),
    };
  } finally {
    await document.loadingTask.destroy();
  }
}
