import type { Catalogue } from '../catalogue.ts';

const reasons: Catalogue['reasons'] = {
  'search.over-budget': 'Der Supernode hat abgelehnt, weil zu viel gesucht wurde. Versuchen Sie es später noch einmal.',
  'peer.unreachable': 'Nicht erreichbar.',
  'peer.timeout': 'Hat nicht rechtzeitig geantwortet.',
  'peer.wrong-identity': 'Dort antwortet ein anderer Peer als erwartet.',
  'peer.version': 'Spricht eine andere Version des Protokolls.',
  'peer.protocol': 'Hat sich nicht an das Protokoll gehalten.',
  'peer.closed': 'Hat die Verbindung geschlossen.',
  'peer.refused': 'Hat abgelehnt.',
  'peer.too-many-requests': 'Hat wegen zu vieler Anfragen abgelehnt. Es wird später noch einmal versucht.',
  'peer.busy': 'Ist ausgelastet. Es wird später noch einmal versucht.',
  'peer.dial-limited': 'Wird jetzt nicht angerufen. Es wird später noch einmal versucht.',
  'peer.address-not-allowed': 'Die Adresse darf nicht angerufen werden.',
  'web.local-address': 'Er liegt in einem lokalen Netz. Gefragt wird dort nur, wenn Sie es erlauben.',
  'web.not-allowed': 'Er darf nicht gefragt werden.',
  'web.redirect': 'Seiner Weiterleitung wird nicht gefolgt.',
  'content.queued': 'Wartet dort in der Schlange',
  'content.stalled': 'Es kommt nichts mehr.',
  'content.range-needed': 'Das war zu viel auf einmal.',
  'content.unavailable': 'Die Datei kann dort gerade nicht gelesen werden. Es wird später noch einmal versucht.',
  'content.queue-full': 'Die Schlange dort ist voll. Es wird später noch einmal versucht.',
  'content.too-many-waiting': 'Von dieser Adresse warten dort schon zu viele. Es wird später noch einmal versucht.',
  'disk.full':
    'Auf dem Datenträger ist kein Platz mehr. Geben Sie welchen frei, oder wählen Sie einen anderen Ordner; es geht von selbst weiter.',
  'disk.read-only':
    'In den Ordner kann nicht geschrieben werden. Erlauben Sie das Schreiben, oder wählen Sie einen anderen.',
  'disk.missing': 'Der Ordner ist nicht da. Schließen Sie den Datenträger an, oder wählen Sie einen anderen Ordner.',
  'disk.failed': 'Der Datenträger hat versagt.',
  'disk.denied': 'Für den Ordner fehlt die Berechtigung. Ändern Sie seine Rechte.',
  'share.missing': 'Der Ordner ist nicht da. Schließen Sie den Datenträger an, oder teilen Sie ihn nicht mehr.',
  'share.not-allowed': 'Das kann nicht geteilt werden.',
  'file.missing': 'Die Datei ist nicht mehr da: Sie wurde verschoben oder entfernt.',
  internal: 'In Shoal ist etwas schiefgegangen; das ist ein Fehler im Programm.',
};
export default reasons;
