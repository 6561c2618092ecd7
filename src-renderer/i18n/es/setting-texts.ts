import type { SettingTexts } from '../setting-texts.ts';

const texts: SettingTexts = {
  'log.level': { title: 'Detalle del registro', help: 'Los sucesos menos graves que cuenta el registro.' },
  'page.language': {
    title: 'Idioma',
    help: 'Idioma de la página; «Como el sistema» toma el de tu navegador o equipo.',
  },
  'page.theme': { title: 'Colores', help: 'Claros, oscuros o como esté puesto tu equipo.' },
  'page.density': { title: 'Espaciado', help: 'Lo juntas que están las filas de las listas.' },
  'app.close-to-tray': {
    title: 'Seguir al cerrar la ventana',
    help: 'Al cerrar la ventana, Shoal queda en la bandeja; no = solo mientras se transfiere algo.',
  },
  'peer.name': {
    title: 'Nombre que ven otros',
    help: 'Como mucho 32 caracteres; otros lo ven y nadie se fía de él; vacío = sin nombre.',
  },
  'peer.listen': {
    title: 'Dirección en la que escucha',
    help: 'Una dirección y un puerto, como 0.0.0.0:1214; vacío = todas, puerto 1214 u otro libre.',
  },
  'peer.bind': {
    title: 'Atar todo el tráfico a una dirección',
    help: 'Dirección IP por la que va todo el tráfico, de una VPN por ejemplo; sin ella no hay ninguno; vacío = cualquiera.',
  },
  'discovery.lan': {
    title: 'Encontrar pares en la red local',
    help: 'Busca pares en la red local y deja que lo encuentren (DNS de multidifusión).',
  },
  'downloads.folder': {
    title: 'Carpeta de descargas',
    help: 'Adónde van los archivos terminados; vacío = la carpeta Shoal de tus descargas.',
  },
  'downloads.share': {
    title: 'Compartir lo descargado',
    help: 'Compartir la carpeta de descargas, y así lo que se descargó.',
  },
  'downloads.origin': {
    title: 'Anotar el origen de las descargas',
    help: 'Escribir junto al archivo terminado de dónde vino; no = solo que vino de fuera.',
  },
  'library.browse': {
    title: 'Dejar que otros vean lo que comparto',
    help: 'Otros pares pueden ver la lista de lo que este comparte.',
  },
  'library.rescan': { title: 'Revisión completa cada', help: 'Además de vigilar las carpetas compartidas.' },
  'library.check': {
    title: 'Mirar si faltan carpetas cada',
    help: 'Cada cuánto se mira si carpetas compartidas aparecieron o se fueron.',
  },
  'library.gather': {
    title: 'Reunir cambios durante',
    help: 'Los cambios en carpetas compartidas se reúnen durante este tiempo.',
  },
  'library.disk-retry': {
    title: 'Pausa con el disco lleno',
    help: 'Pausa de la comprobación cuando no queda espacio en la carpeta de datos.',
  },
  'library.hash-at-once': {
    title: 'Archivos comprobados a la vez',
    help: 'Más es más rápido con un disco rápido, y frena otros programas.',
  },
  'library.settle': {
    title: 'Esperar a que un archivo repose',
    help: 'Un archivo se comprueba cuando no ha cambiado durante este tiempo.',
  },
  'supernode.role': {
    title: 'Puede ser supernodo',
    help: 'Los supernodos ayudan a otros a encontrar archivos; «Automático» solo si nadie más puede, «Siempre» se ofrece, «Nunca» se niega.',
  },
  'supernode.children': { title: 'Hijos como mucho', help: 'Los hijos que acepta un supernodo.' },
  'supernode.neighbours': { title: 'Vecinos como mucho', help: 'Enlaces con otros supernodos.' },
  'supernode.child-files': {
    title: 'Archivos indexados por hijo',
    help: 'Lo que un hijo comparte de más no lo encuentran las búsquedas.',
  },
  'supernode.child-bytes': { title: 'Espacio de índice por hijo', help: 'Descripciones indexadas de un hijo.' },
  'supernode.row-grace': {
    title: 'Guardar los archivos de un hijo perdido',
    help: 'Sobreviven este tiempo a una conexión rota.',
  },
  'supernode.queries': {
    title: 'Búsquedas por segundo a plena carga',
    help: 'Tantas búsquedas respondidas son la carga completa de un supernodo.',
  },
  'election.check': {
    title: 'Contar supernodos cada',
    help: 'Con esta frecuencia un supernodo mira si hay pocos o demasiados.',
  },
  'election.look': { title: 'Juzgar este par cada', help: 'Con esta frecuencia mira si podría ser un supernodo.' },
  'election.uptime': { title: 'Tiempo encendido de un supernodo', help: 'Debe llevar encendido este tiempo.' },
  'election.average-uptime': {
    title: 'Tiempo medio encendido',
    help: 'Y este tiempo en la media de sus últimas veces.',
  },
  'election.upload-rate': { title: 'Velocidad de envío de un supernodo', help: 'Debe poder enviar tanto por segundo.' },
  'election.download-rate': {
    title: 'Velocidad de recepción de un supernodo',
    help: 'Debe poder recibir tanto por segundo.',
  },
  'election.memory': { title: 'Memoria libre de un supernodo', help: 'Debe quedar libre esta memoria.' },
  'election.processor': {
    title: 'Uso del procesador de un supernodo',
    help: 'Como mucho este porcentaje de los procesadores puede estar ocupado.',
  },
  'election.first-children': { title: 'Hijos de un supernodo nuevo', help: 'Al principio acepta estos.' },
  'election.probation-step': { title: 'Más hijos después de', help: 'Tras cada uno de estos tiempos acepta el doble.' },
  'election.rest-min': {
    title: 'Conservar el papel elegido',
    help: 'Conserva este tiempo un papel que eligió; cada vez el doble.',
  },
  'election.rest-max': { title: 'Descanso más largo entre papeles', help: 'Ningún papel debe conservarse más tiempo.' },
  'election.step-down-wait': {
    title: 'Espera antes de retirarse',
    help: 'Un supernodo que se retira espera al azar hasta este tiempo.',
  },
  'reach.interval': {
    title: 'Probar si es alcanzable cada',
    help: 'Con esta frecuencia pide a otros que intenten alcanzarlo.',
  },
  'reach.doubt-interval': {
    title: 'Volver a probar como pronto tras',
    help: 'Tiempo mínimo entre dos pruebas, y dos preguntas al router, cuando algo indica que el camino hasta él ha cambiado.',
  },
  'reach.map-port': {
    title: 'Abrir el puerto en el router',
    help: 'Si nadie puede conectarse a este par, pide al router que le pase su puerto (PCP, NAT-PMP, UPnP).',
  },
  'relay.volunteer': {
    title: 'Pasar archivos de otros',
    help: 'Como supernodo pasa archivos entre dos pares que no pueden conectarse, tanto como permiten los límites.',
  },
  'relay.rate': { title: 'Pasado para todos', help: 'Como máximo por segundo.' },
  'relay.rate-pair': { title: 'Pasado para dos pares', help: 'Como máximo por segundo.' },
  'relay.per-day': { title: 'Pasado en un día', help: 'Como máximo en un día.' },
  'overlay.alone-after': {
    title: 'Empezar una red tras',
    help: 'Si nadie responde durante este tiempo, este par se hace supernodo.',
  },
  'overlay.full-wait': {
    title: 'Esperar un sitio',
    help: 'Si todos los supernodos siguen llenos este tiempo, este par se hace uno.',
  },
  'overlay.look-min': {
    title: 'Primera pausa entre búsquedas de red',
    help: 'Entre miradas en busca de otros supernodos.',
  },
  'overlay.look-max': {
    title: 'Pausa más larga entre búsquedas de red',
    help: 'Entre miradas en busca de otros supernodos.',
  },
  'overlay.probe': {
    title: 'Buscar supernodos perdidos cada',
    help: 'Cada cuánto un supernodo llama a uno que perdió: así una red partida vuelve a ser una.',
  },
  'overlay.parent-check': {
    title: 'Comprobar el padre cada',
    help: 'Cada cuánto una hoja pregunta por un archivo propio a través del segundo padre; el que dos veces no lo nombra se cambia.',
  },
  'overlay.shun': {
    title: 'Evitar un mal supernodo durante',
    help: 'Uno que no sirve o no responde no se vuelve a tomar en este tiempo.',
  },
  'overlay.turnover': {
    title: 'Renovar un enlace entre supernodos cada',
    help: 'Cada cuánto, como mucho, un enlace al azar se cambia por otro.',
  },
  'overlay.dials': { title: 'Conexiones intentadas a la vez', help: 'Al entrar en la red.' },
  'overlay.pings': { title: 'Supernodos comparados', help: 'Los que se miden antes de elegir padre.' },
  'overlay.ping-silence': {
    title: 'Comprobar un enlace en silencio tras',
    help: 'Silencio en un enlace antes de preguntar.',
  },
  'overlay.ping-timeout': {
    title: 'Abandonar un enlace en silencio tras',
    help: 'Tras este tiempo sin respuesta se da por muerto.',
  },
  'overlay.standby': { title: 'Tener listo un segundo padre', help: 'Toma el relevo cuando el primero se va.' },
  'overlay.dial-timeout': { title: 'Tiempo para conectar', help: 'La conexión debe estar hecha en este tiempo.' },
  'overlay.dial-retry-min': {
    title: 'Descanso tras una dirección fallida',
    help: 'Se la deja en paz este tiempo, el doble cada vez.',
  },
  'overlay.dial-retry-max': {
    title: 'Descanso más largo tras fallos',
    help: 'Nunca se deja en paz una dirección más tiempo.',
  },
  'overlay.dial-known': { title: 'Olvidar que una dirección respondió tras', help: 'Después vuelve a ser nueva.' },
  'overlay.dials-per-address': {
    title: 'Conexiones nuevas a una dirección IP',
    help: 'Por segundo, a direcciones nuevas.',
  },
  'overlay.dials-per-block': {
    title: 'Conexiones nuevas a un bloque de direcciones',
    help: 'Por segundo, a direcciones nuevas de un /24 (IPv6: /48).',
  },
  'overlay.request-timeout': { title: 'Tiempo para una petición pequeña', help: 'Debe responderse en este tiempo.' },
  'overlay.merge-children': {
    title: 'Unir supernodos pequeños por debajo de',
    help: 'Dos supernodos con menos hijos en total se unen.',
  },
  'overlay.worlds-every': {
    title: 'Comparar redes cada',
    help: 'Pausa entre comprobaciones de si hay otra red que no sabe nada de esta; 0 = nunca.',
  },
  'search.results': { title: 'Resultados deseados', help: 'Los que se buscan si no se dice otra cosa.' },
  'search.max-supernodes': { title: 'Supernodos preguntados como mucho', help: 'En una búsqueda.' },
  'search.timeout': { title: 'Búsqueda más larga', help: 'Después, la búsqueda termina.' },
  'search.keep': { title: 'Guardar una búsqueda terminada', help: 'Puede continuarse durante este tiempo.' },
  'search.wave-max-session': {
    title: 'Oleada más larga por enlaces abiertos',
    help: 'Espera de una oleada a supernodos ya conectados.',
  },
  'search.wave-max-dial': {
    title: 'Oleada más larga por enlaces nuevos',
    help: 'Espera de una oleada a supernodos llamados para ella.',
  },
  'search.leaf-queries': { title: 'Búsquedas de un hijo por minuto', help: 'Las demás se rechazan.' },
  'search.leaf-asks': { title: 'Supernodos preguntados por un hijo', help: 'En 10 minutos.' },
  'search.asks-per-second': { title: 'Preguntas enviadas por segundo', help: 'Las que envía un padre.' },
  'search.leaf-running': { title: 'Búsquedas de un hijo a la vez', help: 'Las demás se rechazan.' },
  'search.source-queries': {
    title: 'Búsquedas de las descargas por minuto',
    help: 'Las que hacen las descargas y las búsquedas vigiladas de este par.',
  },
  'search.hash-sources': { title: 'Fuentes deseadas por una descarga', help: 'En una búsqueda por contenido.' },
  'search.cache': {
    title: 'Recordar respuestas durante',
    help: 'Otro hijo recibe la misma respuesta durante este tiempo; 0 = nunca.',
  },
  'search.watch-every': {
    title: 'Repetir búsquedas vigiladas cada',
    help: 'Una búsqueda vigilada se repite tras este tiempo.',
  },
  'search.open-queries': {
    title: 'Búsquedas de extraños por segundo',
    help: 'Para todos los supernodos sin sesión: la mitad de lo que puede un supernodo.',
  },
  'search.block-queries': { title: 'Búsquedas por segundo de un bloque de direcciones', help: 'Sin sesión.' },
  'download.running': { title: 'Descargas a la vez', help: 'Las demás esperan su turno.' },
  'download.sources': { title: 'Fuentes para un archivo', help: 'Las que se usan a la vez.' },
  'download.web-connections': {
    title: 'Conexiones a un servidor web',
    help: 'A la vez; 0 = los servidores web no son fuentes.',
  },
  'download.rate': { title: 'Límite de descarga', help: 'Para todas las descargas juntas.' },
  'download.rate-each': { title: 'Límite de cada descarga', help: 'Para una descarga.' },
  'download.run': { title: 'Pedido a una fuente de una vez', help: 'Tanto como puede enviar en este tiempo.' },
  'download.run-max': { title: 'Trozo más grande pedido', help: 'No se pide más de una vez.' },
  'download.stall': { title: 'Una fuente se atasca tras', help: 'Este tiempo sin un byte.' },
  'download.retry-min': { title: 'Primera pausa tras una fuente fallida', help: 'Después se prueba de nuevo.' },
  'download.retry-max': {
    title: 'Pausa más larga tras una fuente fallida',
    help: 'Después se prueba de nuevo en todo caso.',
  },
  'download.ban-min': {
    title: 'Primer bloqueo de una fuente con un bloque incorrecto',
    help: 'Durante ese tiempo no se le pide este archivo.',
  },
  'download.ban-max': {
    title: 'Bloqueo más largo de una fuente',
    help: 'Cada nuevo bloque incorrecto lo hace cuatro veces más largo, hasta esta duración.',
  },
  'download.disk-retry': {
    title: 'Mirar si vuelve el disco cada',
    help: 'Una descarga que espera su disco mira con esta frecuencia.',
  },
  'download.search-min': { title: 'Primera pausa entre búsquedas de fuentes', help: 'Entre búsquedas de más fuentes.' },
  'download.search-max': {
    title: 'Pausa más larga entre búsquedas de fuentes',
    help: 'Entre búsquedas de más fuentes.',
  },
  'download.record': { title: 'Anotar el progreso cada', help: 'Lo comprobado se anota al menos con esta frecuencia.' },
  'download.record-bytes': {
    title: 'Anotar el progreso tras',
    help: 'Lo comprobado se anota al menos tras esta cantidad.',
  },
  'download.history': {
    title: 'Descargas recordadas',
    help: 'Descargas terminadas que quedan en el historial; 0 = ninguna.',
  },
  'download.memory': { title: 'Memoria para descargas', help: 'Trozos en memoria de todas las descargas.' },
  'upload.paused': {
    title: 'Pausar los envíos',
    help: 'No se envía nada: lo que está en curso termina con un trozo y los demás esperan.',
  },
  'limits.schedule': {
    title: 'Horario semanal',
    help: 'Por ejemplo: mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause',
  },
  'limits.up-percent': {
    title: 'Parte de la línea para envíos (%)',
    help: 'Una vez medida con un supernodo; se levanta 10 s cada 10 min para ver lo rápida que es; 0 = sin este límite.',
  },
  'limits.down-percent': {
    title: 'Parte de la línea para descargas (%)',
    help: 'Una vez medida con un supernodo; se levanta 10 s cada 10 min para ver lo rápida que es; 0 = sin este límite.',
  },
  'limits.quiet': {
    title: 'Usar menos mientras',
    help: 'Entonces rige la parte menor de abajo; cinco minutos sin actividad cuentan como ausencia.',
  },
  'limits.quiet-percent': {
    title: 'Parte de la línea entonces (%)',
    help: 'De la línea medida; mientras no se conoce, de los límites.',
  },
  'upload.per-file': { title: 'Envíos a la vez de un archivo', help: '0 = tantos como plazas haya.' },
  'upload.slots': {
    title: 'Envíos a la vez',
    help: '0 = los que llenen la línea; cuantos menos, más rápido se atiende a cada uno.',
  },
  'upload.rate': { title: 'Límite de envío', help: 'Para todos los envíos juntos.' },
  'upload.rate-each': { title: 'Límite de cada envío', help: 'Para un envío.' },
  'upload.queue': { title: 'Cola más larga', help: 'Pares que pueden esperar una plaza.' },
  'upload.slot-idle': { title: 'Guardar una plaza parada', help: 'Una plaza sobrevive a una pausa así.' },
  'upload.slot-idle-busy': {
    title: 'Guardar una plaza parada si otros esperan',
    help: 'Lo mismo mientras otros esperan.',
  },
  'upload.slot-turn': { title: 'Duración de un turno', help: 'Después la plaza pasa a otro si otros esperan.' },
  'upload.slot-overrun': {
    title: 'Final más largo de un turno',
    help: 'Tras el turno, lo que se está enviando dispone de este tiempo; luego termina con un trozo.',
  },
  'upload.slow': {
    title: 'Demasiado lento para una plaza',
    help: 'Quien lee más despacio pierde su plaza con su turno mientras otros esperan.',
  },
  'upload.place-keep': { title: 'Guardar un puesto en la cola', help: 'Sobrevive a su dueño este tiempo.' },
  'upload.poll-min': { title: 'Pedir que vuelvan tras', help: 'Como muy pronto tras este tiempo.' },
  'upload.request-max': { title: 'Trozo más grande enviado', help: 'No se envía más en una respuesta.' },
  'upload.swaps': {
    title: 'Intercambios de partes a la vez',
    help: 'Pares que reciben partes de archivos que aquí aún se descargan, aparte de las plazas.',
  },
  'upload.small-lane': { title: 'Archivos pequeños a la vez', help: 'Archivos de hasta 1 MiB, aparte de las plazas.' },
  'votes.publish': {
    title: 'Contar a otros qué opina de los archivos',
    help: 'Bueno, falso, dañado: revela que este par tuvo esos archivos.',
  },
  'votes.review': {
    title: 'Mirar los votos sobre archivos juzgados',
    help: 'Pausa entre miradas a lo que otros dicen de un archivo que usted juzgó: así se sabe a quién creer.',
  },
  'trust.strikes': { title: 'Faltas hasta el veto', help: 'Las faltas que llevan a un veto.' },
  'trust.strike-decay': { title: 'Perdonar una falta tras', help: 'Tras este tiempo se olvida una.' },
  'trust.ban': { title: 'Duración de un veto', help: 'Este tiempo se evita a un par vetado.' },
  'trust.hide-above': {
    title: 'Ocultar resultados sospechosos a partir de',
    help: 'Se ocultan los resultados cuyos indicios de falsificación superan este porcentaje; 100 = ninguno.',
  },
};
export default texts;
