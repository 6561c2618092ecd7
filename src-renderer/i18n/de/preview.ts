import type { Catalogue } from '../catalogue.ts';

const preview: Catalogue['preview'] = {
  title: 'Vorschau von {name}',
  asking: 'Die Datei wird angesehen…',
  waiting: 'Der Anfang der Datei ist noch nicht da. Er wird gezeigt, sobald er kommt.',
  buffering: 'Wartet auf den nächsten Teil der Datei…',
  element:
    'Diese Datei lässt sich hier nicht abspielen oder anzeigen: Sie ist beschädigt, unvollständig oder von einer hier unbekannten Art.',
  textCut: 'Die ersten {size} der Datei.',
  image: 'Bild {name}',
  retry: 'Erneut versuchen',
};
export default preview;
