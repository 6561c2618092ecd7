import type { Catalogue } from '../catalogue.ts';

const errors: Catalogue['errors'] = {
  'input.invalid': 'Das geht nicht: {what}: {why}.',
  'input.unknown': 'Das ist nicht bekannt: {what}: {why}.',
  'search.query-invalid':
    'Diese Suche kann nicht gestellt werden: {why}. Ändern Sie die Wörter und versuchen Sie es noch einmal.',
  'search.over-budget': 'Der Supernode hat abgelehnt: zu viele Suchen. Versuchen Sie es in {seconds} s noch einmal.',
  'search.unknown': 'Diese Suche ist beendet und vergessen. Suchen Sie noch einmal.',
  'search.too-many': 'Es laufen schon {running} Suchen. Halten Sie zuerst eine davon an.',
  'search.no-supernode':
    'Noch antwortet kein Supernode. Es wird von selbst weiter versucht; die Seite „Netz“ sagt, wie Sie helfen können.',
  'saved.unknown': 'Diese gemerkte Suche gibt es nicht mehr.',
  'saved.exists': 'Diese Suche ist schon gemerkt.',
  'saved.too-many': 'Es sind schon {most} Suchen gemerkt. Entfernen Sie zuerst eine davon.',
  'peer.unreachable':
    'Keine Verbindung zu {address}: {why}. Vielleicht ist er abgeschaltet; eine andere Quelle kann einspringen.',
  'peer.timeout': '{address} hat nicht rechtzeitig geantwortet. Vielleicht ist er beschäftigt oder fort.',
  'peer.wrong-identity':
    '{address} ist nicht der gemeinte Peer: sein Schlüssel ist {actual}. Bitten Sie um eine neue Einladung.',
  'peer.version':
    '{address} spricht Protokoll {theirs}, dieser Peer {ours}. Die ältere Seite ({older}) braucht eine neue Version.',
  'peer.protocol': '{address} hält sich nicht an das Protokoll: {why}. Er wird eine Weile in Ruhe gelassen.',
  'peer.closed': '{address} hat die Verbindung beendet.',
  'peer.refused': '{address} hat abgelehnt: {why}.',
  'peer.certificate-needed': 'Das darf nur ein Peer fragen, der sein Zertifikat zeigt.',
  'peer.browse-off': 'Dieser Peer lässt andere nicht auflisten, was er teilt.',
  'peer.too-many-requests':
    'Der Peer dort hat abgelehnt: zu viele Anfragen. Versuchen Sie es in {seconds} s noch einmal.',
  'peer.busy': '{address} ist beschäftigt. Versuchen Sie es später noch einmal.',
  'peer.banned': 'Dieser Peer ist nach zu vielen Fehlern gesperrt. Die Sperre endet von selbst.',
  'peer.blocked': 'Sie haben diesen Peer gesperrt: Mit ihm wird nicht gesprochen.',
  'peer.dial-limited': '{address} wird jetzt nicht angerufen: {why}. Es wird später wieder versucht.',
  'peer.address-not-allowed': '{address} darf nicht angerufen werden: {why}.',
  'web.local-address': '{host} führt zu {address} in einem lokalen Netz. Gefragt wird dort nur, wenn Sie es erlauben.',
  'web.not-allowed': '{host} darf nicht gefragt werden: {why}.',
  'web.redirect': 'Einer Weiterleitung von {host} wird nicht gefolgt: {why}.',
  'web.no-ranges': 'Der Server sendet nur ganze Dateien. Er wird gefragt, wenn keine andere Quelle hat, was fehlt.',
  'content.not-found': 'Eine solche Datei gibt es dort nicht.',
  'content.gone': 'Die Datei dort wurde geändert oder entfernt.',
  'content.bad-bytes': 'Er hat Daten geschickt, die nicht zu dieser Datei gehören. Sie wurden verworfen.',
  'content.bad-tree': 'Er hat Prüfdaten geschickt, die nicht zu dieser Datei gehören. Sie wurden verworfen.',
  'content.queued': 'Wartet dort in der Schlange, Platz {place}.',
  'content.blocked':
    'Sie haben diese Datei gesperrt. Nehmen Sie die Regel heraus, dann geht es weiter: Netz, Gesperrt.',
  'content.lacks': 'Er hat keinen der Teile, die hier fehlen.',
  'content.slow': 'Er hat zu wenig geschickt: Eine andere Quelle hat seinen Platz.',
  'content.stalled': 'Er hat seit {seconds} s nichts geschickt.',
  'content.range': 'Das Verlangte liegt außerhalb der Datei.',
  'content.range-needed': 'Es wurde zu viel auf einmal verlangt: höchstens {bytes} Byte gehen.',
  'content.changed': 'Die Datei dort ist nicht die gemeinte.',
  'content.unavailable': 'Die Datei kann dort gerade nicht gelesen werden. In {seconds} s wird es wieder versucht.',
  'content.queue-full': 'Die Schlange dort ist voll. In {seconds} s wird es wieder versucht.',
  'content.too-many-waiting': 'Von dieser Adresse warten dort schon zu viele. In {seconds} s wird es wieder versucht.',
  'download.sources-banned':
    'Jede bekannte Quelle hat etwas Falsches gesendet und ist für eine Zeit gesperrt. Es geht weiter, wenn die erste Sperre endet oder eine andere Quelle auftaucht.',
  'download.no-sources': 'Gerade hat keine Quelle die Datei. Es geht von selbst weiter, wenn eine auftaucht.',
  'download.size-unknown': 'Die Größe ist noch nicht bekannt. Es geht weiter, wenn eine Quelle gefunden ist.',
  'download.unknown': 'Diesen Download gibt es nicht mehr.',
  'download.exists': 'Diese Datei wird schon heruntergeladen; neue Quellen werden dabei genutzt.',
  'download.not-done': 'Der Download ist nicht fertig: Seine Datei kann erst dann gelöscht werden.',
  'download.finished': 'Er ist fertig: Es ist nichts mehr zu tun.',
  'download.file-changed': 'Das ist nicht mehr die Datei, die geladen wurde; sie bleibt, wie sie ist.',
  'download.cancelled': 'Der Download wurde abgebrochen.',
  'download.moving': 'Sein Teil wird in einen anderen Ordner gebracht. Danach geht es weiter.',
  'download.disguised':
    'Die ersten Bytes sind die eines Programms, der Name sagt etwas anderes. Mit „Fortsetzen“ wird sie trotzdem geladen; sonst brich sie ab.',
  'download.waiting-turn': 'Er wartet, bis ein anderer Download fertig ist.',
  'media.unknown':
    'Eine solche Datei wird hier nicht geteilt, oder sie hat sich geändert. Sehen Sie wieder nach, wenn der Ordner durchsucht ist.',
  'media.not-passive':
    '{name} kann nicht gezeigt werden: dem Inhalt nach ist es kein Ton, Film, Bild oder Text, der sich gefahrlos zeigen lässt.',
  'media.size-unknown':
    'Die Größe von {name} ist noch nicht bekannt. Versuchen Sie es wieder, wenn eine Quelle gefunden ist.',
  'media.unchecked':
    '{name} kann erst gezeigt werden, wenn alles da ist: Die Datei kommt aus dem Web, und ihre Liste nennt keine Prüfsummen der Stücke. Vorher lässt sich nichts prüfen.',
  'media.not-yet': 'Der Anfang von {name} ist noch nicht da. Versuchen Sie es später noch einmal.',
  'media.gone': '{name} kann nicht mehr gezeigt werden: {why}.',
  'media.too-many': 'Es sind schon {open} offen. Schließen Sie zuerst eine davon.',
  'disk.full':
    'Für {path} ist kein Platz mehr. Schaffen Sie {needed} Platz oder wählen Sie einen anderen Ordner; es geht von selbst weiter.',
  'disk.read-only':
    'In {path} kann nicht geschrieben werden. Erlauben Sie es, oder wählen Sie in den Einstellungen einen anderen Download-Ordner.',
  'disk.missing': '{path} ist nicht da. Schließen Sie den Datenträger an, oder wählen Sie einen anderen Ordner.',
  'disk.failed': 'Der Datenträger hat bei {path} versagt: {why}.',
  'disk.denied': 'Shoal hat keine Rechte für {path}. Ändern Sie die Rechte, oder wählen Sie einen anderen Ordner.',
  'share.missing': '{path} ist kein Ordner. Prüfen Sie die Schreibweise, oder legen Sie ihn zuerst an.',
  'share.not-allowed': '{path} kann nicht geteilt werden: {why}.',
  'share.file-unknown': '{path} ist keine Datei in einem geteilten Ordner.',
  'share.content-unknown': 'Diese Datei wird nicht mehr geteilt.',
  'share.too-many-left-out':
    'Es können höchstens {most} einzelne Dateien ausgenommen werden. Teilen Sie stattdessen andere Ordner.',
  'share.unknown': '{path} wird nicht geteilt.',
  'settings.unknown': 'Eine Einstellung „{key}“ gibt es nicht.',
  'settings.invalid': '„{value}“ passt nicht zur Einstellung {key}: {why}.',
  'data.in-use': 'Auf {path} läuft Shoal schon (Prozess {pid}). Beenden Sie es dort zuerst.',
  'data.newer': '{path} wurde von einem neueren Shoal geschrieben. Aktualisieren Sie dieses hier.',
  'data.unusable': '{path} kann nicht benutzt werden: {why}.',
  'listen.taken':
    '{address} ist von einem anderen Programm belegt. Wählen Sie in den Einstellungen eine andere Adresse.',
  'listen.failed': 'Shoal kann nicht auf {address} hören: {why}.',
  'control.not-running': 'Auf {path} läuft kein Peer. Starten Sie zuerst Shoal.',
  'control.denied': 'Der Peer auf {path} hat dieses Programm nicht eingelassen. Starten Sie es als derselbe Benutzer.',
  'control.malformed': 'Der Peer auf {path} hat eine andere Version ({why}). Beenden Sie ihn und starten Sie ihn neu.',
  'control.closed': 'Der Peer antwortet nicht mehr, ehe das getan war. Versuchen Sie es wieder, wenn er zurück ist.',
  'file.missing': '{path} ist nicht da: noch nicht vollständig, oder verschoben.',
  'file.unwritable': 'Die Datei kann nicht geschrieben werden: {why}.',
  'page.missing': 'Die Seite ist unvollständig: {path} fehlt. Installieren Sie Shoal neu.',
  'web.off': 'Die Seite für Browser ist bei diesem Peer abgeschaltet.',
  'web.taken': '{address} ist von einem anderen Programm belegt. Wählen Sie eine andere Adresse für die Seite.',
  'web.denied':
    'Der Peer kennt diesen Browser nicht, oder die Adresse wurde schon benutzt. Öffnen Sie die Adresse, die der Peer ausgibt.',
  'web.wrong-host': 'Die Seite wurde unter einem Namen geöffnet, der nicht der des Peers ist.',
  'web.wrong-origin': 'Die Seite wurde von einem Ort gefragt, der nicht zum Peer gehört.',
  'demo.failed': 'Die Vorführung endete zu früh: {why}.',
  internal:
    'In Shoal ist etwas schiefgegangen: {why}. Versuchen Sie es noch einmal; wenn es bleibt, melden Sie es bitte.',
};
export default errors;
