import type { Catalogue } from '../catalogue.ts';

const preview: Catalogue['preview'] = {
  title: 'Vista previa de {name}',
  asking: 'Examinando el archivo…',
  waiting: 'El comienzo del archivo aún no ha llegado. Se mostrará en cuanto llegue.',
  buffering: 'Esperando la siguiente parte del archivo…',
  element:
    'Este archivo no se puede reproducir ni mostrar aquí: está dañado, incompleto o es de un tipo que aquí no se conoce.',
  textCut: 'Los primeros {size} del archivo.',
  image: 'Imagen {name}',
  retry: 'Volver a intentar',
};
export default preview;
