import type { Catalogue } from '../catalogue.ts';

const welcome: Catalogue['welcome'] = {
  title: 'Willkommen bei Shoal',
  lead: 'Dateien suchen und teilen, direkt von Rechner zu Rechner, ohne Server dazwischen. Drei Fragen; alles lässt sich später in den Einstellungen ändern.',
  language: 'Sprache',
  theme: 'Aussehen',
  system: 'Wie das System',
  themes: { light: 'Hell', dark: 'Dunkel' },
  name: {
    title: 'Wie heißen Sie?',
    text: 'Andere sehen diesen Namen neben Ihren Dateien. Leer lassen, um keinen zu haben.',
    label: 'Name (freiwillig)',
  },
  folders: {
    title: 'Was möchten Sie teilen?',
    text: 'Nichts wird geteilt, was Sie nicht wählen. Andere sehen die Namen der Dateien, die Sie teilen, und Ihre Adresse im Internet, wie bei allem, was dort verschickt wird.',
    rights: 'Teilen Sie nur, was Sie teilen dürfen, und achten Sie die Rechte anderer.',
    choose: 'Ordner wählen',
    path: 'Pfad eines Ordners',
    pathHint: 'Auf dem Rechner, auf dem Shoal läuft, etwa /home/ich/musik. Die Eingabetaste fügt ihn hinzu.',
    add: 'Hinzufügen',
    list: 'Zu teilende Ordner',
    remove: '{path} nicht teilen',
    downloads: 'Teilen, was ich herunterlade',
    downloadsHint:
      'Fertige Downloads können dann auch von Ihnen geladen werden: Eine Datei bleibt im Netz, solange jemand sie teilt.',
  },
  limits: {
    title: 'Wie viel darf es nutzen?',
    text: 'Eine Grenze lässt auf Ihrer Leitung Platz für anderes.',
    download: 'Höchstens empfangen',
    upload: 'Höchstens senden',
    none: 'Keine Grenze',
    supernode: 'Das Netz mittragen, wenn meine Leitung es erlaubt',
    supernodeHint:
      'Manche Rechner führen die Dateilisten anderer und beantworten für sie Suchen. Das braucht etwas Speicher und Datenverkehr; wie viel, zeigt die Seite Netz.',
  },
  start: 'Los geht’s',
  skip: 'Überspringen',
  skipHint: 'Wer überspringt, teilt keinen Ordner und auch nicht, was heruntergeladen wird.',
};
export default welcome;
