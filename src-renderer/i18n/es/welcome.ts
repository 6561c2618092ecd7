import type { Catalogue } from '../catalogue.ts';

const welcome: Catalogue['welcome'] = {
  title: 'Te damos la bienvenida a Shoal',
  lead: 'Busca y comparte archivos directamente de equipo a equipo, sin servidores de por medio. Tres preguntas; todo se puede cambiar después en los ajustes.',
  language: 'Idioma',
  theme: 'Apariencia',
  system: 'Como el sistema',
  themes: { light: 'Claro', dark: 'Oscuro' },
  name: {
    title: '¿Cómo te llamas?',
    text: 'Los demás ven este nombre junto a tus archivos. Déjalo vacío para no tener ninguno.',
    label: 'Nombre (opcional)',
  },
  folders: {
    title: '¿Qué quieres compartir?',
    text: 'No se comparte nada que no elijas. Los demás ven los nombres de los archivos que compartes y tu dirección de internet, como con todo lo que se envía por ella.',
    rights: 'Comparte solo lo que tengas derecho a compartir y respeta los derechos de los demás.',
    choose: 'Elegir una carpeta',
    path: 'Ruta de una carpeta',
    pathHint: 'En el equipo donde funciona Shoal, por ejemplo /home/yo/musica. Intro la añade.',
    add: 'Añadir',
    list: 'Carpetas para compartir',
    remove: 'No compartir {path}',
    downloads: 'Compartir lo que descargo',
    downloadsHint:
      'Las descargas terminadas también se podrán obtener de ti: un archivo sigue en la red mientras alguien lo comparta.',
  },
  limits: {
    title: '¿Cuánto puede usar?',
    text: 'Un límite deja sitio para otras cosas en tu conexión.',
    download: 'Recibir como máximo',
    upload: 'Enviar como máximo',
    none: 'Sin límite',
    supernode: 'Ayudar a mantener la red cuando mi conexión lo permita',
    supernodeHint:
      'Algunos equipos guardan las listas de archivos de otros y responden a búsquedas por ellos. Usa algo de memoria y de tráfico; cuánto, se ve en la página Red.',
  },
  start: 'Empezar',
  skip: 'Omitir',
  skipHint: 'Si lo omites, no se comparte ninguna carpeta ni lo que descargues.',
};
export default welcome;
