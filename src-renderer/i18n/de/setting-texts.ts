import type { SettingTexts } from '../setting-texts.ts';

const texts: SettingTexts = {
  'log.level': { title: 'Ausführlichkeit des Protokolls', help: 'Die unwichtigsten Ereignisse, die es noch nennt.' },
  'page.language': {
    title: 'Sprache',
    help: 'Sprache der Seite; „Wie das System“ nimmt die Ihres Browsers oder Rechners.',
  },
  'page.theme': { title: 'Farben', help: 'Hell, dunkel oder wie Ihr Rechner eingestellt ist.' },
  'page.density': { title: 'Abstände', help: 'Wie eng die Zeilen von Listen stehen.' },
  'app.close-to-tray': {
    title: 'Weiterlaufen, wenn das Fenster zu ist',
    help: 'Beim Schließen des Fensters bleibt Shoal im Infobereich; aus = nur solange etwas übertragen wird.',
  },
  'peer.name': {
    title: 'Name für andere',
    help: 'Höchstens 32 Zeichen; andere sehen ihn, niemand verlässt sich darauf; leer = kein Name.',
  },
  'peer.listen': {
    title: 'Adresse, auf der gehört wird',
    help: 'Adresse und Port, etwa 0.0.0.0:1214; leer = alle Adressen, Port 1214 oder ein freier.',
  },
  'peer.bind': {
    title: 'Allen Verkehr an eine Adresse binden',
    help: 'IP-Adresse, über die aller Verkehr geht, etwa die eines VPN; fehlt sie, gibt es keinen; leer = jede.',
  },
  'discovery.lan': {
    title: 'Peers im lokalen Netz finden',
    help: 'Sucht Peers im lokalen Netz und lässt sich von ihnen finden (Multicast-DNS).',
  },
  'downloads.folder': {
    title: 'Download-Ordner',
    help: 'Wohin fertige Dateien kommen; leer = der Ordner Shoal bei Ihren Downloads.',
  },
  'downloads.share': {
    title: 'Heruntergeladenes teilen',
    help: 'Den Download-Ordner teilen, und damit, was heruntergeladen wurde.',
  },
  'downloads.origin': {
    title: 'Herkunft von Downloads vermerken',
    help: 'Neben die fertige Datei schreiben, woher sie kam; aus = nur, dass sie von außen kam.',
  },
  'library.browse': {
    title: 'Andere auflisten lassen, was ich teile',
    help: 'Andere Peers dürfen sehen, was dieser teilt.',
  },
  'library.rescan': {
    title: 'Alles neu durchsuchen alle',
    help: 'Neben der laufenden Beobachtung der geteilten Ordner.',
  },
  'library.check': {
    title: 'Nach fehlenden Ordnern sehen alle',
    help: 'Wie oft geprüft wird, ob geteilte Ordner kamen oder gingen.',
  },
  'library.gather': { title: 'Änderungen sammeln', help: 'So lange werden Änderungen in geteilten Ordnern gesammelt.' },
  'library.disk-retry': {
    title: 'Pause bei vollem Datenträger',
    help: 'So lange ruht das Prüfen von Dateien, wenn im Datenordner kein Platz ist.',
  },
  'library.hash-at-once': {
    title: 'Dateien gleichzeitig prüfen',
    help: 'Mehr ist auf einem schnellen Datenträger schneller und bremst andere Programme.',
  },
  'library.settle': {
    title: 'Warten, bis eine Datei ruht',
    help: 'Eine Datei wird geprüft, wenn sie sich so lange nicht geändert hat.',
  },
  'supernode.role': {
    title: 'Darf Supernode sein',
    help: 'Supernodes helfen anderen, Dateien zu finden; „Automatisch“ nur, wenn es sonst keiner kann, „Immer“ bietet es an, „Nie“ lehnt ab.',
  },
  'supernode.children': { title: 'Kinder höchstens', help: 'So viele Kinder nimmt ein Supernode.' },
  'supernode.neighbours': { title: 'Nachbarn höchstens', help: 'Verbindungen zu anderen Supernodes.' },
  'supernode.child-files': {
    title: 'Dateien im Verzeichnis je Kind',
    help: 'Was ein Kind darüber hinaus teilt, finden Suchen nicht.',
  },
  'supernode.child-bytes': {
    title: 'Platz im Verzeichnis je Kind',
    help: 'So viele Beschreibungen eines Kindes werden verzeichnet.',
  },
  'supernode.row-grace': {
    title: 'Dateien eines verlorenen Kindes behalten',
    help: 'So lange überleben sie eine abgerissene Verbindung.',
  },
  'supernode.queries': {
    title: 'Suchen je Sekunde bei voller Last',
    help: 'So viele beantwortete Suchen gelten als volle Last eines Supernodes.',
  },
  'election.check': {
    title: 'Supernodes zählen alle',
    help: 'So oft sieht ein Supernode nach, ob es zu wenige oder zu viele gibt.',
  },
  'election.look': {
    title: 'Diesen Peer beurteilen alle',
    help: 'So oft sieht er nach, ob er ein Supernode sein könnte.',
  },
  'election.uptime': { title: 'Laufzeit eines Supernodes', help: 'So lange muss er laufen, bevor er einer sein kann.' },
  'election.average-uptime': {
    title: 'Mittlere Laufzeit eines Supernodes',
    help: 'So lange muss er im Mittel der letzten Male gelaufen sein.',
  },
  'election.upload-rate': {
    title: 'Sendegeschwindigkeit eines Supernodes',
    help: 'So viel je Sekunde muss er senden können.',
  },
  'election.download-rate': {
    title: 'Empfangsgeschwindigkeit eines Supernodes',
    help: 'So viel je Sekunde muss er empfangen können.',
  },
  'election.memory': { title: 'Freier Speicher eines Supernodes', help: 'So viel Arbeitsspeicher muss frei sein.' },
  'election.processor': {
    title: 'Prozessorauslastung eines Supernodes',
    help: 'Höchstens so viel Prozent aller Prozessoren dürfen beschäftigt sein.',
  },
  'election.first-children': { title: 'Kinder eines neuen Supernodes', help: 'So viele nimmt er am Anfang.' },
  'election.probation-step': { title: 'Mehr Kinder nach', help: 'Nach jeder solchen Zeit nimmt er doppelt so viele.' },
  'election.rest-min': {
    title: 'Gewählte Rolle behalten',
    help: 'So lange behält er eine Rolle, die er selbst gewählt hat; jedes Mal doppelt so lange.',
  },
  'election.rest-max': { title: 'Längste Ruhe zwischen Rollen', help: 'Länger muss keine Rolle behalten werden.' },
  'election.step-down-wait': {
    title: 'Warten vor dem Rücktritt',
    help: 'Ein Supernode, der zurücktritt, wartet zufällig bis zu dieser Zeit.',
  },
  'reach.interval': {
    title: 'Erreichbarkeit prüfen alle',
    help: 'So oft lässt er andere versuchen, ihn zu erreichen.',
  },
  'reach.doubt-interval': {
    title: 'Frühestens erneut prüfen nach',
    help: 'So viel Zeit liegt mindestens zwischen zwei Prüfungen und zwei Fragen an den Router, wenn etwas darauf hindeutet, dass der Weg zu ihm ein anderer ist.',
  },
  'reach.map-port': {
    title: 'Port im Router öffnen',
    help: 'Kann sich niemand mit diesem Peer verbinden, soll der Router dessen Port weiterleiten (PCP, NAT-PMP, UPnP).',
  },
  'relay.volunteer': {
    title: 'Dateien für andere durchreichen',
    help: 'Als Supernode reicht er Dateien zwischen zwei Peers durch, die sich nicht verbinden können, so viel die Grenzen erlauben.',
  },
  'relay.rate': { title: 'Durchgereicht für alle', help: 'So viel je Sekunde höchstens.' },
  'relay.rate-pair': { title: 'Durchgereicht für zwei Peers', help: 'So viel je Sekunde höchstens.' },
  'relay.per-day': { title: 'Durchgereicht am Tag', help: 'So viel an einem Tag höchstens.' },
  'overlay.alone-after': {
    title: 'Ein Netz beginnen nach',
    help: 'Antwortet so lange niemand, wird dieser Peer ein Supernode.',
  },
  'overlay.full-wait': {
    title: 'Auf einen Platz warten',
    help: 'Sind alle Supernodes so lange voll, wird dieser Peer einer.',
  },
  'overlay.look-min': { title: 'Erste Pause beim Suchen', help: 'Zwischen dem Ausschauen nach anderen Supernodes.' },
  'overlay.look-max': { title: 'Längste Pause beim Suchen', help: 'Zwischen dem Ausschauen nach anderen Supernodes.' },
  'overlay.probe': {
    title: 'Verlorene Supernodes suchen alle',
    help: 'So oft wählt ein Supernode einen an, den er verloren hat: ein zerteiltes Netz wird so wieder eines.',
  },
  'overlay.parent-check': {
    title: 'Elter prüfen alle',
    help: 'So oft fragt ein Blatt über den zweiten Elter nach einer eigenen Datei; wer sie zweimal nicht nennt, wird ersetzt.',
  },
  'overlay.shun': {
    title: 'Schlechten Supernode meiden für',
    help: 'Einer, der nicht dient oder nicht antwortet, wird so lange nicht wieder genommen.',
  },
  'overlay.turnover': {
    title: 'Verbindung zwischen Supernodes erneuern alle',
    help: 'So oft wird höchstens eine zufällige Verbindung durch eine andere ersetzt.',
  },
  'overlay.dials': { title: 'Verbindungsversuche gleichzeitig', help: 'Beim Beitreten ins Netz.' },
  'overlay.pings': { title: 'Verglichene Supernodes', help: 'So viele werden gemessen, bevor ein Elter gewählt wird.' },
  'overlay.ping-silence': {
    title: 'Stille Verbindung prüfen nach',
    help: 'So lange darf es still sein, bevor nachgefragt wird.',
  },
  'overlay.ping-timeout': {
    title: 'Stille Verbindung aufgeben nach',
    help: 'So lange nach einer unbeantworteten Nachfrage gilt sie als tot.',
  },
  'overlay.standby': { title: 'Zweiten Elter bereithalten', help: 'Er springt ein, wenn der erste geht.' },
  'overlay.dial-timeout': { title: 'Zeit zum Verbinden', help: 'Innerhalb dieser Zeit muss eine Verbindung stehen.' },
  'overlay.dial-retry-min': {
    title: 'Ruhe nach einer fehlgeschlagenen Adresse',
    help: 'So lange wird sie in Ruhe gelassen, jedes Mal doppelt so lang.',
  },
  'overlay.dial-retry-max': {
    title: 'Längste Ruhe nach Fehlschlägen',
    help: 'Länger wird eine Adresse nie in Ruhe gelassen.',
  },
  'overlay.dial-known': {
    title: 'Vergessen, dass eine Adresse antwortete, nach',
    help: 'Danach gilt sie wieder als neu.',
  },
  'overlay.dials-per-address': {
    title: 'Neue Verbindungen zu einer IP-Adresse',
    help: 'Je Sekunde, zu neuen Adressen.',
  },
  'overlay.dials-per-block': {
    title: 'Neue Verbindungen zu einem Adressblock',
    help: 'Je Sekunde, zu neuen Adressen eines /24 (IPv6: /48).',
  },
  'overlay.request-timeout': {
    title: 'Zeit für eine kleine Anfrage',
    help: 'Innerhalb dieser Zeit muss sie beantwortet sein.',
  },
  'overlay.merge-children': {
    title: 'Kleine Supernodes zusammenlegen unter',
    help: 'Zwei Supernodes mit zusammen weniger Kindern werden einer.',
  },
  'overlay.worlds-every': {
    title: 'Netze vergleichen alle',
    help: 'Pause, bis wieder geprüft wird, ob es ein zweites Netz gibt, das nichts von diesem weiß; 0 = nie.',
  },
  'search.results': { title: 'Gewünschte Treffer', help: 'So viele werden gesucht, wenn nichts anderes gesagt ist.' },
  'search.max-supernodes': { title: 'Höchstens gefragte Supernodes', help: 'Für eine Suche.' },
  'search.timeout': { title: 'Längste Suche', help: 'Danach endet eine Suche.' },
  'search.keep': { title: 'Beendete Suche behalten', help: 'So lange kann sie fortgesetzt werden.' },
  'search.wave-max-session': {
    title: 'Längste Welle über offene Verbindungen',
    help: 'So lange wartet eine Welle auf verbundene Supernodes.',
  },
  'search.wave-max-dial': {
    title: 'Längste Welle über neue Verbindungen',
    help: 'So lange wartet eine Welle auf Supernodes, die dafür angerufen werden.',
  },
  'search.leaf-queries': { title: 'Suchen eines Kindes je Minute', help: 'Mehr werden abgelehnt.' },
  'search.leaf-asks': { title: 'Für ein Kind gefragte Supernodes', help: 'In 10 Minuten.' },
  'search.asks-per-second': { title: 'Gesendete Fragen je Sekunde', help: 'So viele sendet ein Elter.' },
  'search.leaf-running': { title: 'Suchen eines Kindes gleichzeitig', help: 'Mehr werden abgelehnt.' },
  'search.source-queries': {
    title: 'Suchen der Downloads je Minute',
    help: 'So viele stellen Downloads und beobachtete Suchen dieses Peers.',
  },
  'search.hash-sources': { title: 'Gewünschte Quellen eines Downloads', help: 'Bei einer Suche nach dem Inhalt.' },
  'search.cache': { title: 'Antworten merken', help: 'So lange bekommt ein anderes Kind dieselbe Antwort; 0 = nie.' },
  'search.watch-every': {
    title: 'Beobachtete Suchen wiederholen alle',
    help: 'Danach wird eine beobachtete Suche wieder gestellt.',
  },
  'search.open-queries': {
    title: 'Suchen von Fremden je Sekunde',
    help: 'Für alle Supernodes ohne Verbindung zusammen: die Hälfte dessen, was ein Supernode kann.',
  },
  'search.block-queries': { title: 'Suchen je Sekunde aus einem Adressblock', help: 'Ohne Verbindung.' },
  'download.running': { title: 'Downloads gleichzeitig', help: 'Die anderen warten, bis sie an der Reihe sind.' },
  'download.sources': { title: 'Quellen für eine Datei', help: 'So viele werden gleichzeitig benutzt.' },
  'download.web-connections': {
    title: 'Verbindungen zu einem Webserver',
    help: 'So viele gleichzeitig; 0 = Webserver sind keine Quellen.',
  },
  'download.rate': { title: 'Grenze für Downloads', help: 'Für alle Downloads zusammen.' },
  'download.rate-each': { title: 'Grenze je Download', help: 'Für einen Download.' },
  'download.run': { title: 'Auf einmal von einer Quelle verlangt', help: 'So viel, wie sie in dieser Zeit schafft.' },
  'download.run-max': { title: 'Größtes verlangtes Stück', help: 'Mehr wird nicht auf einmal verlangt.' },
  'download.stall': { title: 'Eine Quelle stockt nach', help: 'So lange ohne ein Byte.' },
  'download.retry-min': {
    title: 'Erste Pause nach einer gescheiterten Quelle',
    help: 'Danach wird sie wieder versucht.',
  },
  'download.retry-max': {
    title: 'Längste Pause nach einer gescheiterten Quelle',
    help: 'Danach wird sie auf jeden Fall wieder versucht.',
  },
  'download.ban-min': {
    title: 'Erste Sperre einer Quelle mit falschem Stück',
    help: 'So lange wird sie für diese Datei nicht gefragt.',
  },
  'download.ban-max': {
    title: 'Längste Sperre einer Quelle',
    help: 'Jedes weitere falsche Stück macht die Sperre viermal so lang, bis zu dieser Dauer.',
  },
  'download.disk-retry': {
    title: 'Nach fehlendem Datenträger sehen alle',
    help: 'So oft sieht ein Download nach, der auf ihn wartet.',
  },
  'download.search-min': {
    title: 'Erste Pause beim Suchen von Quellen',
    help: 'Zwischen Suchen nach weiteren Quellen.',
  },
  'download.search-max': {
    title: 'Längste Pause beim Suchen von Quellen',
    help: 'Zwischen Suchen nach weiteren Quellen.',
  },
  'download.record': { title: 'Fortschritt festhalten alle', help: 'Mindestens so oft wird Geprüftes festgehalten.' },
  'download.record-bytes': { title: 'Fortschritt festhalten nach', help: 'Mindestens nach so viel Geprüftem.' },
  'download.history': {
    title: 'Gemerkte Downloads',
    help: 'So viele beendete Downloads bleiben im Verlauf; 0 = keine.',
  },
  'download.memory': { title: 'Speicher für Downloads', help: 'Für Stücke aller Downloads zusammen.' },
  'upload.paused': {
    title: 'Uploads anhalten',
    help: 'Nichts wird gesendet: Laufendes endet mit einem Stück, andere warten.',
  },
  'limits.schedule': {
    title: 'Wochenplan',
    help: 'Zum Beispiel: mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause',
  },
  'limits.up-percent': {
    title: 'Anteil der Leitung für Uploads (%)',
    help: 'Sobald sie mit einem Supernode gemessen ist; alle 10 min für 10 s aufgehoben, um zu sehen, wie schnell sie ist; 0 = ohne diese Grenze.',
  },
  'limits.down-percent': {
    title: 'Anteil der Leitung für Downloads (%)',
    help: 'Sobald sie mit einem Supernode gemessen ist; alle 10 min für 10 s aufgehoben, um zu sehen, wie schnell sie ist; 0 = ohne diese Grenze.',
  },
  'limits.quiet': {
    title: 'Weniger nutzen, solange',
    help: 'Dann gilt der kleinere Anteil darunter; fünf Minuten ohne Eingabe gelten als abwesend.',
  },
  'limits.quiet-percent': {
    title: 'Anteil der Leitung dann (%)',
    help: 'Von der gemessenen Leitung; solange sie nicht bekannt ist, von den Grenzen.',
  },
  'upload.per-file': { title: 'Uploads einer Datei gleichzeitig', help: '0 = so viele, wie es Plätze gibt.' },
  'upload.slots': {
    title: 'Uploads gleichzeitig',
    help: '0 = so viele, wie die Leitung füllen; je weniger, desto schneller wird jeder bedient.',
  },
  'upload.rate': { title: 'Grenze für Uploads', help: 'Für alle Uploads zusammen.' },
  'upload.rate-each': { title: 'Grenze je Upload', help: 'Für einen Upload.' },
  'upload.queue': { title: 'Längste Schlange', help: 'So viele Peers dürfen auf einen Platz warten.' },
  'upload.slot-idle': { title: 'Ruhenden Platz behalten', help: 'So lange überlebt ein Platz eine Lücke.' },
  'upload.slot-idle-busy': {
    title: 'Ruhenden Platz behalten, wenn andere warten',
    help: 'Dasselbe, während andere warten.',
  },
  'upload.slot-turn': { title: 'Länge eines Zuges', help: 'Danach geht ein Platz weiter, wenn andere warten.' },
  'upload.slot-overrun': {
    title: 'Längstes Ende eines Zuges',
    help: 'So lange läuft nach dem Zug noch, was gerade gesendet wird; dann endet es mit einem Stück.',
  },
  'upload.slow': {
    title: 'Zu langsam für einen Platz',
    help: 'Wer langsamer liest, verliert nach seinem Zug den Platz, während andere warten.',
  },
  'upload.place-keep': { title: 'Platz in der Schlange behalten', help: 'So lange überlebt er seinen Besitzer.' },
  'upload.poll-min': { title: 'Wiederkommen lassen nach', help: 'Frühestens nach dieser Zeit.' },
  'upload.request-max': { title: 'Größtes gesendetes Stück', help: 'Mehr wird mit einer Antwort nicht gesendet.' },
  'upload.swaps': {
    title: 'Tausch von Teilen gleichzeitig',
    help: 'Peers, die Teile von Dateien erhalten, die hier selbst noch laden, neben den Plätzen.',
  },
  'upload.small-lane': { title: 'Kleine Dateien gleichzeitig', help: 'Dateien bis 1 MiB, neben den Plätzen.' },
  'votes.publish': {
    title: 'Anderen sagen, was Sie von Dateien halten',
    help: 'Gut, falsch, beschädigt: es verrät, dass dieser Peer die Dateien hatte.',
  },
  'votes.review': {
    title: 'Nach Stimmen zu beurteilten Dateien sehen',
    help: 'Pause zwischen zwei Blicken auf das, was andere zu einer Datei sagen, die Sie beurteilt haben: so zeigt sich, wem zu glauben ist.',
  },
  'trust.strikes': { title: 'Fehler bis zur Sperre', help: 'So viele Verstöße führen zu einer Sperre.' },
  'trust.strike-decay': { title: 'Einen Fehler verzeihen nach', help: 'Nach dieser Zeit zählt einer weniger.' },
  'trust.ban': { title: 'Länge einer Sperre', help: 'So lange wird ein gesperrter Peer gemieden.' },
  'trust.hide-above': {
    title: 'Verdächtige Ergebnisse verbergen ab',
    help: 'Ergebnisse, für deren Fälschung mehr als so viele Prozent sprechen, werden verborgen; 100 = keine.',
  },
};
export default texts;
